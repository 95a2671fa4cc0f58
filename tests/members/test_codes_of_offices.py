"""Activation codes of somebody who gets an office: nobody below the office opens its account with an old code."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from members.models import ActivationCode, Grant
from members.permissions import Role
from members.queries.activation import count_by_branch, sum_all
from members.services.accounts import grant_role
from members.services.activation import issue_code, issue_code_for_person
from members.services.activation_entry import (
    REFUSED,
    enter_code,
    find_opened_code,
    keep_opened_code,
    open_code,
    use_code,
)
from members.services.appointments import Choice, appoint, appoint_first_admin, end_appointment
from reports.services.handover import appoint_stand_in, hand_over
from tests.factories import GrantFactory, UserFactory
from tests.members.import_files import Kind, run_import
from tests.members.sheet_files import make_xlsx

ADDRESS, PASSWORD = "192.0.2.1", "chrysantheme-77"
TODAY = date(2018, 10, 12)


@pytest.fixture(autouse=True)
def in_october(time_machine):
    time_machine.move_to("2018-10-12 08:00 +0800")


@pytest.fixture
def issued(world):
    """A code that the 团支书 of a1 printed for a person of the branch."""
    return issue_code_for_person(member_id=world.reported.pk, by=world.branch_secretary)


def appoint_to_college(world, person, starts_on=TODAY):
    choice = Choice(person, Role.COLLEGE_SECRETARY, world.college_a)
    appoint(by=world.admin, choice=choice, starts_on=starts_on, ends_on=None)


def begin_later(world, person):
    appoint_to_college(world, person, date(2018, 11, 1))


def appoint_to_the_branch(world, person):
    choice = Choice(person, Role.BRANCH_SECRETARY, world.a1)
    appoint(by=world.secretary, choice=choice, starts_on=TODAY, ends_on=None)


def hand_over_the_branch(world, person):
    Grant.objects.filter(user=world.branch_secretary).update(starts_on="2018-09-01")
    held = world.branch_secretary.grants.get()
    hand_over(by=world.secretary, grant_id=held.pk, successor=person, on=date(2018, 10, 20))


def stand_in(world, person):
    held = world.branch_secretary.grants.get()
    last = date(2018, 10, 30)
    appoint_stand_in(by=world.secretary, grant_id=held.pk, person=person, starts_on=TODAY, ends_on=last)


def appoint_by_file(world, person):
    header = ("学号/工号", "姓名", "角色", "学院", "团支部")
    row = (person.student_no, person.name, "团支书", "法学院", "法学1801团支部")
    run_import(Kind.ACCOUNTS, make_xlsx(header, row), by=world.secretary)


def appoint_as_first_admin(world, person):
    appoint_first_admin(school=world.school, number=person.student_no, name=person.name)


WAYS = [
    appoint_to_college,
    begin_later,
    appoint_to_the_branch,
    hand_over_the_branch,
    stand_in,
    appoint_by_file,
    appoint_as_first_admin,
]


@pytest.mark.parametrize("give_office", WAYS)
def test_a_code_from_below_is_void_as_soon_as_its_person_gets_an_office(give_office, world, issued):
    code = ActivationCode.objects.get(account=issued.account)
    give_office(world, world.reported)
    code.refresh_from_db()
    assert code.voided_at
    with pytest.raises(ValidationError, match=REFUSED[:10]):
        open_code(typed=issued.code, address=ADDRESS)
    with pytest.raises(ValidationError, match=REFUSED[:10]):
        enter_code(number="2018010004", typed=issued.code, address=ADDRESS)
    with pytest.raises(ValidationError, match=REFUSED[:10]):
        use_code(code_id=code.pk, address=ADDRESS, password=PASSWORD)


def test_the_pages_then_say_that_a_code_is_needed(world, issued):
    branch = type(world.a1).objects.filter(pk=world.a1.pk)
    before = sum_all(count_by_branch(branch, now=issued.expires_at.replace(year=2018, month=10, day=12)))
    appoint_to_the_branch(world, world.reported)
    after = sum_all(count_by_branch(branch, now=issued.expires_at.replace(year=2018, month=10, day=12)))
    assert (before.coded - after.coded, after.without - before.without) == (1, 1)


def test_a_code_from_above_or_of_the_operator_stays(world):
    from_above = issue_code_for_person(member_id=world.reported.pk, by=world.admin)
    of_the_operator = issue_code_for_person(member_id=world.quiet.pk, by=None)
    appoint_to_college(world, world.reported)
    appoint_to_college(world, world.quiet)
    assert open_code(typed=from_above.code, address=ADDRESS).account == from_above.account
    assert open_code(typed=of_the_operator.code, address=ADDRESS).account == of_the_operator.account


def test_the_code_of_a_college_stays_for_an_office_that_the_college_gives(world):
    issued = issue_code_for_person(member_id=world.reported.pk, by=world.secretary)
    appoint_to_the_branch(world, world.reported)
    assert open_code(typed=issued.code, address=ADDRESS)
    appoint_to_college(world, world.reported)
    with pytest.raises(ValidationError):
        open_code(typed=issued.code, address=ADDRESS)


def test_nobody_of_the_school_opens_an_account_that_has_become_a_streets(world):
    teacher = UserFactory(school=world.school, number="S2001", name="街乡干部")
    issued = issue_code(account=teacher, by=world.admin)
    grant_role(user=teacher, role=Role.LIAISON, on=world.suburban)
    assert ActivationCode.objects.get(account=issued.account).voided_at


# An office that no service gave, such as one of a restored table, is seen when the code is used.


@pytest.fixture
def with_office_unnoticed(world, issued):
    GrantFactory(user=issued.account, role=Role.COLLEGE_SECRETARY, college=world.college_a)
    return issued


def test_the_use_of_a_code_asks_again_whether_its_issuer_may_manage_the_account(with_office_unnoticed):
    issued = with_office_unnoticed
    code = ActivationCode.objects.get(account=issued.account)
    assert code.voided_at is None
    with pytest.raises(ValidationError, match=REFUSED[:10]):
        open_code(typed=issued.code, address=ADDRESS)
    with pytest.raises(ValidationError, match=REFUSED[:10]):
        enter_code(number="2018010004", typed=issued.code, address=ADDRESS)
    with pytest.raises(ValidationError, match=REFUSED[:10]):
        use_code(code_id=code.pk, address=ADDRESS, password=PASSWORD)
    issued.account.refresh_from_db()
    assert not issued.account.has_usable_password()


def test_a_code_that_is_already_open_in_a_browser_is_asked_again(world, issued):
    session: dict = {}
    keep_opened_code(session, ActivationCode.objects.get(account=issued.account))
    assert find_opened_code(session)
    GrantFactory(user=issued.account, role=Role.COLLEGE_SECRETARY, college=world.college_a)
    assert find_opened_code(session) is None


def test_somebody_who_has_lost_the_office_opens_no_account_any_more(world, issued):
    branch = type(world.a1).objects.filter(pk=world.a1.pk)
    now = issued.expires_at.replace(year=2018, month=10, day=12)
    coded = sum_all(count_by_branch(branch, now=now)).coded
    held: Grant = world.branch_secretary.grants.get()
    end_appointment(by=world.secretary, grant_id=held.pk, on=None, reason="换届")
    with pytest.raises(ValidationError, match=REFUSED[:10]):
        open_code(typed=issued.code, address=ADDRESS)
    assert sum_all(count_by_branch(branch, now=now)).coded == coded - 1
