"""团员教育评议: gate first, share second, quorum; submit, approve and freeze, and reopen with a reason."""

import threading
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from members.models import Member
from reports.models import Appraisal, AppraisalGrade, AppraisalStep
from reports.queries.appraisal_sheets import build_sheet, find_roll_changes, list_problems
from reports.services.appraisal import (
    approve_appraisal,
    refresh_roll,
    reopen_appraisal,
    return_appraisal,
    save_meeting,
    start_appraisal,
    submit_appraisal,
    write_rows,
)
from reports.services.eligibility import ask_exception, decide_exception
from tests.factories import NOT_REGISTERED, MemberFactory, make_branch_secretary, make_secretary
from tests.inbox import find_inbox
from tests.moving import correct_person, move_person
from tests.reports.appraising import (
    HELD_ON,
    NOW,
    approve_sheet,
    fill_sheet,
    get_grade,
    make_branch_of_twelve,
    start_as,
    write_grades,
)
from tests.world import build_world


@pytest.fixture
def people(world):
    return make_branch_of_twelve(world)


@pytest.fixture
def able_members(people):
    return people[0]


@pytest.fixture
def lead(world, people):
    """Return the secretary of a2."""
    return make_branch_secretary(world.a2, world.quiet)


@pytest.fixture
def appraisal(world, lead):
    return start_as(world, lead)


# --- the sheet --------------------------------------------------------------------------------------------------


def test_the_sheet_has_everybody_who_is_to_be_assessed(world):
    """a1 has six active League members; the suspended, the applicants and the 群众 are not on the sheet."""
    appraisal = start_appraisal(user=world.branch_secretary, branch_id=world.a1.pk, year=world.year)
    assert appraisal.grades.count() == appraisal.entitled == 6


@pytest.mark.parametrize("who", ["secretary_b", "member", "admin", "liaison", "branch_secretary"])
def test_others_do_not_begin_it(world, people, who):
    with pytest.raises(ValidationError, match="不在您的管理范围内"):
        start_as(world, getattr(world, who))


def test_a_branch_has_one_a_year(world, lead, appraisal):
    with pytest.raises(ValidationError, match="已经开始"):
        start_as(world, lead)


def test_a_branch_without_members_has_none(world):
    with pytest.raises(ValidationError, match="没有需要评议的在籍团员"):
        start_appraisal(user=world.secretary_b, branch_id=world.b2.pk, year=world.year)


def test_a_year_of_another_school_is_refused(world, lead):
    with pytest.raises(ValidationError, match="没有找到这个年度"):
        start_appraisal(user=lead, branch_id=world.a2.pk, year=world.bh.year)


def test_the_sheet_follows_the_branch_when_somebody_says_so(world, lead, appraisal, able_members):
    new = MemberFactory(branch=world.a2, name="新转入")
    move_person(able_members[3], date(2018, 12, 31), branch=world.a1)
    changes = find_roll_changes(appraisal)
    assert [member.name for member in changes.new] == ["新转入"]
    assert [grade.member for grade in changes.gone] == [able_members[3]]
    refresh_roll(user=lead, appraisal_id=appraisal.pk)
    assert not find_roll_changes(appraisal)
    assert set(appraisal.grades.values_list("member", flat=True)) >= {new.pk}


def test_who_was_assessed_elsewhere_is_not_assessed_again(world, lead, appraisal, able_members):
    approve_sheet(appraisal, branch=lead, college=world.secretary)
    move_person(able_members[3], date(2018, 12, 31), branch=world.a1)
    again = start_appraisal(user=world.branch_secretary, branch_id=world.a1.pk, year=world.year)
    assert not again.grades.filter(member=able_members[3]).exists()


def test_whoever_joins_after_the_meeting_was_entered_counts_as_entitled(world, lead, appraisal):
    fill_sheet(appraisal, lead)
    new = MemberFactory(branch=world.a2)
    refresh_roll(user=lead, appraisal_id=appraisal.pk)
    write_grades(appraisal, lead, {new: "qualified"})
    with pytest.raises(ValidationError, match="应到 12 人少于评议名单中的在籍团员 13 人"):
        submit_appraisal(user=lead, appraisal_id=appraisal.pk, now=NOW)
    meeting = {"held_on": HELD_ON, "present": 9}
    with pytest.raises(ValidationError, match="应到 12 人少于"):
        save_meeting(user=lead, appraisal_id=appraisal.pk, now=NOW, entitled=12, **meeting)
    save_meeting(user=lead, appraisal_id=appraisal.pk, now=NOW, entitled=13, **meeting)
    assert submit_appraisal(user=lead, appraisal_id=appraisal.pk, now=NOW).state == "submitted"


