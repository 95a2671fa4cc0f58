"""Which decisions a case of 台账核对 may get. Pure."""

import pytest

from activities.rules.cases import ACTIONS, list_actions


def name_actions(kind: str, **settled: bool) -> list[str]:
    return [name for name, _ in list_actions(kind, **settled)]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("doubtful", ["same", "apart"]),
        ("maybe", ["same", "apart"]),
        ("overlap", ["keep", "count", "void"]),
        ("missing", ["keep", "void"]),
        ("minutes", ["keep", "apart"]),
        ("day_full", ["keep", "void"]),
        ("span", ["keep"]),
        ("only_league", []),
    ],
)
def test_an_open_case_may_get_the_decisions_of_its_kind(kind, names):
    assert name_actions(kind) == names


@pytest.mark.parametrize("kind", ["overlap", "missing", "minutes", "day_full", "span"])
def test_a_settled_case_may_only_be_taken_back(kind):
    assert name_actions(kind, settled=True) == ["reopen"]


@pytest.mark.parametrize("kind", ["doubtful", "maybe", "only_portal"])
def test_what_is_linked_by_hand_has_nothing_to_take_back(kind):
    assert name_actions(kind, settled=True) == []


def test_every_decision_has_a_label():
    assert all(label for actions in ACTIONS.values() for _, label in actions)
