"""The launcher that `./portal` runs: set-up, the two servers, and the portal's own processes.

It uses the standard library only, because it runs before anything is installed. It runs on Linux only:
PR_SET_PDEATHSIG ties children to their parent, and /proc lists them.
"""
