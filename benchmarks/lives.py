"""Play many lives of activities, pairings, appraisals and honours (tests/test_lives.py), and show what was done.

    python benchmarks/lives.py --lives 1000 --steps 60

A life is a random order of actions of all roles, two windows included; afterwards everything that hangs together is
compared. The first life that breaks something ends the run, with its shortest form.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lives", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=60)
    given = parser.parse_args()
    environment = os.environ | {"LIVES": str(given.lives), "LIFE_STEPS": str(given.steps)}
    command = ["./portal", "test", "tests/test_lives.py", "-q", "-rP"]
    return subprocess.run(command, cwd=PROJECT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
