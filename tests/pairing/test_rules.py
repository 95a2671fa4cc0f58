"""Rules of 三(三), at their boundaries."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from pairing.rules import (
    Claim,
    Quota,
    claim_problem,
    due_on,
    is_overdue,
    normal_code,
    over_full,
    places_left,
    suggested_kinds,
    window_phase,
    window_problem,
)

OPENS, CLOSES = datetime(2018, 10, 15), datetime(2018, 10, 26, 23, 59, 59)  # noqa: DTZ001 (Beijing time)
SECOND = timedelta(seconds=1)
GOOD = Claim(
    now=OPENS,
    opens=OPENS,
    closes=CLOSES,
    code_known=True,
    code_state="handed_out",
    code_kind="urban",
    street_kind="urban",
    college_paired=False,
    left=1,
    school_has_street=False,
    street_shared=False,
    assigned_only=False,
    assigned=False,
)


@pytest.mark.parametrize(
    ("cap", "ours", "elsewhere", "left", "over"),
    [(5, 0, 0, 5, 0), (5, 4, 0, 1, 0), (5, 5, 0, 0, 0), (5, 2, 3, 0, 0), (3, 0, 3, 0, 0), (3, 2, 2, 0, 1)],
)
def test_places_left_are_never_below_none_and_above_the_cap_is_counted(cap, ours, elsewhere, left, over):
    assert (places_left(cap, ours, elsewhere), over_full(cap, ours, elsewhere)) == (left, over)


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        (OPENS - SECOND, "before"),
        (OPENS, "open"),
        (CLOSES, "open"),
        (CLOSES + timedelta(microseconds=999_999), "open"),
        (CLOSES + SECOND, "after"),
    ],
)
def test_both_ends_belong_to_the_window(now, phase):
    assert window_phase(now, OPENS, CLOSES) == phase
    assert bool(window_problem(now, OPENS, CLOSES)) == (phase != "open")


def test_a_good_claim_has_no_problem():
    assert claim_problem(GOOD) == ("", "")


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("window", {"now": OPENS - SECOND}),
        ("window", {"now": CLOSES + SECOND}),
        ("code", {"code_known": False}),
        ("code_used", {"code_state": "used"}),
        ("code_state", {"code_state": "returned"}),
        ("code_state", {"code_state": "void"}),
        ("paired", {"college_paired": True}),
        ("kind", {"street_kind": "suburban"}),
        ("kind", {"code_kind": "suburban"}),
        ("assigned", {"assigned_only": True}),
        ("shared", {"school_has_street": True}),
        ("full", {"left": 0}),
    ],
)
def test_each_rule_refuses_alone(rule, change):
    found, reason = claim_problem(replace(GOOD, **change))
    assert found == rule
    assert reason


@pytest.mark.parametrize(
    "change", [{"school_has_street": True, "street_shared": True}, {"assigned_only": True, "assigned": True}]
)
def test_what_the_school_allows_is_allowed(change):
    assert claim_problem(replace(GOOD, **change)) == ("", "")


def test_the_third_day_is_still_in_time():
    due = due_on(date(2018, 12, 30), 3)
    assert due == date(2019, 1, 2)
    assert not is_overdue(due, due)
    assert is_overdue(due, due + timedelta(days=1))


@pytest.mark.parametrize(
    ("colleges", "urban", "suburban"), [(0, 0, 0), (1, 0, 1), (5, 3, 2), (9, 6, 3), (10, 7, 3), (14, 7, 3)]
)
def test_suggestions_hold_the_proportion(colleges, urban, suburban):
    kinds = suggested_kinds(colleges, 7, 3)
    assert (kinds.count("urban"), kinds.count("suburban")) == (urban, suburban)


def test_no_quota_suggests_nothing():
    assert suggested_kinds(4, 0, 0) == []


def test_a_mismatch_is_said_and_not_rounded_away():
    assert Quota(7, 3, 7, 3, colleges=10).problems == []
    problems = " ".join(Quota(6, 4, 7, 3, colleges=12).problems)
    assert "学院有 12 个" in problems
    assert "城区码有 6 个，要求 7 个" in problems
    assert "郊区码有 4 个，要求 3 个" in problems


@pytest.mark.parametrize("typed", ["CRL7LTUX", " crl7 ltux\n", "ＣＲＬ７ＬＴＵＸ", "crl7\u3000ltux"])
def test_a_code_is_the_same_however_it_is_typed(typed):
    assert normal_code(typed) == "CRL7LTUX"