def test_a_row_that_is_no_longer_on_the_sheet_is_refused(world, lead, appraisal, able_members):
    gone = get_grade(appraisal, able_members[3])
    move_person(able_members[3], date(2018, 12, 31), branch=world.a1)
    refresh_roll(user=lead, appraisal_id=appraisal.pk)
    with pytest.raises(ValidationError, match="评议表已更新"):
        write_rows(user=lead, appraisal_id=appraisal.pk, rows={gone.pk: {"final": "basic"}})


# --- the gate and the share -------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["proposed", "final"])
def test_who_misses_a_condition_is_not_excellent(lead, appraisal, people, field):
    _, short, unregistered = people
    with pytest.raises(ValidationError, match=r"还差 1 分钟（通知二（二）、四.3）"):
        write_grades(appraisal, lead, {short: {field: "excellent"}})
    with pytest.raises(ValidationError, match="还差志愿者注册核实"):
        write_grades(appraisal, lead, {unregistered: {field: "excellent"}})
    assert not appraisal.grades.exclude(final="", proposed="").exists()


def test_everybody_may_call_oneself_excellent(lead, appraisal, people):
    write_grades(appraisal, lead, {people[1]: {"self_grade": "excellent", "mutual": "qualified"}})
    assert get_grade(appraisal, people[1]).self_grade == "excellent"


def test_an_exception_of_the_school_opens_the_gate(world, lead, appraisal, people):
    asked = ask_exception(user=lead, member_id=people[1].pk, year=world.year, grounds="支教", now=NOW)
    decide_exception(user=world.admin, exception_id=asked.pk, granted=True, reason="属实", now=NOW)
    write_grades(appraisal, lead, {people[1]: "excellent"})
    assert get_grade(appraisal, people[1]).final == "excellent"


def test_thirty_percent_of_twelve_are_three(lead, appraisal, able_members):
    write_grades(appraisal, lead, dict.fromkeys(able_members[:3], "excellent"))
    with pytest.raises(
        ValidationError, match=r"优秀 4 人，超过名额：参加评议 12 人，按 30 % 向下取整最多 3 人"
    ):
        write_grades(appraisal, lead, {able_members[3]: "excellent"})


def test_a_place_moves_from_one_to_another_in_one_step(lead, appraisal, able_members):
    write_grades(appraisal, lead, dict.fromkeys(able_members[:3], "excellent"))
    write_grades(appraisal, lead, {able_members[3]: "excellent", able_members[0]: "qualified"})
    assert get_grade(appraisal, able_members[3]).final == "excellent"


def test_who_does_not_take_part_has_a_reason_and_no_grade_and_gives_no_place(lead, appraisal, able_members):
    with pytest.raises(ValidationError, match="写明原因"):
        write_grades(appraisal, lead, {able_members[9]: {"taking_part": False}})
    with pytest.raises(ValidationError, match="没有等次"):
        write_grades(
            appraisal, lead, {able_members[9]: {"taking_part": False, "note": "休养", "final": "qualified"}}
        )
    write_grades(appraisal, lead, dict.fromkeys(able_members[:3], "excellent"))
    write_grades(
        appraisal, lead, {member: {"taking_part": False, "note": "休养"} for member in able_members[8:]}
    )
    with pytest.raises(ValidationError, match="参加评议 9 人"):  # 30 % of nine are two
        write_grades(appraisal, lead, {able_members[7]: {"taking_part": False, "note": "休养"}})


def test_one_refused_row_refuses_all_and_says_which(lead, appraisal, people):
    able, short, _ = people
    with pytest.raises(ValidationError) as refusal:
        write_grades(appraisal, lead, {able[1]: "qualified", short: "excellent"})
    assert list(refusal.value.message_dict) == [str(get_grade(appraisal, short).pk)]
    assert get_grade(appraisal, able[1]).final == ""


