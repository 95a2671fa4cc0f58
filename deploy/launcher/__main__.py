"""Entry of `python deploy/launcher`, which the shim `portal` calls."""

import sys
from pathlib import Path

# Python put this folder first on the path; the package lies one folder up.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from launcher.commands import main  # noqa: E402 - only importable after the line above

sys.exit(main(sys.argv[1:]))
