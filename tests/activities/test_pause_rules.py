"""When an activity rests, and what people are told of it; no database."""

import pytest

from activities.rules.pauses import find_pause, pause_problem


@pytest.mark.parametrize(
    ("at_street", "agreed", "paired", "pause"),
    [
        (False, False, False, ""),
        (False, True, True, ""),
        (True, True, True, ""),
        (True, False, True, "agreement"),
        (True, True, False, "released"),
        (True, False, False, "released"),
    ],
)
def test_an_activity_rests_without_agreement_or_pairing_at_a_street_only(at_street, agreed, paired, pause):
    assert find_pause(at_street=at_street, agreed=agreed, paired=paired) == pause


def test_the_words_say_why_and_what_comes_next():
    assert pause_problem("") == ""
    assert "街乡还没有确认" in pause_problem("agreement") and "自动恢复" in pause_problem("agreement")
    assert "结对已解除" in pause_problem("released") and "取消" in pause_problem("released")
