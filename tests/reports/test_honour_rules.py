"""What a kept verdict says at each level, why it bars, and the differences between two verdicts."""

import json

import pytest

from members.rules import Rate
from reports.rules.eligibility import LEVELS, MemberFigures, Rules, judge_branch, judge_member
from reports.rules.honours import (
    close_up,
    compare_kept_verdicts,
    explain_barred,
    find_free_place,
    format_answer,
    freeze_verdict_at_level,
)

FULL = MemberFigures(registered=True, minutes=1200)
PLACE = {"college": "法学院", "branch": "法学1801团支部"}


def freeze_member_verdict(figures=FULL, level="school", **rules):
    return freeze_verdict_at_level(judge_member(figures, Rules(**rules)), level=level) | PLACE


@pytest.mark.parametrize("floor", LEVELS)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("registered", [True, False])
@pytest.mark.parametrize("minutes", [1199, 1200])
def test_a_level_is_open_where_nothing_is_missing_or_below_the_floor(floor, level, registered, minutes):
    figures = MemberFigures(registered=registered, minutes=minutes)
    verdict = freeze_member_verdict(figures, level, member_honour_floor=floor)
    order = list(LEVELS)
    expected = (registered and minutes >= 1200) or order.index(level) < order.index(floor)
    assert verdict["open"] is expected
    assert bool(explain_barred(verdict)) is not expected
    assert verdict["floor"] == floor


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("members", [0, 19, 20])
def test_a_branch_is_measured_by_its_own_floor(level, members):
    rate = Rate(members, max(0, members - 1))
    verdict = freeze_verdict_at_level(
        judge_branch(rate, Rules(branch_honour_floor="city", member_honour_floor="nation")), level=level
    )
    passes = members == 20
    assert verdict["open"] is (members > 0 and (passes or level in ("college", "school")))
    assert verdict["not_judged"] == ("" if members else "团支部没有在籍团员")
    assert verdict["floor"] == "city"


def test_every_reason_is_said_with_its_clause():
    assert explain_barred(freeze_member_verdict(MemberFigures(registered=False, minutes=1170), "city")) == (
        "不能参评市级荣誉：注册志愿者未核实，要求已核实注册，还差志愿者注册核实（通知二（二）、四.3）；"
        "年度服务时长19.5 小时，要求20 小时，还差 0.5 小时（通知二（二）、四.3）"
    )
    assert (
        explain_barred(freeze_member_verdict(MemberFigures(not_judged="目前不在籍（毕业）")))
        == "不能参评荣誉：目前不在籍（毕业）"
    )
    assert explain_barred(freeze_member_verdict()) == ""


def test_a_met_condition_is_no_reason():
    text = explain_barred(freeze_member_verdict(MemberFigures(registered=True, minutes=0)))
    assert "注册" not in text
    assert text.count("通知") == 1


def test_an_exception_and_a_missing_visit_change_nothing():
    excused = freeze_member_verdict(MemberFigures(registered=True, minutes=0, exception="校团委同意"))
    assert excused["open"] is False
    unvisited = freeze_member_verdict(visits=2)
    assert unvisited["open"] is True
    assert [row["name"] for row in unvisited["conditions"]] == ["registered", "hours"]


def test_it_is_kept_as_plain_values():
    for verdict in (
        freeze_member_verdict(),
        freeze_verdict_at_level(judge_branch(Rate(20, 19), Rules()), level="school"),
    ):
        assert json.loads(json.dumps(verdict)) == verdict
    assert freeze_member_verdict()["figures"]["minutes"] == 1200
    assert [row["met"] for row in freeze_member_verdict(MemberFigures(minutes=1200))["conditions"]] == [
        False,
        True,
    ]


def test_only_lines_that_differ_are_changed():
    now = freeze_member_verdict(MemberFigures(registered=True, minutes=1100)) | {"branch": "法学1802团支部"}
    lines = compare_kept_verdicts(freeze_member_verdict(), now)
    assert [(line.label, line.then, line.now) for line in lines if line.changed] == [
        ("结论", "可以参评", "不能参评"),
        ("年度服务时长", "20 小时（要求20 小时）", "18 小时 20 分钟（要求20 小时）"),
        ("所在团支部", "法学院 法学1801团支部", "法学院 法学1802团支部"),
    ]
    assert [line.label for line in lines] == [
        "结论",
        "注册志愿者",
        "年度服务时长",
        "限制的最低级别",
        "所在团支部",
    ]
    assert not any(line.changed for line in compare_kept_verdicts(now, now))


def test_what_one_verdict_does_not_know_is_a_dash():
    gone = freeze_member_verdict(MemberFigures(not_judged="目前不在籍（毕业）"))
    hours = next(
        line
        for line in compare_kept_verdicts(freeze_member_verdict(), freeze_member_verdict(), gone)
        if line.label == "年度服务时长"
    )
    assert hours.words == ("20 小时（要求20 小时）",) * 2 + ("—",)
    assert (hours.then, hours.now, hours.changed) == ("20 小时（要求20 小时）", "—", True)
    assert format_answer(gone) == "不适用（目前不在籍（毕业））"


def test_a_floor_moved_is_a_change():
    lines = compare_kept_verdicts(freeze_member_verdict(), freeze_member_verdict(member_honour_floor="city"))
    assert [(line.then, line.now) for line in lines if line.changed] == [("校级以上", "市级以上")]


@pytest.mark.parametrize(
    ("taken", "places", "free"),
    [((), 1, 1), ((1,), 1, None), ((2,), 2, 1), ((1, 2, 4), 4, 3), ((1, 2), 3, 3)],
)
def test_the_lowest_free_place(taken, places, free):
    assert find_free_place(taken, places) == free


@pytest.mark.parametrize(
    ("held", "moves"),
    [((), {}), ((1, 2), {}), ((2,), {2: 1}), ((5, 1, 3), {3: 2, 5: 3})],
)
def test_those_behind_a_gap_move_up_in_their_order(held, moves):
    assert list(close_up(held).items()) == list(moves.items())
