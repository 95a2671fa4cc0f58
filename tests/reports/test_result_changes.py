"""Results whose verdict does not hold any more: the office that gave them is asked, and decides with a reason."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from activities.models import ServiceRecord
from activities.services.counting import count_members
from activities.services.linking import link_members
from activities.services.records import void_locked_records
from members.models import Member, ServiceYear
from reports.models import ResultChange
from reports.services.appraisal import reopen_appraisal
from reports.services.eligibility import ask_exception, decide_exception, revoke_exception
from reports.services.honour_titles import announce_title, decide_title
from reports.services.result_changes import note_all_changes, note_changes, settle_change
from reports.tasks import note_changed_results
from tests.factories import (
    NOT_REGISTERED,
    GrantFactory,
    ServiceRecordFactory,
    UserFactory,
    make_branch_secretary,
    make_registration,
)
from tests.inbox import find_inbox
from tests.moving import correct_person
from tests.reports.appraising import NOW, approve_sheet, make_branch_of_twelve, start_as
from tests.reports.honouring import choose_as, make_title, nominate_as

ASKED = "依据有变化，请决定："


@pytest.fixture
def people(world):
    return make_branch_of_twelve(world)


@pytest.fixture
def lead(world, people):
    return make_branch_secretary(world.a2, world.quiet)


@pytest.fixture
def excepted(world, lead, people):
    """Return the exception of somebody who lacks a minute and is 优秀 on an approved sheet because of it."""
    asked = ask_exception(user=lead, member_id=people[1].pk, year=world.year, grounds="支教", now=NOW)
    granted = decide_exception(user=world.admin, exception_id=asked.pk, granted=True, reason="属实", now=NOW)
    world.sheet = approve_sheet(
        start_as(world, lead), branch=lead, college=world.secretary, excellent=[people[1]]
    )
    return granted


@pytest.fixture
def graded(world, lead, people):
    """Return a person who is 优秀 on an approved sheet by 20 hours."""
    world.sheet = approve_sheet(
        start_as(world, lead), branch=lead, college=world.secretary, excellent=[people[0][1]]
    )
    return people[0][1]


@pytest.fixture
def honoured(world, people):
    """Return the nomination of a person who has a place of a decided honour of the school."""
    title = make_title(world)
    row = choose_as(world, nominate_as(world, title, people[0][1], user=world.secretary))
    announce_title(user=world.admin, title_id=title.pk, now=NOW)
    decide_title(user=world.admin, title_id=title.pk, now=NOW)
    row.refresh_from_db()
    return row


def set_minutes(member, minutes: int) -> None:
    """Leave the person records of so many minutes, as a correction does."""
    ServiceRecord.objects.filter(member=member).exclude(state="voided").update(
        state="voided", void_reason="重复", voided_at=NOW, voided_by=UserFactory()
    )
    ServiceRecordFactory(member=member, minutes=minutes)
    count_members([member.pk])


def list_asked(user) -> list[str]:
    return [message.title for message in find_inbox(user) if message.title.startswith(ASKED)]


def settle(user, change, outcome="kept", reason="情况特殊，支部复议后维持") -> ResultChange:
    return settle_change(user=user, change_id=change.pk, outcome=outcome, reason=reason, now=NOW)


# --- asking -------------------------------------------------------------------------------------------------------


def test_an_exception_revoked_after_the_approval_asks_the_college_that_approved(
    world, excepted, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        revoke_exception(user=world.admin, exception_id=excepted.pk, reason="材料不实", now=NOW)
    assert list_asked(world.secretary) == [f"{ASKED}差时长"]
    assert not list_asked(world.admin) and not list_asked(world.secretary_b)
    change = ResultChange.objects.get()
    assert (change.appraisal, change.member, change.outcome) == (world.sheet, excepted.member, "open")
    assert change.why == "年度服务时长19 小时 59 分钟，还差 1 分钟（通知二（二）、四.3）"


@pytest.mark.parametrize("what", ["hours", "registration", "state", "stage"])
def test_whatever_the_verdict_hung_on_asks_for_the_grade_and_the_honour(world, graded, honoured, what):
    note_all_changes()
    assert not ResultChange.objects.exists()
    if what == "hours":
        set_minutes(graded, 1199)
    elif what == "registration":
        Member.objects.filter(pk=graded.pk).update(**NOT_REGISTERED)
    elif what == "state":
        correct_person(graded, state="transferred")
    else:
        correct_person(graded, stage="student")
    note_changed_results()
    assert list_asked(world.secretary) == [f"{ASKED}{graded.name}"]
    assert list_asked(world.admin) == [f"{ASKED}{graded.name}"]
    assert ResultChange.objects.open().count() == 2


def test_voided_hours_and_a_corrected_state_ask_at_once(world, graded, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        void_locked_records(user=world.secretary, records=graded.records.all(), reason="重复登记", now=NOW)
        link_members([graded.pk])
    assert list_asked(world.secretary) == [f"{ASKED}{graded.name}"]
    with django_capture_on_commit_callbacks(execute=True):
        correct_person(graded, state="transferred")
    assert len(list_asked(world.secretary)) == 2


def test_a_run_that_comes_twice_asks_once_and_a_further_change_asks_again(world, graded):
    for minutes in (1199, 1100):
        set_minutes(graded, minutes)
        note_all_changes()
        note_all_changes()
    assert len(list_asked(world.secretary)) == 2
    assert list(ResultChange.objects.values_list("outcome", flat=True)) == ["gone", "open"]


def test_what_holds_again_waits_no_longer_and_asks_again_when_it_fails_again(world, graded):
    for minutes in (1199, 1200, 1199):
        set_minutes(graded, minutes)
        note_all_changes()
    assert list(ResultChange.objects.values_list("outcome", flat=True)) == ["gone", "open"]
    assert len(list_asked(world.secretary)) == 2


def test_somebody_who_is_no_longer_excellent_by_hours_but_has_an_exception_keeps_the_grade_unasked(
    world, lead, graded
):
    set_minutes(graded, 1199)
    asked = ask_exception(user=lead, member_id=graded.pk, year=world.year, grounds="支教", now=NOW)
    decide_exception(user=world.admin, exception_id=asked.pk, granted=True, reason="属实", now=NOW)
    note_all_changes()
    assert not ResultChange.objects.exists()


def test_changed_rules_ask_nobody_because_a_result_keeps_the_values_it_was_judged_by(world, graded, honoured):
    ServiceYear.objects.filter(pk=world.year.pk).update(required_minutes=6000, semester_visit_is_gate=True)
    note_all_changes()
    assert not ResultChange.objects.exists()


def test_a_branch_whose_rate_is_corrected_after_its_honour_asks_the_school(world, lead):
    Member.objects.filter(branch=world.a1, stage="member").update(**make_registration(date(2018, 10, 1)))
    title = make_title(world, kind="branch")
    choose_as(world, nominate_as(world, title, world.a1, user=world.secretary))
    announce_title(user=world.admin, title_id=title.pk, now=NOW)
    decide_title(user=world.admin, title_id=title.pk, now=NOW)
    Member.objects.filter(branch=world.a1).update(**NOT_REGISTERED)
    note_all_changes()
    assert list_asked(world.admin) == [f"{ASKED}{world.a1.name}"]
    settle(world.admin, ResultChange.objects.get())


def test_an_appraisal_that_is_opened_again_waits_for_no_decision(world, graded):
    set_minutes(graded, 1199)
    note_all_changes()
    reopen_appraisal(user=world.secretary, appraisal_id=world.sheet.pk, reason="更正", now=NOW)
    assert ResultChange.objects.get().outcome == "gone"
    note_all_changes()
    assert not ResultChange.objects.open().exists()


# --- deciding -----------------------------------------------------------------------------------------------------


def test_a_result_that_is_kept_says_why_and_asks_no_more_on_these_facts(world, client_of, graded):
    set_minutes(graded, 1199)
    note_all_changes()
    settle(world.secretary, ResultChange.objects.get())
    note_all_changes()
    assert not ResultChange.objects.open().exists()
    page = client_of(world.secretary).get(world.sheet.get_absolute_url()).text
    assert "看过并维持：情况特殊，支部复议后维持" in page
    set_minutes(graded, 1100)
    note_all_changes()
    assert ResultChange.objects.open().count() == 1


def test_a_grade_that_is_taken_back_sends_the_sheet_to_the_branch(world, lead, graded):
    set_minutes(graded, 1199)
    note_all_changes()
    settle(world.secretary, ResultChange.objects.get(), "taken_back", "时长作废")
    world.sheet.refresh_from_db()
    assert (world.sheet.state, world.sheet.reason) == ("draft", f"{graded.name}：时长作废")
    assert ResultChange.objects.get().outcome == "taken_back"
    assert find_inbox(lead).filter(text__contains="时长作废").exists()


def test_an_honour_that_is_taken_back_leaves_the_list_and_is_told_to_the_office_that_nominated(
    world, client_of, honoured
):
    set_minutes(honoured.member, 1199)
    note_all_changes()
    settle(world.admin, ResultChange.objects.get(), "taken_back", "时长作废")
    honoured.refresh_from_db()
    assert honoured.state == "chosen"
    client = client_of(world.admin)
    assert (
        honoured.member.name not in client.get(reverse("honour_publication", args=[honoured.title_id])).text
    )
    assert "表彰已收回" in client.get(honoured.get_absolute_url()).text
    title = type(honoured.title).objects.with_counts().get(pk=honoured.title_id)
    assert title.chosen == 0
    assert (
        find_inbox(world.secretary).get(title=f"荣誉已收回：{honoured.member.name}").text.endswith("时长作废")
    )
    note_all_changes()
    assert not ResultChange.objects.open().exists()


@pytest.mark.parametrize("who", ["admin", "secretary_b", "branch_secretary", "nobody"])
def test_only_the_college_that_approved_decides_about_a_grade(world, graded, who):
    set_minutes(graded, 1199)
    note_all_changes()
    with pytest.raises(ValidationError, match="不由您决定"):
        settle(getattr(world, who), ResultChange.objects.get())


def test_the_successor_decides_and_nobody_decides_on_the_own_result(world, graded):
    set_minutes(graded, 1199)
    note_all_changes()
    world.secretary.grants.all().delete()
    successor = UserFactory(school=world.school)
    GrantFactory(user=successor, role="college_secretary", college=world.college_a)
    assert list_asked(successor)
    successor.member = graded
    with pytest.raises(ValidationError, match="本人"):
        settle(successor, ResultChange.objects.get())
    successor.member = None
    assert settle(successor, ResultChange.objects.get()).outcome == "kept"


def test_a_decision_is_made_once_with_a_reason_and_on_the_facts_of_now(world, graded):
    set_minutes(graded, 1199)
    note_all_changes()
    change = ResultChange.objects.get()
    with pytest.raises(ValidationError, match="请填写原因"):
        settle(world.secretary, change, reason=" ")
    with pytest.raises(ValidationError, match="请选择"):
        settle(world.secretary, change, "gone")
    set_minutes(graded, 1100)
    with pytest.raises(ValidationError, match="情况又有变化"):
        settle(world.secretary, change)
    set_minutes(graded, 1199)
    settle(world.secretary, change)
    with pytest.raises(ValidationError, match="已经处理"):
        settle(world.secretary, change)


# --- pages --------------------------------------------------------------------------------------------------------


def test_the_desk_the_list_and_the_page_ask_the_office_until_it_has_decided(world, client_of, graded):
    set_minutes(graded, 1199)
    note_all_changes()
    change, client = ResultChange.objects.get(), client_of(world.secretary)
    desk = reverse("college", args=[world.college_a.pk])
    assert "1 项结果</a>所依据的情况已变化" in client.get(desk).text
    assert graded.name in client.get(reverse("result_changes")).text
    assert "决定维持或收回" in client.get(world.sheet.get_absolute_url()).text
    client.post(change.get_absolute_url(), {"outcome": "kept", "reason": "支部复议后维持"})
    change.refresh_from_db()
    assert (change.outcome, change.reason) == ("kept", "支部复议后维持")
    assert "所依据的情况已变化" not in client.get(desk).text
    assert graded.name not in client.get(reverse("result_changes")).text


def test_the_page_of_an_exception_lists_what_was_decided_in_its_year(
    world, client_of, excepted, django_capture_on_commit_callbacks
):
    client = client_of(world.admin)
    assert "2018 年度教育评议优秀" in client.get(excepted.get_absolute_url()).text
    with django_capture_on_commit_callbacks(execute=True):
        revoke_exception(user=world.admin, exception_id=excepted.pk, reason="材料不实", now=NOW)
    assert "等待作出结果的团组织决定" in client.get(excepted.get_absolute_url()).text


# --- what the database refuses ------------------------------------------------------------------------------------


@pytest.fixture
def change(world, graded):
    set_minutes(graded, 1199)
    note_changes(year_id=world.year.pk, people=[graded.pk], now=NOW)
    return ResultChange.objects.get(nomination=None)


def make_change(**values) -> ResultChange:
    return ResultChange.objects.create(**{"result_at": NOW, "noticed_at": NOW, "facts": {}} | values)


BREAKS = {
    "result_change_of_one_result": lambda change, row: make_change(appraisal=change.appraisal),
    "result_change_open_once_of_grade": lambda change, row: make_change(
        appraisal=change.appraisal, member=change.member
    ),
    "result_change_open_once_of_honour": lambda change, row: [make_change(nomination=row) for _ in range(2)],
    "result_change_settled_with_reason": lambda change, row: ResultChange.objects.update(outcome="kept"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_the_constraint_refuses(honoured, change, name):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        BREAKS[name](change, honoured)
    assert refusal.value.__cause__.diag.constraint_name == name


def test_every_constraint_is_broken_once():
    assert {constraint.name for constraint in ResultChange._meta.constraints} == BREAKS.keys()


def test_a_decision_is_not_changed_even_by_sql(world, change):
    settle(world.secretary, change)
    rows = ResultChange.objects.filter(pk=change.pk)
    for write in (lambda: rows.update(reason="改写"), rows.delete):
        with pytest.raises(DatabaseError, match="不能修改或删除"), transaction.atomic():
            write()


def test_person_and_appraisal_are_of_one_school(world, change):
    with pytest.raises(IntegrityError, match="不属于同一所学校"), transaction.atomic():
        make_change(appraisal=change.appraisal, member=world.bh.zhang_wei, noticed_at=NOW + timedelta(days=1))
