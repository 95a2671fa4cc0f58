"""Rules of 三(三) at their boundaries."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from pairing.rules import (
    Claim,
    Joined,
    Quota,
    claim_problem,
    compute_due_date,
    compute_time_left,
    count_above_cap,
    count_places_left,
    format_time_left,
    get_group_qr_state,
    get_window_phase,
    is_overdue,
    is_release_undoable,
    normalise_code,
    pairing_window_problem,
    suggest_kinds,
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
    assert (count_places_left(cap, ours, elsewhere), count_above_cap(cap, ours, elsewhere)) == (left, over)


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
    assert get_window_phase(now, OPENS, CLOSES) == phase
    assert bool(pairing_window_problem(now, OPENS, CLOSES)) == (phase != "open")


def test_a_good_claim_has_no_problem():
    assert claim_problem(GOOD) == ("", "")
    assert claim_problem(replace(GOOD, left=5)) == ("", "")


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("window", {"now": OPENS - SECOND}),
        ("window", {"now": CLOSES + SECOND}),
        ("code", {"code_known": False}),
        ("code_used", {"code_state": "used"}),
        ("code_state", {"code_state": "returned"}),
        ("code_state", {"code_state": "void"}),
        ("code_state", {"code_state": "stock"}),
        ("code_state", {"code_state": ""}),
        ("paired", {"college_paired": True}),
        ("kind", {"street_kind": "suburban"}),
        ("kind", {"code_kind": "suburban"}),
        ("assigned", {"assigned_only": True}),
        ("shared", {"school_has_street": True}),
        ("full", {"left": 0}),
        ("full", {"left": -1}),
    ],
)
def test_each_rule_refuses_alone(rule, change):
    found, reason = claim_problem(replace(GOOD, **change))
    assert found == rule
    assert reason


def test_of_several_rules_the_first_one_is_said():
    claim = replace(GOOD, now=OPENS - SECOND, code_known=False, college_paired=True, left=0)
    assert claim_problem(claim) == ("window", "结对尚未开放，将于10月15日 00:00:00开放。")
    assert claim_problem(replace(claim, now=OPENS))[0] == "code"
    wrong = replace(GOOD, street_kind="suburban")
    assert claim_problem(wrong)[1] == "结对码是城区码，不能用于郊区街乡。"


def test_the_school_types_no_code_and_is_told_that_there_is_none():
    unknown = replace(GOOD, code_known=False)
    assert claim_problem(unknown) == ("code", "这个申请结对码不是分配给本学院的，请核对后重新输入。")
    assert claim_problem(replace(unknown, typed=False)) == ("code", "这个学院还没有结对码，请先分配。")


@pytest.mark.parametrize(
    "change", [{"school_has_street": True, "street_shared": True}, {"assigned_only": True, "assigned": True}]
)
def test_what_the_school_allows_is_allowed(change):
    assert claim_problem(replace(GOOD, **change)) == ("", "")


def test_the_third_day_is_still_in_time():
    due = compute_due_date(date(2018, 12, 30), 3)
    assert due == date(2019, 1, 2)
    assert not is_overdue(due, due) and not is_overdue(due, date(2018, 12, 30))
    assert is_overdue(due, due + timedelta(days=1))


DUE = date(2018, 10, 19)


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (datetime(2018, 10, 17), "还剩 3 天 0 小时"),  # noqa: DTZ001
        (datetime(2018, 10, 18, 23, 59), "还剩 1 天 0 小时"),  # noqa: DTZ001
        (datetime(2018, 10, 19), "还剩 1 天 0 小时"),  # noqa: DTZ001
        (datetime(2018, 10, 19, 0, 0, 1), "还剩 23 小时 59 分钟"),  # noqa: DTZ001
        (datetime(2018, 10, 19, 21, 30), "还剩 2 小时 30 分钟"),  # noqa: DTZ001
        (datetime(2018, 10, 19, 23), "还剩 1 小时 0 分钟"),  # noqa: DTZ001
        (datetime(2018, 10, 19, 23, 15), "还剩 45 分钟"),  # noqa: DTZ001
        (datetime(2018, 10, 19, 23, 58), "还剩 2 分钟"),  # noqa: DTZ001
        (datetime(2018, 10, 19, 23, 59, 30), "还剩 1 分钟"),  # noqa: DTZ001
        (datetime(2018, 10, 20), "已逾期 1 天"),  # noqa: DTZ001
        (datetime(2018, 10, 22, 12), "已逾期 3 天"),  # noqa: DTZ001
    ],
)
def test_the_time_left_runs_until_the_end_of_the_due_day(now, text):
    assert format_time_left(DUE, now) == text
    assert now + compute_time_left(DUE, now) == datetime(2018, 10, 20)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("colleges", "urban", "suburban"), [(0, 0, 0), (1, 0, 1), (5, 3, 2), (9, 6, 3), (10, 7, 3), (14, 7, 3)]
)
def test_suggestions_hold_the_proportion(colleges, urban, suburban):
    kinds = suggest_kinds(colleges, 7, 3)
    assert (kinds.count("urban"), kinds.count("suburban")) == (urban, suburban)


def test_urban_streets_come_first_and_nobody_is_suggested_more_than_there_are():
    assert suggest_kinds(3, 1, 2) == ["urban", "suburban", "suburban"]
    assert suggest_kinds(2, 4, 0) == ["urban", "urban"]
    assert suggest_kinds(5, 0, 2) == ["suburban", "suburban"]


def test_no_quota_suggests_nothing():
    assert suggest_kinds(4, 0, 0) == []
    assert suggest_kinds(0, 0, 0) == []


def test_a_mismatch_is_said_and_not_rounded_away():
    assert Quota(7, 3, 7, 3, colleges=10).problems == []
    assert Quota(7, 3, 7, 3, colleges=8).problems == ["学院有 8 个，结对数要求 10 个，两者不一致。"]
    problems = " ".join(Quota(6, 4, 7, 3, colleges=12).problems)
    assert "学院有 12 个" in problems
    assert "城区码有 6 个，要求 7 个" in problems
    assert "郊区码有 4 个，要求 3 个" in problems


@pytest.mark.parametrize("typed", ["CRL7LTUX", " crl7 ltux\n", "ＣＲＬ７ＬＴＵＸ", "crl7\u3000ltux"])
def test_a_code_is_the_same_however_it_is_typed(typed):
    assert normalise_code(typed) == "CRL7LTUX"


# --- 三(四): the team -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expires_on", "state"),
    [
        (None, "unknown"),
        (date(2018, 11, 4), "expired"),
        (date(2018, 11, 5), "soon"),
        (date(2018, 11, 8), "soon"),
        (date(2018, 11, 9), "ok"),
    ],
)
def test_the_groups_code_works_until_the_end_of_its_last_day(expires_on, state):
    assert get_group_qr_state(expires_on, date(2018, 11, 5)) == state


@pytest.mark.parametrize(
    ("members", "joined", "text", "missing", "complete"),
    [
        (119, 113, "94.95", 6, False),
        (3, 3, "100.00", 0, True),
        (1, 1, "100.00", 0, True),
        (0, 0, "不适用", 0, False),
    ],
)
def test_a_team_is_complete_when_every_member_has_joined(members, joined, text, missing, complete):
    team = Joined(members, joined, others=5)
    assert (team.text, team.missing, team.complete) == (text, missing, complete)


def test_teams_add_up():
    assert Joined(10, 8, 3) + Joined(5, 1, 2) == Joined(15, 9, 5)
    assert Joined() == Joined(0, 0, 0)


@pytest.mark.parametrize(("hours", "undoable"), [(0, True), (23, True), (24, False), (25, False)])
def test_a_release_can_be_undone_for_a_day(hours, undoable):
    ended = datetime(2018, 11, 5, 9)  # noqa: DTZ001 (Beijing time)
    assert is_release_undoable(ended, ended + timedelta(hours=hours)) is undoable
