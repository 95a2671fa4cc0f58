"""Laws for every module of rules."""

import doctest
import importlib
from dataclasses import is_dataclass

import pytest

from tests.mutation.targets import TARGETS, get_module_name


@pytest.mark.parametrize("name", [get_module_name(path) for path in TARGETS])
def test_the_examples_are_true_and_no_answer_can_be_changed(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0
    values = [it for it in vars(module).values() if is_dataclass(it) and it.__module__ == name]
    changeable = [it.__name__ for it in values if not it.__dataclass_params__.frozen]
    assert [word for word in changeable if not word.startswith("_")] == []  # a _Draft is no answer


def test_every_module_of_rules_is_examined_by_mutants(pytestconfig):
    found = {
        path.relative_to(pytestconfig.rootpath).as_posix()
        for app in ("members", "pairing", "activities", "reports")
        for pattern in (
            "**/*rules*.py",
            "**/rules/**/*.py",
            "calendar.py",
            "roster_words.py",
            "unit_names.py",
            "working_days.py",
        )
        for path in (pytestconfig.rootpath / app).glob(pattern)
    }
    assert {path for path in found if not path.endswith("__init__.py")} == set(TARGETS)