def test_a_lowered_share_lets_the_sheet_come_down(world, lead, appraisal, able_members):
    write_grades(appraisal, lead, dict.fromkeys(able_members[:3], "excellent"))
    world.year.excellent_quota_percent = 10
    world.year.save()
    write_grades(appraisal, lead, {able_members[0]: "qualified"})
    with pytest.raises(ValidationError, match="超过名额"):
        write_grades(appraisal, lead, {able_members[0]: "excellent"})


def test_a_row_of_another_sheet_is_not_written(world, lead, appraisal):
    other = start_appraisal(user=world.branch_secretary, branch_id=world.a1.pk, year=world.year)
    strange = other.grades.first()
    with pytest.raises(ValidationError, match="评议表已更新"):
        write_rows(user=lead, appraisal_id=appraisal.pk, rows={strange.pk: {"final": "qualified"}})
    with pytest.raises(ValidationError, match="不在您的管理范围内"):
        write_rows(user=lead, appraisal_id=other.pk, rows={strange.pk: {"final": "qualified"}})


# --- the meeting and the submission -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"held_on": NOW.date().replace(day=21)}, "不能晚于今天"),
        ({"held_on": NOW.date().replace(year=2017)}, "不能早于当年"),
        ({"present": 13}, "实到 13 人多于应到 12 人"),
    ],
)
def test_a_meeting_that_cannot_be(lead, appraisal, values, problem):
    meeting = {"held_on": HELD_ON, "entitled": 12, "present": 9} | values
    with pytest.raises(ValidationError, match=problem):
        save_meeting(user=lead, appraisal_id=appraisal.pk, now=NOW, **meeting)


def test_exactly_two_thirds_are_no_quorum(lead, appraisal):
    fill_sheet(appraisal, lead)
    save_meeting(user=lead, appraisal_id=appraisal.pk, held_on=HELD_ON, entitled=12, present=8, now=NOW)
    with pytest.raises(ValidationError, match="未超过应到 12 人的三分之二，至少需要 9 人"):
        submit_appraisal(user=lead, appraisal_id=appraisal.pk, now=NOW)


def test_what_is_missing_is_said_all_at_once(lead, appraisal):
    assert list_problems(appraisal, build_sheet(appraisal)) == [
        "请填写评议会日期",
        "请填写评议会应到人数和实到人数",
        "还有 12 人没有最终等次："
        + "、".join(row.grade.member.name for row in build_sheet(appraisal)[:5])
        + "等",
    ]


def test_a_changed_branch_is_not_submitted(world, lead, appraisal):
    fill_sheet(appraisal, lead)
    MemberFactory(branch=world.a2)
    with pytest.raises(ValidationError, match="请先更新名单"):
        submit_appraisal(user=lead, appraisal_id=appraisal.pk, now=NOW)


def test_submitted_it_is_the_colleges(world, lead, appraisal, able_members):
    fill_sheet(appraisal, lead, excellent=able_members[:3])
    submit_appraisal(user=lead, appraisal_id=appraisal.pk, now=NOW)
    assert find_inbox(world.secretary).get().title == f"教育评议待审核：{world.a2.name}"
    with pytest.raises(ValidationError, match="待学院审核，不能修改"):
        write_grades(appraisal, lead, {able_members[0]: "qualified"})


def test_the_college_fills_in_but_does_not_submit(world, appraisal):
    fill_sheet(appraisal, world.secretary)
    with pytest.raises(ValidationError, match="不在您的管理范围内"):
        submit_appraisal(user=world.secretary, appraisal_id=appraisal.pk, now=NOW)


def test_the_gate_is_asked_again_at_submission_and_at_approval(world, lead, appraisal, able_members):
    fill_sheet(appraisal, lead, excellent=able_members[:1])
    Member.objects.filter(pk=able_members[0].pk).update(**NOT_REGISTERED)
    with pytest.raises(ValidationError, match=f"{able_members[0].name}不能评为优秀：还差志愿者注册核实"):
        submit_appraisal(user=lead, appraisal_id=appraisal.pk, now=NOW)
    write_grades(appraisal, lead, {able_members[0]: "qualified", able_members[1]: "excellent"})
    submit_appraisal(user=lead, appraisal_id=appraisal.pk, now=NOW)
    world.year.required_minutes = 1500
    world.year.save()
    with pytest.raises(ValidationError, match=f"{able_members[1].name}不能评为优秀：还差 5 小时"):
        approve_appraisal(user=world.secretary, appraisal_id=appraisal.pk, now=NOW)


