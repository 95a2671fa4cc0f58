"""The entry point of `python deploy/launcher`, which the script `portal` calls."""

import sys
from pathlib import Path

# Python puts this folder first on the path; the package is one folder above.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from launcher.commands import main  # noqa: E402 - only importable after the line above

sys.exit(main(sys.argv[1:]))
