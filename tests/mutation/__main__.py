"""Counts the faults that the tests of the rules find: `python -m tests.mutation [module …]`, see docs/mutation.md.

It changes no file: each mutant is a process of its own that imports the changed module from memory.
"""

import argparse
import importlib.abc
import importlib.machinery
import os
import resource
import signal
import sys
from collections import Counter
from difflib import unified_diff
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, is_hypothesis_test, settings

from tests.mutation.mutants import Mutant, list_mutants
from tests.mutation.targets import TARGETS, get_module_name

ROOT = Path(__file__).parent.parent.parent
LAWS = "tests/test_rules.py"
CPU_SECONDS = 20  # ends a mutant with an endless loop; the tests of a module take two seconds at most
MEMORY = 2 << 30
# Exit codes of pytest: 0 all tests passed, 1 a test failed, 2 a test file cannot be imported.
SURVIVED, KILLED = 0, {1, 2}


class Source(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Loads one module from a text instead of its file."""

    def __init__(self, name: str, path: str, source: str):
        self.name, self.path, self.source = name, path, source

    def find_spec(self, fullname, path=None, target=None):
        if fullname != self.name:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, origin=self.path)

    def get_source(self, fullname: str) -> str:
        return self.source


class TablesFirst:
    """Runs table tests before property tests, which need many examples; the tables find most faults."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: is_hypothesis_test(item.obj))


def run_tests(path: str, tests: tuple[str, ...], source: str) -> str:
    """Run the tests with this text as the module; return "survived", "killed" or "timeout"."""
    pid = os.fork()
    if pid == 0:
        _run_in_child(path, tests, source)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) != signal.SIGXCPU:
            raise RuntimeError(f"{path}: ended by signal {os.WTERMSIG(status)}")
        return "timeout"
    code = os.WEXITSTATUS(status)
    if code == SURVIVED:
        return "survived"
    if code not in KILLED:
        raise RuntimeError(f"{path}: pytest could not run, code {code}")
    return "killed"


def _run_in_child(path: str, tests: tuple[str, ...], source: str) -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.meta_path.insert(0, Source(get_module_name(path), path, source))
    law = f"{LAWS}::test_the_examples_are_true_and_no_answer_can_be_changed[{get_module_name(path)}]"
    options = ["-c", str(ROOT / "tests/mutation/pytest.ini"), "--rootdir", str(ROOT)]
    os._exit(pytest.main([*options, *tests, law], plugins=[TablesFirst()]))


def examine_module(path: str, *, lines: range | None = None) -> Counter:
    source, tests = (ROOT / path).read_text(), TARGETS[path]
    if run_tests(path, tests, source) != "survived":
        raise SystemExit(f"{path}: its tests fail without any change; nothing can be learnt from mutants.")
    found: Counter = Counter()
    for mutant in list_mutants(source):
        if lines is None or mutant.line in lines:
            outcome = run_tests(path, tests, mutant.source)
            found[outcome] += 1
            if outcome == "survived":
                print(
                    f"\n{path}:{mutant.line} {mutant.operator}\n{_format_change(source, mutant)}", flush=True
                )
    return found


def _format_change(source: str, mutant: Mutant) -> str:
    lines = unified_diff(source.splitlines(), mutant.source.splitlines(), n=0, lineterm="")
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("paths", nargs="*", metavar="module", help="as in members/rules.py; all without")
    parser.add_argument("--lines", help="only mutants of these lines: 10-25", type=_parse_lines)
    options = parser.parse_args()
    if unknown := set(options.paths) - set(TARGETS):
        parser.error(f"not in tests/mutation/targets.py: {', '.join(sorted(unknown))}")
    os.chdir(ROOT)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # Use the same examples for every mutant, and do not shrink a failing example.
    settings.register_profile(
        "mutation",
        derandomize=True,
        max_examples=50,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutation")
    for path in options.paths or TARGETS:
        found = examine_module(path, lines=options.lines)
        total, alive = found.total(), found["survived"]
        share = 100 * (total - alive) / total if total else 100
        print(
            f"| {path} | {total} | {total - alive} | {found['timeout']} | {alive} | {share:.1f} % |",
            flush=True,
        )


def _parse_lines(text: str) -> range:
    first, last = text.split("-")
    return range(int(first), int(last) + 1)


if __name__ == "__main__":
    main()
