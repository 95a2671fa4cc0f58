"""Tests of the mutation measurement (docs/mutation.md): its mutants, and that a fault is noticed."""

import re
import subprocess
import sys

from tests.mutation.mutants import list_mutants
from tests.mutation.targets import TARGETS

RULE = '''
def hours(minutes: int | None = None):
    """1 + 1"""
    if minutes is None or minutes < 60:
        return 0
    return minutes // 60
'''


def list_changes(source: str) -> list[str]:
    """Return the changed line of each mutant."""
    known = source.splitlines()
    return [
        line.strip() for it in list_mutants(source) for line in it.source.splitlines() if line not in known
    ]


def test_every_comparison_connective_operator_and_number_is_changed():
    assert sorted(list_changes(RULE)) == sorted(
        [
            *(f"if minutes is None or minutes {other} 60:" for other in ("==", "!=", "<=", ">", ">=")),
            "if minutes is not None or minutes < 60:",
            "if not minutes is None or minutes < 60:",
            "if minutes is None and minutes < 60:",
            "if minutes is None or minutes < 61:",
            "if minutes is None or minutes < 59:",
            "return 1",
            "return -1",
            "return minutes * 60",
            "return minutes / 60",
            "return minutes // 61",
            "return minutes // 59",
        ]
    )


def test_what_is_not_run_is_not_changed():
    assert (
        list_changes(
            '"""2 < 3"""\n\nMinutes = str\n\n\ndef same(it: int | str) -> int | None:\n    return it\n'
        )
        == []
    )


def test_what_only_saves_time_or_memory_is_not_changed():
    assert list_changes("from functools import cache\n\nkeep = lru_cache(maxsize=9)\n") == []
    assert list_changes("kind = dataclass(slots=True)\n") == []


def test_a_fault_is_noticed_and_the_module_left_as_it_was(pytestconfig):
    path = "activities/rules/durations.py"
    before = (pytestconfig.rootpath / path).read_bytes()
    command = [sys.executable, "-m", "tests.mutation", path]
    done = subprocess.run(command, cwd=pytestconfig.rootpath, capture_output=True, text=True)  # noqa: S603
    all_of_them = len(list_changes(before.decode()))
    assert done.stdout == f"| {path} | {all_of_them} | {all_of_them} | 0 | 0 | 100.0 % |\n", done.stderr
    assert (pytestconfig.rootpath / path).read_bytes() == before


def test_the_document_tells_every_module_s_measure_and_all_reach_95_percent(pytestconfig):
    text = (pytestconfig.rootpath / "docs/mutation.md").read_text()
    rows = re.findall(r"^\| (\S+\.py) \| (\d+) \| (\d+) \| \d+ \| (\d+) \| [\d.]+ % \|$", text, re.M)
    assert [path for path, *_ in rows] == list(TARGETS)
    for _, total, killed, survived in rows:
        assert int(killed) + int(survived) == int(total)
        assert 100 * int(killed) >= 95 * int(total)