# --- the college's answer ---------------------------------------------------------------------------------------


@pytest.fixture
def submitted_appraisal(lead, appraisal, able_members):
    fill_sheet(appraisal, lead, excellent=able_members[:3])
    return submit_appraisal(user=lead, appraisal_id=appraisal.pk, now=NOW)


@pytest.mark.parametrize("who", ["secretary_b", "admin", "branch_secretary", "member"])
def test_others_do_not_approve(world, submitted_appraisal, who):
    with pytest.raises(ValidationError, match="不在您的管理范围内"):
        approve_appraisal(user=getattr(world, who), appraisal_id=submitted_appraisal.pk, now=NOW)


def test_nobody_approves_the_own(world, lead, submitted_appraisal, able_members):
    on_sheet = make_secretary(world.college_a, number="T1055")
    on_sheet.member = able_members[5]
    with pytest.raises(ValidationError, match="包含本人的评议"):
        approve_appraisal(user=on_sheet, appraisal_id=submitted_appraisal.pk, now=NOW)


def test_approved_it_keeps_figures_rules_and_everybodys_verdict(
    world, lead, submitted_appraisal, able_members
):
    approve_appraisal(user=world.secretary, appraisal_id=submitted_appraisal.pk, now=NOW)
    kept = Appraisal.objects.get(pk=submitted_appraisal.pk)
    assert (kept.state, kept.assessed, kept.quota, kept.approved_by) == ("approved", 12, 3, world.secretary)
    assert kept.rules["required_minutes"] == 1200
    assert kept.rules["excellent_quota_percent"] == 30
    verdict = get_grade(kept, able_members[0]).verdict
    assert (verdict["excellent"], verdict["figures"]["minutes"], verdict["at"]) == (
        True,
        1200,
        NOW.isoformat(),
    )
    assert kept.steps.get(kind="approved").figures["grades"]["excellent"] == 3
    assert find_inbox(lead).filter(title__startswith="教育评议已通过审核").count() == 1


def test_the_frozen_stays_when_records_rules_and_people_change(
    world, lead, submitted_appraisal, able_members
):
    approve_appraisal(user=world.secretary, appraisal_id=submitted_appraisal.pk, now=NOW)
    world.year.required_minutes, world.year.excellent_quota_percent = 6000, 1
    world.year.save()
    correct_person(able_members[0], branch=world.b1)
    kept = get_grade(submitted_appraisal, able_members[0])
    assert (kept.final, kept.verdict["excellent"]) == ("excellent", True)
    assert kept.verdict["rules"]["required_minutes"] == 1200
    now = Appraisal.objects.get(pk=submitted_appraisal.pk)
    (row,) = (row for row in build_sheet(now) if row.grade.member_id == able_members[0].pk)
    assert row.verdict.excellent is False


def test_returned_it_says_why(world, lead, submitted_appraisal):
    with pytest.raises(ValidationError, match="请填写原因"):
        return_appraisal(user=world.secretary, appraisal_id=submitted_appraisal.pk, reason=" ", now=NOW)
    return_appraisal(user=world.secretary, appraisal_id=submitted_appraisal.pk, reason="互评缺三人", now=NOW)
    submitted_appraisal.refresh_from_db()
    assert (submitted_appraisal.state, submitted_appraisal.reason) == ("draft", "互评缺三人")
    assert "互评缺三人" in find_inbox(lead).get(title__startswith="教育评议：退回").text
    submit_appraisal(user=lead, appraisal_id=submitted_appraisal.pk, now=NOW)
    assert [step.kind for step in submitted_appraisal.steps.all()] == ["submitted", "returned", "submitted"]


def test_only_the_college_opens_it_again_and_what_was_approved_is_kept(
    world, lead, submitted_appraisal, able_members
):
    approve_appraisal(user=world.secretary, appraisal_id=submitted_appraisal.pk, now=NOW)
    for user in (lead, world.admin):
        with pytest.raises(ValidationError, match="不在您的管理范围内"):
            reopen_appraisal(user=user, appraisal_id=submitted_appraisal.pk, reason="有误", now=NOW)
    reopen_appraisal(user=world.secretary, appraisal_id=submitted_appraisal.pk, reason="等次录错", now=NOW)
    write_grades(submitted_appraisal, lead, {able_members[0]: "qualified"})
    submitted_appraisal.refresh_from_db()
    assert (
        submitted_appraisal.state,
        submitted_appraisal.reopened,
        submitted_appraisal.assessed,
        submitted_appraisal.rules,
    ) == (
        "draft",
        1,
        None,
        None,
    )
    finals = submitted_appraisal.steps.get(kind="approved").figures["finals"]
    assert finals[str(able_members[0].pk)] == "excellent"
    submit_appraisal(user=lead, appraisal_id=submitted_appraisal.pk, now=NOW)
    approve_appraisal(user=world.secretary, appraisal_id=submitted_appraisal.pk, now=NOW)
    assert submitted_appraisal.steps.filter(kind="approved").count() == 2


