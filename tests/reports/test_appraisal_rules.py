"""Quorum, places, and the gate of an appraisal, each compared with a slow calculation of its own."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.rules.appraisal import (
    GRADES,
    GradeError,
    Marks,
    Quota,
    compare_verdicts,
    count_excellent_places,
    count_excellent_quota,
    count_present_needed,
    entitled_problem,
    format_kept_reasons,
    gate_problem,
    is_quorate,
    marks_problem,
    parse_grade,
    quorum_problem,
    unfinished_problem,
)
from reports.rules.eligibility import MemberFigures, Rules, judge_member

ABLE = judge_member(MemberFigures(registered=True, minutes=1200), Rules())
SHORT = judge_member(MemberFigures(registered=True, minutes=1199), Rules())
EXCEPTED = judge_member(MemberFigures(exception="孔管理 同意"), Rules())
NOT_JUDGED = judge_member(MemberFigures(not_judged="目前不在籍（休学）"), Rules())
people = st.integers(0, 500)


@given(present=people, entitled=people)
def test_a_quorum_is_more_than_two_thirds(present, entitled):
    expected = entitled > 0 and Fraction(present, entitled) > Fraction(2, 3)
    assert is_quorate(present=present, entitled=entitled) == (expected or (entitled == 0 and present > 0))


@given(entitled=people)
def test_the_number_needed_is_the_smallest_quorum(entitled):
    needed = count_present_needed(entitled)
    assert is_quorate(present=needed, entitled=entitled)
    assert not is_quorate(present=needed - 1, entitled=entitled)


@pytest.mark.parametrize(
    ("present", "entitled", "problem"),
    [
        (21, 30, ""),
        (30, 30, ""),
        (20, 30, "实到 20 人，未超过应到 30 人的三分之二，至少需要 21 人"),
        (31, 30, "实到 31 人多于应到 30 人，请核对"),
        (None, 30, "请填写评议会应到人数和实到人数"),
        (20, None, "请填写评议会应到人数和实到人数"),
        (0, 0, "请填写评议会应到人数和实到人数"),
    ],
)
def test_what_is_wrong_with_a_meeting(present, entitled, problem):
    assert quorum_problem(present=present, entitled=entitled) == problem


@pytest.mark.parametrize(
    ("entitled", "problem"),
    [
        (11, "应到 11 人少于评议名单中的在籍团员 12 人，在籍团员都应到会"),
        (12, ""),
        (13, ""),  # people who are not on the sheet may be entitled too
        (None, ""),  # reported by the quorum
    ],
)
def test_every_member_on_the_sheet_is_entitled_to_come(entitled, problem):
    assert entitled_problem(entitled=entitled, members=12) == problem


@given(assessed=people, percent=st.integers(0, 100))
def test_places_are_the_share_rounded_down(assessed, percent):
    found = count_excellent_places(assessed, percent)
    assert found <= Fraction(assessed * percent, 100) < found + 1


@pytest.mark.parametrize(("taken", "left", "exceeded"), [(0, 3, False), (3, 0, False), (4, -1, True)])
def test_the_quota_counts_what_is_left(taken, left, exceeded):
    quota = Quota(assessed=12, percent=30, taken=taken)
    assert (quota.places, quota.left, quota.exceeded, quota.text) == (3, left, exceeded, f"优秀 {taken}/3")
    assert bool(quota.problem) == exceeded


def test_the_quota_is_of_those_who_take_part():
    rows = [
        Marks("甲", True, "excellent", ""),
        Marks("乙", True, "qualified", ""),
        Marks("丙", False, "", "休养"),
    ]
    assert count_excellent_quota(iter(rows), 30) == Quota(assessed=2, percent=30, taken=1)
    graded = [Marks("甲", True, grade, "") for grade in ("excellent", *["excellent"] * 2, *GRADES, "")]
    assert count_excellent_quota(graded, 30) == Quota(assessed=8, percent=30, taken=4)


@pytest.mark.parametrize("grade", [*GRADES, ""])
@pytest.mark.parametrize("verdict", [ABLE, SHORT, EXCEPTED, NOT_JUDGED])
def test_the_gate_closes_excellent_only_and_only_for_who_misses_something(grade, verdict):
    closed = grade == "excellent" and verdict in (SHORT, NOT_JUDGED)
    assert bool(gate_problem(grade, verdict)) == closed


def test_the_gate_says_what_is_missing_with_its_clause():
    assert gate_problem("excellent", SHORT) == "不能评为优秀：还差 1 分钟（通知二（二）、四.3）"
    assert gate_problem("excellent", NOT_JUDGED) == "不能评为优秀：目前不在籍（休学）"


@pytest.mark.parametrize(
    ("marks", "problem"),
    [
        (Marks("甲", True, "", ""), ""),
        (Marks("甲", False, "", "休养"), ""),
        (Marks("甲", False, "", ""), "不参加评议请在备注中写明原因"),
        (Marks("甲", False, "qualified", "休养"), "不参加评议的人没有等次"),
        (Marks("甲", False, "", "休养", "qualified"), "不参加评议的人没有等次"),
        (Marks("甲", True, "excellent", ""), "不能评为优秀：还差 1 分钟（通知二（二）、四.3）"),
        (Marks("甲", True, "", "", "excellent"), "不能评为优秀：还差 1 分钟（通知二（二）、四.3）"),
        (Marks("甲", True, "qualified", "", "basic"), ""),
    ],
)
def test_what_is_wrong_with_a_row(marks, problem):
    assert marks_problem(marks, SHORT) == problem


def test_whom_the_meeting_has_not_graded():
    rows = [Marks(name, True, "", "") for name in "甲乙丙丁戊"]
    assert unfinished_problem(iter(rows)) == "还有 5 人没有最终等次：甲、乙、丙、丁、戊"
    more = [*rows, Marks("己", True, "", ""), Marks("庚", False, "", "休养"), Marks("辛", True, "basic", "")]
    assert unfinished_problem(more) == "还有 6 人没有最终等次：甲、乙、丙、丁、戊等"
    assert unfinished_problem([Marks("辛", True, "basic", "")]) == ""
    assert unfinished_problem(rows[:2]) == "还有 2 人没有最终等次：甲、乙"


@pytest.mark.parametrize(("word", "grade"), [*((word, grade) for grade, word in GRADES.items()), ("", "")])
def test_a_word_of_a_sheet_is_a_grade(word, grade):
    assert parse_grade(word) == grade


def test_another_word_is_none():
    with pytest.raises(GradeError, match="“卓越”不是评议等次，请填写优秀、合格、基本合格、不合格"):
        parse_grade("卓越")
    with pytest.raises(GradeError, match=f"^“{'很' * 20}”不是评议等次"):
        parse_grade("很" * 21)


def freeze_conditions(verdict) -> dict:
    return {
        "answer": verdict.answer,
        "conditions": [
            {
                "name": row.name,
                "label": row.label,
                "measured_text": row.measured_text,
                "required_text": row.required_text,
            }
            for row in verdict.conditions
        ],
    }


def test_what_stood_against_a_kept_verdict_has_its_clauses():
    words = [
        {"missing": "还差 1 分钟", "citation": "二（二）"},
        {"missing": ""},
        {"missing": "还差注册", "citation": "四.3"},
    ]
    assert format_kept_reasons({"conditions": words}) == "还差 1 分钟（二（二））；还差注册（四.3）"
    assert format_kept_reasons({"conditions": words[1:2]}) == ""


def test_then_beside_now_marks_what_differs():
    assert not any(line.differs for line in compare_verdicts(freeze_conditions(ABLE), ABLE))
    lines = compare_verdicts(freeze_conditions(ABLE), SHORT)
    assert [(line.label, line.differs) for line in lines] == [
        ("评优资格", True),
        ("注册志愿者", False),
        ("年度服务时长", True),
    ]
    assert lines[2].then == "20 小时（要求 20 小时）"
    assert lines[2].now == "19 小时 59 分钟（要求 20 小时）"
    assert (lines[1].then, lines[1].now) == ("已核实", "已核实")
    assert [line.differs for line in compare_verdicts(freeze_conditions(SHORT), ABLE)] == [True, False, True]


def test_a_condition_that_only_one_of_them_knows_is_shown_too():
    visiting = judge_member(MemberFigures(registered=True, minutes=1200, visits=1), Rules(visits=2))
    assert [line.label for line in compare_verdicts(freeze_conditions(ABLE), visiting) if line.differs] == [
        "评优资格",
        "每学期到结对街乡服务",
    ]
    assert compare_verdicts(freeze_conditions(visiting), ABLE)[-1].now == "—"
    assert compare_verdicts(freeze_conditions(visiting), ABLE)[-1].then == "1 个学期（要求 2 个学期）"
    assert compare_verdicts(freeze_conditions(ABLE), NOT_JUDGED)[1].now == "—"
