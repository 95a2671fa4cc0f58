"""What bars a result now, and whether the office that gave it is to be asked."""

from dataclasses import asdict, replace

import pytest

from members.rules import Rate
from reports.rules.eligibility import MemberFigures, Rules, freeze_verdict, judge_branch, judge_member
from reports.rules.result_changes import (
    collect_facts,
    explain_facts,
    judge_branch_as_then,
    judge_member_as_then,
    needs_decision,
)

FULL = MemberFigures(registered=True, minutes=1200)


def make_facts(**figures) -> dict:
    verdict = judge_member(MemberFigures(**{"registered": True, "minutes": 1200} | figures), Rules())
    return collect_facts(not_judged=verdict.not_judged, conditions=freeze_verdict(verdict)["conditions"])


def test_facts_are_the_conditions_that_are_not_met_and_nothing_else():
    assert make_facts() == {"not_judged": "", "missing": []}
    assert [row["name"] for row in make_facts(minutes=1199)["missing"]] == ["hours"]
    assert [row["name"] for row in make_facts(registered=False, minutes=0)["missing"]] == [
        "registered",
        "hours",
    ]
    assert make_facts(not_judged="目前不在籍")["not_judged"] == "目前不在籍"


def test_facts_do_not_change_with_what_does_not_bar():
    assert make_facts(minutes=1199, pending=60, visits=1) == make_facts(minutes=1199)


@pytest.mark.parametrize(
    ("holds", "now", "kept", "asks"),
    [
        (True, {}, [], False),
        (False, {"minutes": 1199}, [], True),
        (None, {"not_judged": "目前不在籍"}, [], True),
        (False, {"minutes": 1199}, [{"minutes": 1199}], False),
        (False, {"minutes": 1198}, [{"minutes": 1199}], True),
        (False, {"minutes": 1199, "registered": False}, [{"minutes": 1199}], True),
        (False, {"minutes": 1199}, [{"minutes": 1100}, {"minutes": 1199}], False),
    ],
)
def test_an_office_is_asked_until_it_has_kept_the_result_on_these_facts(holds, now, kept, asks):
    seen = [make_facts(**figures) for figures in kept]
    assert needs_decision(holds=holds, facts=make_facts(**now), kept=seen) is asks


def test_the_reasons_are_told_with_their_clauses():
    assert explain_facts(make_facts(registered=False, minutes=1199)) == (
        "注册志愿者未核实，还差志愿者注册核实（通知二（二）、四.3）；"
        "年度服务时长19 小时 59 分钟，还差 1 分钟（通知二（二）、四.3）"
    )
    assert explain_facts(make_facts(not_judged="目前不在籍")) == "目前不在籍"


def freeze(figures: MemberFigures, **rules) -> dict:
    return freeze_verdict(judge_member(figures, Rules(**rules)))


def test_a_result_keeps_the_rule_values_that_it_was_judged_by():
    now = judge_member(FULL, Rules(required_minutes=1500))
    assert not now.excellent
    assert judge_member_as_then(now, freeze(FULL)).excellent
    less = judge_member(replace(FULL, minutes=1199), Rules(required_minutes=600))
    assert less.excellent
    assert not judge_member_as_then(less, freeze(FULL)).excellent


def test_visits_count_anew_only_where_as_many_semesters_need_one_as_then():
    both = replace(FULL, visits=2)
    then = freeze(both, visits=2)
    assert judge_member_as_then(judge_member(FULL, Rules()), then).excellent
    assert not judge_member_as_then(judge_member(FULL, Rules(visits=2)), then).excellent


def test_a_branch_keeps_the_percentage_that_it_was_judged_by():
    then = {"rules": asdict(Rules(floor_percent=90))}
    for registered, barred in ((18, False), (17, True)):
        now = judge_branch(Rate(20, registered, floor_percent=95), Rules(floor_percent=95))
        assert judge_branch_as_then(now, then).honour_bar is barred


def test_visits_of_then_stay_where_more_semesters_need_one_now():
    then = freeze(replace(FULL, visits=1), visits=1)
    now = judge_member(replace(FULL, visits=0), Rules(visits=2))
    assert judge_member_as_then(now, then).excellent