def test_it_is_approved_and_opened_only_from_where_it_stands(world, lead, appraisal):
    with pytest.raises(ValidationError, match="只有已提交"):
        approve_appraisal(user=world.secretary, appraisal_id=appraisal.pk, now=NOW)
    with pytest.raises(ValidationError, match="只有已提交"):
        return_appraisal(user=world.secretary, appraisal_id=appraisal.pk, reason="有误", now=NOW)
    with pytest.raises(ValidationError, match="只有已通过"):
        reopen_appraisal(user=world.secretary, appraisal_id=appraisal.pk, reason="有误", now=NOW)


# --- what the database refuses ----------------------------------------------------------------------------------


def update_rows(rows, **values):
    rows.update(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"present": 12},
        {"assessed": 11},
        {"rules": {}},
        {"state": "draft"},
        {"state": "submitted"},
        {"quota": 9},
    ],
)
def test_an_approved_appraisal_is_not_changed_even_by_sql(world, lead, appraisal, values):
    approve_sheet(appraisal, branch=lead, college=world.secretary)
    with pytest.raises(DatabaseError, match="已通过的评议不能修改"), transaction.atomic():
        Appraisal.objects.filter(pk=appraisal.pk).update(**values)


def test_nor_are_its_grades_and_steps(world, lead, appraisal, able_members):
    approve_sheet(appraisal, branch=lead, college=world.secretary)
    grade = AppraisalGrade.objects.filter(appraisal=appraisal, member=able_members[0])
    for attempt in (
        lambda: grade.update(final="excellent"),
        lambda: grade.update(verdict={}),
        lambda: grade.delete(),
        lambda: AppraisalGrade.objects.create(appraisal=appraisal, member=world.zhang_wei_b),
    ):
        with pytest.raises(DatabaseError, match="已通过的评议不能修改"), transaction.atomic():
            attempt()
    for attempt in (lambda: appraisal.steps.update(reason="改"), lambda: appraisal.steps.all().delete()):
        with pytest.raises(DatabaseError, match="步骤不能修改"), transaction.atomic():
            attempt()


