"""Feed honest files with odd layouts to the reader, and compare what it says with what their makers meant.

    PORTAL_ENV=test python benchmarks/fuzz_good_files.py [--files 50000] [--seconds 600] [--seed 1] [--kind roster]

File number n has seed `seed + n`. Prints each disagreement with its seed, then one line of JSON, and fails if there
is any disagreement. An exception other than a refusal of the file is a disagreement too. Needs no database.
"""

# ruff: noqa: E402 (Django is set up before its models are imported)

import argparse
import json
import os
import sys
import traceback
from collections import Counter
from pathlib import Path
from time import monotonic

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "volunteer_portal.settings")

import django

django.setup()

from tests.members.good_files import GoodFile, compare, make_file
from tests.members.good_kinds import KINDS


def list_disagreements(file: GoodFile) -> list[str]:
    """Return the disagreements of a file; an exception is one."""
    try:
        return compare(file)
    except Exception:
        return [f"exception: {traceback.format_exc(limit=-3)}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS, action="append")
    wanted = parser.parse_args()
    kinds = wanted.kind or list(KINDS)
    begin, files, counted, verdicts = monotonic(), 0, Counter(), Counter()
    while files < wanted.files and monotonic() - begin < wanted.seconds:
        seed, kind = wanted.seed + files, kinds[files % len(kinds)]
        file = make_file(seed, kind)
        verdicts.update(line.verdict for lines in file.lines.values() for line in lines)
        for one in list_disagreements(file):
            counted[one.partition(":")[0]] += 1
            print(f"{kind}, seed {seed}, {', '.join(file.features)}: {one}")
        files += 1
    report = {"files": files, "lines": dict(verdicts), "disagreements": dict(counted)}
    print(json.dumps(report | {"seconds": round(monotonic() - begin)}))
    if counted:
        raise SystemExit("the reader disagrees with the makers of the files")


if __name__ == "__main__":
    main()
