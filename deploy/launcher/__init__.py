"""What `./portal` runs: set-up, the two servers, and the portal's own processes.

Standard library only, because it runs before anything is installed. Linux only: children are tied to their
parent with PR_SET_PDEATHSIG and found through /proc.
"""