@pytest.mark.parametrize("table", ["appraisal", "appraisalgrade", "appraisalstep"])
def test_no_table_is_emptied(db, table):
    with pytest.raises(DatabaseError, match="不能清空"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE reports_{table} CASCADE")


def test_a_submitted_sheet_is_not_changed_by_sql(submitted_appraisal, able_members):
    with pytest.raises(DatabaseError, match="退回以前不能修改"), transaction.atomic():
        AppraisalGrade.objects.filter(appraisal=submitted_appraisal, member=able_members[5]).update(
            final="basic"
        )


def test_more_excellent_than_places_are_refused_by_sql(appraisal, able_members):
    rows = AppraisalGrade.objects.filter(appraisal=appraisal)
    with pytest.raises(IntegrityError, match="超过名额"), transaction.atomic():
        rows.filter(member__in=able_members[:4]).update(final="excellent")
    rows.filter(member__in=able_members[:3]).update(final="excellent")
    with pytest.raises(IntegrityError, match="超过名额"), transaction.atomic():
        rows.filter(member__in=able_members[5:8]).delete()


def test_an_unfinished_sheet_does_not_leave_the_branch_by_sql(lead, appraisal):
    left = {"state": "submitted", "submitted_at": NOW, "submitted_by": lead}
    meeting = {"held_on": HELD_ON, "present": 12}
    with pytest.raises(IntegrityError, match="没有评定"), transaction.atomic():
        Appraisal.objects.filter(pk=appraisal.pk).update(**left, **meeting)


BREAKS = {
    "appraisal_once_per_year": lambda w, a: Appraisal.objects.create(branch=a.branch, year=a.year),
    "appraisal_present_are_entitled": lambda w, a: _update_appraisal(a, entitled=3, present=4),
    "appraisal_submitted_with_quorum": lambda w, a: _submit_directly(w, a, present=8),
    "appraisal_approved_with_figures": lambda w, a: _update_appraisal(a, assessed=12),
    "appraisal_two_pairs_of_eyes": lambda w, a: _approve_directly(w, a),
    "grade_once_per_person": lambda w, a: AppraisalGrade.objects.create(
        appraisal=a, member=a.grades.first().member
    ),
    "grade_known": lambda w, a: a.grades.update(final="splendid"),
    "grade_of_who_takes_part": lambda w, a: a.grades.update(taking_part=False),
    "grade_excellent_by_verdict": lambda w, a: a.grades.filter(member=w.quiet).update(
        final="excellent", verdict={"excellent": False}
    ),
    "appraisal_step_back_with_reason": lambda w, a: AppraisalStep.objects.create(
        appraisal=a, kind="returned", at=NOW, by=w.secretary, figures={}
    ),
}


def _update_appraisal(appraisal, **values):
    Appraisal.objects.filter(pk=appraisal.pk).update(**values)


def _submit_directly(world, appraisal, **values):
    appraisal.grades.update(final="qualified")
    submitted = {"state": "submitted", "submitted_at": NOW, "submitted_by": world.branch_secretary}
    _update_appraisal(appraisal, held_on=HELD_ON, entitled=12, **submitted, **values)


def _approve_directly(world, appraisal):
    appraisal.grades.update(final="qualified", verdict={})
    _submit_directly(world, appraisal, present=9)
    figures = {"approved_at": NOW, "assessed": 12, "quota": 3, "rules": {}}
    _update_appraisal(appraisal, state="approved", approved_by=world.branch_secretary, **figures)


@pytest.mark.parametrize("name", BREAKS)
def test_the_constraint_refuses(world, appraisal, name):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        BREAKS[name](world, appraisal)
    assert refusal.value.__cause__.diag.constraint_name == name


def test_every_constraint_is_broken_once():
    models = (Appraisal, AppraisalGrade, AppraisalStep)
    assert {constraint.name for model in models for constraint in model._meta.constraints} == BREAKS.keys()


def test_all_of_a_sheet_is_of_one_school(world, appraisal):
    with pytest.raises(IntegrityError, match="不属于同一所学校"), transaction.atomic():
        Appraisal.objects.create(branch=world.a1, year=world.bh.year)
    with pytest.raises(IntegrityError, match="不属于同一所学校"), transaction.atomic():
        AppraisalGrade.objects.create(appraisal=appraisal, member=world.bh.zhang_wei)


# --- concurrent writers -----------------------------------------------------------------------------------------


def run_at_once(*attempts) -> list[str]:
    start, answers = threading.Barrier(len(attempts)), []

    def run(attempt):
        start.wait()
        try:
            attempt()
            answers.append("written")
        except (ValidationError, DatabaseError) as refusal:
            answers.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(attempt,)) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers, key=lambda answer: answer == "written")


@pytest.mark.django_db(transaction=True)
def test_two_tabs_and_one_place_of_excellent():
    world = build_world()
    able, *_ = make_branch_of_twelve(world)
    appraisal = start_as(world, world.secretary)
    write_grades(appraisal, world.secretary, dict.fromkeys(able[:2], "excellent"))
    answers = run_at_once(
        lambda: write_grades(appraisal, world.secretary, {able[2]: "excellent"}),
        lambda: write_grades(appraisal, world.secretary, {able[3]: "excellent"}),
    )
    assert "超过名额" in answers[0]
    assert answers[1] == "written"
    assert appraisal.grades.filter(final="excellent").count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_statements_past_the_service_and_one_place():
    world = build_world()
    able, *_ = make_branch_of_twelve(world)
    appraisal = start_as(world, world.secretary)
    write_grades(appraisal, world.secretary, dict.fromkeys(able[:2], "excellent"))
    rows = AppraisalGrade.objects.filter(appraisal=appraisal)
    answers = run_at_once(
        lambda: rows.filter(member=able[2]).update(final="excellent"),
        lambda: rows.filter(member=able[3]).update(final="excellent"),
    )
    assert "超过名额" in answers[0]
    assert rows.filter(final="excellent").count() == 3
