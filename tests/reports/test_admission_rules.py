"""Rules of admission alone: order of days, the gate on its day, majorities, and the words of the report."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.rules.admission import (
    DAYS,
    STAGES,
    Meeting,
    Report,
    Verified,
    build_steps,
    compare_reports,
    days_problems,
    freeze_report,
    gate_problems,
    list_open_days,
    restore_report,
    step_problem,
)

TODAY = date(2018, 12, 21)
days = st.dates(date(2016, 1, 1), TODAY)
lines = st.lists(
    st.tuples(days, st.text(min_size=1), st.just("volunteer_beijing"), st.integers(1, 600)), max_size=6
)


def make_report(**changes) -> Report:
    known = {
        "first": date(2018, 3, 5),
        "last": TODAY,
        "registered": True,
        "registered_on": date(2018, 9, 28),
        "volunteer_no": "1100001",
        "sources": ("volunteer_beijing", "attendance"),
        "lines": ((date(2018, 11, 10), "敬老院", "volunteer_beijing", 150),),
    }
    return Report(**(known | changes))


def make_verified(registered_on: date | None) -> Verified | None:
    return Verified(registered_on, registered_on) if registered_on else None


def test_the_days_open_with_the_stages():
    assert [len(list_open_days(stage)) for stage in STAGES] == [1, 2, 4, 4]
    assert list_open_days("student") == ()


@given(st.tuples(*4 * [days | st.none()]))
def test_days_are_refused_exactly_where_two_known_ones_stand_the_wrong_way_round(entered):
    known = [day for day in entered if day]
    wrong = entered[0] is None or any(later < earlier for earlier, later in pairwise(known))
    named = {name: day for (name, _, _), day in zip(DAYS, entered, strict=True)}
    assert bool(days_problems(named, today=TODAY)) == wrong


def test_only_the_meeting_may_lie_ahead():
    tomorrow = TODAY + timedelta(days=1)
    known = {"applied_on": TODAY}
    assert not days_problems(known | {"meeting_on": tomorrow}, today=TODAY)
    for name in ("applied_on", "activist_on", "candidate_on"):
        assert name in days_problems(known | {name: tomorrow}, today=TODAY)
    assert "applied_on" in days_problems({"applied_on": date(1999, 12, 31)}, today=TODAY)
    assert "注册" not in "".join(days_problems({"applied_on": tomorrow}, today=TODAY).values())


def test_a_day_is_compared_with_the_last_known_one_before_it():
    known = {"applied_on": date(2018, 3, 1), "meeting_on": date(2018, 2, 28)}
    assert days_problems(known, today=TODAY) == {
        "meeting_on": "召开支部大会的日期不能早于提出入团申请的日期（2018-03-01）。"
    }
    assert days_problems({"meeting_on": TODAY}, today=TODAY) == {
        "applied_on": "请填写提出入团申请的日期：服务时长从这一天算起。"
    }


@pytest.mark.parametrize(
    ("stage", "to", "registered_on", "refused"),
    [
        ("applicant", "activist", None, False),
        ("activist", "candidate", None, True),
        ("candidate", "member", None, True),
        ("activist", "candidate", TODAY + timedelta(days=1), True),
        ("candidate", "member", TODAY + timedelta(days=1), True),
        ("applicant", "activist", TODAY + timedelta(days=1), False),
        ("activist", "candidate", TODAY, False),
        ("candidate", "member", TODAY, False),
        ("candidate", "member", TODAY - timedelta(days=1), False),
    ],
)
def test_the_gate_holds_for_the_day_of_the_step(stage, to, registered_on, refused):
    assert bool(step_problem(stage, to, on=TODAY, verified=make_verified(registered_on))) == refused


@pytest.mark.parametrize(
    ("registered_on", "refused"),
    [
        (None, {"candidate_on", "meeting_on"}),
        (TODAY, set()),
        (TODAY + timedelta(days=1), {"candidate_on", "meeting_on"}),
    ],
)
def test_the_gate_holds_for_every_day_behind_it(registered_on, refused):
    known = dict.fromkeys((name for name, _, _ in DAYS), TODAY)
    assert set(gate_problems(known, verified=make_verified(registered_on))) == refused
    assert not gate_problems(
        known | {"candidate_on": None, "meeting_on": None}, verified=make_verified(registered_on)
    )


def test_an_unknown_day_of_registration_is_never_called_one():
    unknown = Verified(TODAY, None)
    assert step_problem("activist", "candidate", on=TODAY, verified=unknown) == ""
    refusal = step_problem("activist", "candidate", on=TODAY - timedelta(days=1), verified=unknown)
    assert "注册日期不详，从 2018-12-21 起计为已注册" in refusal
    assert step_problem("applicant", "activist", on=TODAY - timedelta(days=1), verified=unknown) == ""


def test_a_report_without_the_day_of_registration_has_its_own_words():
    report = make_report(registered_on=None)
    assert report.missing == []
    assert report.registration_text == "已注册，日期不详，编号 1100001"
    assert report.paragraph.startswith(
        "该同志已成为注册志愿者，志愿者编号 1100001。自2018年3月5日提出入团申请"
    )
    meeting = Meeting(TODAY, 3, 3, 2, 1, 0)
    slip = freeze_report(report, meeting=meeting, name="张三", branch="甲", college="乙")
    assert slip["registered_on"] is None
    assert restore_report(slip) == report


def test_everybody_with_a_vote_is_entitled():
    meeting = Meeting(TODAY, 6, 6, 6, 0, 0)
    assert [bool(meeting.entitled_problem(voters)) for voters in (0, 5, 6, 7)] == [False, False, False, True]
    assert "应到 6 人少于支部大会当天本支部的在籍团员 7 人" in meeting.entitled_problem(7)


def test_a_kept_slip_keeps_its_words():
    kept = freeze_report(
        make_report(), meeting=Meeting(TODAY, 6, 6, 6, 0, 0), name="张三", branch="甲", college="乙"
    )
    assert restore_report(kept | {"paragraph": "当时的话。"}).paragraph == "当时的话。"


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_a_decision_needs_two_majorities_of_those_entitled(entitled, present, votes_for, against, abstained):
    stands = (
        present <= entitled
        and Fraction(present, entitled) > Fraction(1, 2)
        and Fraction(votes_for, entitled) > Fraction(1, 2)
        and votes_for + against + abstained == present
    )
    meeting = Meeting(TODAY, entitled, present, votes_for, against, abstained)
    assert (not meeting.problems) == stands


def test_what_is_wrong_with_a_decision_is_said_at_its_field():
    assert Meeting(TODAY, 20, 11, 11, 0, 0).problems == {}
    assert Meeting(TODAY, 20, 10, 10, 0, 0).problems == {
        "present": "实到须超过应到的半数：应到 20 人，至少 11 人到会。",
        "votes_for": "赞成须超过应到的半数：至少 11 票。未通过的不能登记为团员。",
    }
    assert list(Meeting(TODAY, 20, 9, 9, 0, 0).problems) == ["present", "votes_for"]
    assert list(Meeting(TODAY, 20, 21, 21, 0, 0).problems) == ["present"]
    assert Meeting(TODAY, 20, 20, 20, 0, 0).problems == {}
    assert "之和" in Meeting(TODAY, 20, 20, 18, 1, 0).problems["votes_for"]
    assert (
        Meeting(TODAY, 20, 19, 15, 3, 1).text == "应到 20 人，实到 19 人；赞成 15 票，不赞成 3 票，弃权 1 票"
    )


@given(st.integers(1, 60))
def test_the_majority_named_is_the_smallest_that_does(entitled):
    majority = Meeting(TODAY, entitled, 0, 0, 0, 0).majority
    assert 2 * majority > entitled >= 2 * (majority - 1)


def test_the_paragraph_has_days_times_hours_and_ledgers():
    assert make_report().paragraph == (
        "该同志于2018年9月28日成为注册志愿者，志愿者编号 1100001。自2018年3月5日提出入团申请至2018年12月21日，"
        "共参加志愿服务 1 次，累计服务时长 2 小时 30 分钟（依据“志愿北京”和本校签到的服务记录，按服务日期计算，"
        "同一次服务只计一次）。"
    )


def test_nothing_served_is_said_and_nothing_is_praised():
    assert "没有已确认的志愿服务时长" in make_report(lines=()).paragraph
    assert make_report(lines=()).total_text == "没有已确认的志愿服务记录"
    assert make_report().total_text == "参加志愿服务 1 次，累计 2 小时 30 分钟"
    assert "志愿者编号" not in make_report(volunteer_no="").paragraph
    assert "次" not in make_report(lines=()).paragraph.split("，按服务日期")[0]


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ((), ""),
        (("league",), "“北京共青团”"),
        (("league", "supplement"), "“北京共青团”和本校补录"),
        (("league", "attendance", "supplement"), "“北京共青团”、本校签到和本校补录"),
    ],
)
def test_the_ledgers_are_named_as_a_list(sources, words):
    assert make_report(sources=sources).ledgers == words


def test_a_registration_is_named_with_its_number_where_there_is_one():
    assert make_report().registration_text == "2018年9月28日注册，编号 1100001"
    assert make_report(volunteer_no="").registration_text == "2018年9月28日注册"
    assert make_report(registered=False, registered_on=None).registration_text == "未核实注册"


def test_no_paragraph_while_something_is_missing_for_it():
    assert make_report(first=None, registered=False, registered_on=None).missing == [
        "提出入团申请的日期",
        "已核实的志愿者注册",
    ]
    assert (
        make_report(registered=False, registered_on=None).paragraph == make_report(first=None).paragraph == ""
    )


@given(lines)
def test_a_frozen_report_comes_back_as_it_was(found):
    kept = make_report(lines=tuple(found))
    meeting = Meeting(TODAY, 3, 3, 2, 1, 0)
    slip = freeze_report(kept, meeting=meeting, name="张三", branch="甲", college="乙")
    assert restore_report(slip) == kept
    assert slip["minutes"] == sum(line[-1] for line in found)
    assert slip["paragraph"] == kept.paragraph
    assert slip["meeting"]["on"] == "2018-12-21"
    [condition] = slip["conditions"]
    assert (condition["required"], condition["measured"], condition["clause"]) == (True, True, "二（一）")


def test_what_differs_is_marked_and_nothing_else():
    now = make_report(lines=(), registered=False, registered_on=None)
    places = [("学院", "甲", "甲"), ("团支部", "甲", "乙")]
    assert [place.label for place in compare_reports(make_report(), now, places=places) if place.differs] == [
        "团支部",
        "志愿者注册",
        "志愿服务",
    ]


@pytest.mark.parametrize(
    ("stage", "admitted", "states"),
    [
        ("student", False, "next next next next next"),
        ("student", True, "next next next next next"),
        ("applicant", False, "now next next next next"),
        ("activist", False, "done now next next next"),
        ("candidate", False, "done done now next next"),
        ("member", True, "done done done done done"),
        ("member", False, "done done done now done"),
    ],
)
def test_the_way_shows_where_somebody_is(stage, admitted, states):
    known = {"applied_on": TODAY, "meeting_on": TODAY}
    steps = build_steps(stage, known, admitted=admitted)
    assert " ".join(step.state for step in steps) == states
    assert [step.label for step in steps] == ["提出申请", "积极分子", "发展对象", "支部大会", "团员"]
    called = {
        "student": ["2018-12-21", "", "", "2018-12-21" if admitted else "", ""],
        "applicant": ["2018-12-21", "", "", "定于 2018-12-21", ""],
        "activist": ["2018-12-21", "日期待补", "", "定于 2018-12-21", ""],
        "candidate": ["2018-12-21", "日期待补", "日期待补", "定于 2018-12-21", ""],
        "member": ["2018-12-21", "日期待补", "日期待补", "2018-12-21" if admitted else "未记录", ""],
    }
    assert [step.text for step in steps] == called[stage]


def test_whoever_has_left_the_way_keeps_the_days_that_were_reached():
    reached = {"applied_on": TODAY, "activist_on": TODAY, "candidate_on": TODAY}
    assert [step.text for step in build_steps("student", reached, admitted=False)] == ["2018-12-21"] * 3 + [
        "",
        "",
    ]


def test_a_meeting_that_took_somebody_in_without_a_known_day_asks_for_it():
    assert build_steps("member", {}, admitted=True)[3].text == "日期待补"
    assert build_steps("candidate", {}, admitted=False)[3].text == ""
