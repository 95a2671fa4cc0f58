"""二(二), 二(三), 四.3 as pure rules: tables compared with a slow calculation of its own, and properties."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.rules import Rate
from reports.rules.eligibility import (
    LEVELS,
    MemberFigures,
    Rules,
    explain_not_judged,
    format_exact_hours,
    judge_branch,
    judge_member,
    list_honours,
)

levels = st.sampled_from(list(LEVELS))
rules = st.builds(
    Rules,
    required_minutes=st.integers(60, 3000),
    visits=st.integers(0, 3),
    floor_percent=st.integers(1, 100),
    member_honour_floor=levels,
    branch_honour_floor=levels,
)
figures = st.builds(
    MemberFigures,
    registered=st.booleans(),
    minutes=st.integers(0, 6000),
    pending=st.integers(0, 600),
    visits=st.integers(0, 3),
    exception=st.sampled_from(["", "孔管理 2018-12-03 同意：带队支教"]),
    asked=st.booleans(),
)


# --- a member -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("registered", "minutes", "excellent", "barred", "missing"),
    [
        (True, 1200, True, False, []),
        (True, 1199, False, True, ["还差 1 分钟"]),
        (True, 990, False, True, ["还差 3.5 小时"]),
        (True, 0, False, True, ["还差 20 小时"]),
        (False, 5000, False, True, ["还差志愿者注册核实"]),
        (False, 1139, False, True, ["还差志愿者注册核实", "还差 1 小时 1 分钟"]),
    ],
)
def test_either_failure_bars_and_says_what_is_missing(registered, minutes, excellent, barred, missing):
    verdict = judge_member(MemberFigures(registered=registered, minutes=minutes), Rules())
    assert (verdict.excellent, verdict.honour_bar) == (excellent, barred)
    assert [reason.missing for reason in verdict.reasons] == missing


@pytest.mark.parametrize(
    ("floor", "closed"),
    [
        ("college", ["院级", "校级", "市级", "国家级"]),
        ("school", ["校级", "市级", "国家级"]),
        ("city", ["市级", "国家级"]),
        ("nation", ["国家级"]),
    ],
)
def test_the_year_says_from_which_level_on_and_the_verdict_quotes_both_readings(floor, closed):
    verdict = judge_member(MemberFigures(), Rules(member_honour_floor=floor))
    assert [honour.name for honour in verdict.honours if not honour.open] == closed
    assert [(reading.clause, reading.level) for reading in verdict.readings] == [
        ("二(二)", "city"),
        ("四.3", "school"),
    ]
    free = judge_member(MemberFigures(registered=True, minutes=1200), Rules(member_honour_floor=floor))
    assert all(honour.open for honour in free.honours)


def test_an_exception_opens_excellent_and_no_honour():
    verdict = judge_member(MemberFigures(registered=True, minutes=60, exception="孔管理 同意"), Rules())
    assert (verdict.excellent, verdict.by_exception, verdict.honour_bar) == (True, True, True)
    assert verdict.standing == "exception"
    assert verdict.reasons


def test_an_exception_of_somebody_who_fulfils_everything_meanwhile_is_not_needed():
    verdict = judge_member(MemberFigures(registered=True, minutes=1200, exception="孔管理 同意"), Rules())
    assert (verdict.standing, verdict.by_exception) == ("passes", False)


def test_visits_are_a_gate_of_excellent_only_where_the_year_says_so():
    served = MemberFigures(registered=True, minutes=1200, visits=1)
    assert judge_member(served, Rules()).excellent
    verdict = judge_member(served, Rules(visits=2))
    assert (verdict.excellent, verdict.honour_bar) == (False, False)
    assert [(reason.clause, reason.missing) for reason in verdict.reasons] == [("二(三)", "还差 1 个学期")]
    assert judge_member(replace(served, visits=3), Rules(visits=2)).excellent


@pytest.mark.parametrize(
    ("registered", "minutes", "visits", "standing"),
    [
        (True, 1200, 0, "passes"),
        (True, 1021, 0, "close"),
        (True, 1020, 0, "behind"),
        (True, 0, 0, "behind"),
        (False, 1199, 0, "behind"),
        (True, 1199, 1, "behind"),
    ],
)
def test_close_misses_less_than_three_hours_and_nothing_else(registered, minutes, visits, standing):
    verdict = judge_member(MemberFigures(registered=registered, minutes=minutes), Rules(visits=visits))
    assert verdict.standing == standing


def test_pending_hours_never_count_but_the_verdict_says_where_they_would_do():
    nearly = MemberFigures(registered=True, minutes=1140, pending=60)
    verdict = judge_member(nearly, Rules())
    assert (verdict.excellent, verdict.confirmation_would_do) == (False, True)
    assert judge_member(replace(nearly, pending=600), Rules()).confirmation_would_do
    assert not judge_member(replace(nearly, minutes=1200), Rules()).confirmation_would_do
    assert not judge_member(replace(nearly, pending=59), Rules()).confirmation_would_do
    assert not judge_member(replace(nearly, registered=False), Rules()).confirmation_would_do


@pytest.mark.parametrize(
    ("stage", "state", "why"),
    [
        ("member", "active", ""),
        ("activist", "active", "只评议团员，目前为入团积极分子"),
        ("student", "suspended", "只评议团员，目前为群众"),
        ("member", "suspended", "目前不在籍（休学）"),
    ],
)
def test_only_active_league_members_are_judged(stage, state, why):
    names = {
        "member": "团员",
        "activist": "入团积极分子",
        "student": "群众",
        "active": "在籍",
        "suspended": "休学",
    }
    assert (
        explain_not_judged(stage=stage, stage_name=names[stage], state=state, state_name=names[state]) == why
    )
    verdict = judge_member(MemberFigures(minutes=5000, not_judged=why), Rules())
    assert (verdict.excellent is None) is (verdict.honour_bar is None) is bool(why)


@given(st.text(max_size=5), st.text(max_size=5))
def test_whatever_a_stage_or_state_is_called_no_other_one_is_judged(stage, state):
    assert explain_not_judged(stage=stage, stage_name="甲", state="active", state_name="在籍")
    assert explain_not_judged(stage="member", stage_name="团员", state=state, state_name="乙")


def test_without_figures_and_a_year_of_its_own_it_is_nothing_against_the_notices_values():
    nothing = MemberFigures(registered=False, minutes=0, pending=0, visits=0, asked=False)
    assert MemberFigures() == nothing
    assert Rules() == Rules(1200, 0, 95, "school", "school")


@pytest.mark.parametrize(
    ("person", "answer"),
    [
        (MemberFigures(registered=True, minutes=1200), "符合条件"),
        (MemberFigures(registered=True, minutes=1199), "暂不符合"),
        (MemberFigures(registered=True, minutes=1199, exception="孔管理 同意"), "例外同意"),
        (MemberFigures(registered=True, minutes=1200, not_judged="目前不在籍（休学）"), "不评议"),
    ],
)
def test_the_answer_in_words(person, answer):
    assert judge_member(person, Rules()).answer == answer


def test_a_verdict_says_what_was_asked_for_and_what_was_found():
    person = MemberFigures(registered=True, minutes=1230, pending=90, visits=1)
    verdict = judge_member(person, Rules(visits=2, member_honour_floor="city"))
    said = [(it.citation, it.required_text, it.measured_text, it.met) for it in verdict.conditions]
    assert said == [
        ("二（二）、四.3", "已核实注册", "已核实", True),
        ("二（二）、四.3", "20 小时", "20.5 小时", True),
        ("二（三）", "2 个学期", "1 个学期", False),
    ]
    assert (verdict.minutes_text, verdict.pending_text) == ("20.5 小时", "1.5 小时")
    assert (verdict.floor_name, verdict.missing_minutes) == ("市级", 0)
    assert [(reading.citation, LEVELS[reading.level]) for reading in verdict.readings] == [
        ("二（二）", "市级"),
        ("四.3", "校级"),
    ]
    assert judge_member(MemberFigures(), Rules()).conditions[0].measured_text == "未核实"


@given(figures, rules)
def test_the_verdict_is_that_of_the_notice_read_slowly(person, year):
    verdict = judge_member(person, year)
    hours, required = Fraction(person.minutes, 60), Fraction(year.required_minutes, 60)
    fails_notice = not person.registered or hours < required
    fails_visits = year.visits > 0 and person.visits < year.visits
    assert verdict.honour_bar == fails_notice
    assert verdict.excellent == (not (fails_notice or fails_visits) or person.exception != "")
    order = ["college", "school", "city", "nation"]
    barred = {level for level in order if order.index(level) >= order.index(year.member_honour_floor)}
    assert {honour.level for honour in verdict.honours if not honour.open} == (
        barred if fails_notice else set()
    )


@given(figures, rules, st.integers(0, 3000))
def test_more_confirmed_minutes_never_make_a_verdict_worse(person, year, more):
    before, after = (
        judge_member(person, year),
        judge_member(replace(person, minutes=person.minutes + more), year),
    )
    assert after.excellent >= before.excellent
    assert after.honour_bar <= before.honour_bar
    assert len(after.reasons) <= len(before.reasons)
    assert after.missing_minutes <= before.missing_minutes


@given(figures, rules)
def test_every_no_has_a_reason_and_every_reason_its_clause_and_what_would_change_it(person, year):
    verdict = judge_member(person, year)
    if not verdict.excellent or verdict.honour_bar:
        assert verdict.reasons
    for reason in verdict.reasons:
        assert set(reason.clause.split("、")) <= {"二(二)", "二(三)", "四.3"}
        assert reason.clause
        assert reason.required != reason.measured
        assert reason.missing.startswith("还差")


@given(figures, rules)
def test_what_is_said_to_be_missing_is_enough(person, year):
    verdict = judge_member(person, year)
    mended = replace(
        person, registered=True, minutes=person.minutes + verdict.missing_minutes, visits=year.visits
    )
    assert judge_member(mended, year).standing == "passes"


@given(st.integers(0, 10_000) | st.integers(0, 300).map(lambda halves: 30 * halves))
def test_hours_are_written_exactly(minutes):
    text = format_exact_hours(minutes).replace(" ", "")
    if "." in text:
        whole, half = text.removesuffix("小时").split(".")
        assert (half, int(whole) * 60 + 30) == ("5", minutes)
    else:
        hours, _, rest = text.rpartition("小时") if "小时" in text else ("0", "", text)
        assert int(hours or 0) * 60 + int(rest.removesuffix("分钟") or 0) == minutes


# --- a branch -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("registered", "members", "barred", "missing"),
    [
        (19, 20, False, ""),
        (18, 19, True, "还差 1 人"),
        (113, 119, True, "还差 1 人"),
        (114, 119, False, ""),
        (0, 40, True, "还差 38 人"),
        (3, 3, False, ""),
    ],
)
def test_a_branch_below_the_floor_is_barred(registered, members, barred, missing):
    verdict = judge_branch(Rate(members=members, registered=registered), Rules())
    assert verdict.honour_bar is barred
    assert [reason.missing for reason in verdict.reasons] == ([missing] if missing else [])
    assert [honour.open for honour in verdict.honours] == [True, *[not barred] * 3]
    assert verdict.answer == ("校级以上受限" if barred else "不受限")


def test_a_branch_quotes_the_sentence_that_bars_it():
    verdict = judge_branch(Rate(members=119, registered=113), Rules(branch_honour_floor="city"))
    assert [(reading.citation, LEVELS[reading.level]) for reading in verdict.readings] == [("四.3", "校级")]
    assert (verdict.floor_name, verdict.answer) == ("市级", "市级以上受限")
    [condition] = verdict.conditions
    assert (condition.required_text, condition.measured_text) == ("不低于 95 %", "94.95 %（113/119）")


def test_a_branch_without_members_is_neither():
    verdict = judge_branch(Rate(), Rules())
    assert (verdict.honour_bar, verdict.answer, verdict.reasons) == (None, "不适用", [])


@given(st.integers(1, 400), st.data(), st.integers(1, 100))
def test_the_branch_is_compared_as_fractions(members, data, percent):
    registered = data.draw(st.integers(0, members))
    verdict = judge_branch(Rate(members=members, registered=registered, floor_percent=percent), Rules())
    assert verdict.honour_bar is (Fraction(registered, members) < Fraction(percent, 100))
    assert bool(verdict.reasons) is verdict.honour_bar


@given(st.booleans(), levels)
def test_honours_close_from_the_floor_up_without_gaps(barred, floor):
    opened = [honour.open for honour in list_honours(barred=barred, floor=floor)]
    assert opened == sorted(opened, reverse=True)
    assert all(opened) is not barred
