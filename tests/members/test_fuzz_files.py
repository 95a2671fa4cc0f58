"""A sample of benchmarks/fuzz_files.py: broken files end in an answer or at a limit."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_eight_seconds_of_broken_files_kill_nothing():
    done = subprocess.run(  # noqa: S603 (the command is fixed)
        [sys.executable, str(ROOT / "benchmarks/fuzz_files.py"), "--seconds", "8"],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["files"] > 20
    assert report["read"] > 0
    assert report["refused"] > 0
