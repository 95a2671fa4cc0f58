"""A student's number changes; the person stays one, and every number finds them (requirements §3)."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Member, StudentNumber, User
from members.queries.accounts import find_accounts_by_number
from members.queries.finder import find_people
from members.services.numbers import adopt_numbers, change_student_number
from tests.factories import MemberFactory, make_account
from tests.members.import_files import (
    ROSTER_HEADER,
    Kind,
    count_outcome,
    list_row_problems,
    make_roster_file,
    make_roster_row,
    make_volunteers_file,
    run_import,
)

NEW = "2019S00001"


def change(world, member, number=NEW, on=date(2018, 11, 1), user=None):
    return change_student_number(
        user=user or world.secretary, member_id=member.pk, number=number, on=on, reason="转入研究生"
    )


def list_numbers(member) -> list[tuple]:
    rows = StudentNumber.objects.filter(member=member).order_by("pk")
    return list(rows.values_list("number", "starts_on", "ends_on"))


def test_a_new_number_closes_the_former_one(world):
    person = world.quiet
    former = person.student_no
    changed = change(world, person)
    assert changed.student_no == NEW
    assert list_numbers(person) == [(former, None, date(2018, 11, 1)), (NEW, date(2018, 11, 1), None)]


def test_both_numbers_sign_in(world):
    person = world.quiet
    account = User.objects.filter(member=person).first() or make_account(person)
    former = person.student_no
    change(world, person)
    account.refresh_from_db()
    assert (account.number, account.username) == (NEW, f"{NEW}@{world.school.code}")
    for number in (NEW, NEW.lower(), former):
        assert find_accounts_by_number(number, world.school) == [account]


def test_a_present_number_precedes_somebody_elses_former_one(world):
    """A school may give an old number out again; the person who has it now is meant."""
    person, other = world.quiet, MemberFactory(branch=world.quiet.branch)
    former = person.student_no
    make_account(person)
    change(world, person)
    Member.objects.filter(pk=other.pk).update(student_no=former)
    account = make_account(Member.objects.get(pk=other.pk))
    assert find_accounts_by_number(former, world.school) == [account]


def test_every_search_finds_the_former_number(world):
    person = world.quiet
    former = person.student_no
    change(world, person)
    assert [found.member.pk for found in find_people(world.secretary, former)] == [person.pk]
    assert find_people(world.secretary, former)[0].matched == ("原学号",)
    assert Member.objects.search(former).get() == person
    assert Member.objects.of_number(former).get() == person


def test_a_number_that_another_person_has_or_had_is_refused(world):
    taken = world.registered.student_no
    with pytest.raises(ValidationError, match="已登记在"):
        change(world, world.quiet, taken)
    change(world, world.registered, "2019S00009")
    with pytest.raises(ValidationError, match="已登记在"):
        change(world, world.quiet, taken)


def test_a_number_of_a_teachers_account_is_refused(world):
    with pytest.raises(ValidationError, match="另一个账号"):
        change(world, world.quiet, world.secretary.number)


def test_a_person_may_get_the_former_number_back(world):
    person = world.quiet
    former = person.student_no
    change(world, person)
    assert change(world, person, former, on=date(2018, 11, 5)).student_no == former
    assert StudentNumber.objects.get(member=person, ends_on=None).number == former


@pytest.mark.parametrize(
    ("number", "on", "words"),
    [
        ("", date(2018, 11, 1), "新学号"),
        ("不是学号", date(2018, 11, 1), "编号"),
        (NEW, date(2038, 11, 1), "不能晚于今天"),
    ],
)
def test_impossible_numbers_and_days_are_refused(world, number, on, words):
    with pytest.raises(ValidationError, match=words):
        change(world, world.quiet, number, on)


def test_nobody_changes_a_number_out_of_scope(world):
    with pytest.raises(ValidationError, match="管理范围"):
        change(world, world.zhang_wei_b)


def test_many_numbers_take_five_statements(world):
    people = MemberFactory.create_batch(5, branch=world.quiet.branch)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        adopt_numbers(
            {person.pk: f"2019S1{place:04d}" for place, person in enumerate(people)}, on=date(2018, 11, 1)
        )
    assert len(asked) == 5
    assert Member.objects.filter(student_no__startswith="2019S1").count() == 5


def test_the_page_changes_the_number_and_shows_the_former_one(world, client_of):
    person = world.quiet
    former = person.student_no
    client = client_of(world.secretary)
    page = client.get(reverse("member_number", args=[person.pk]))
    assert former in page.content.decode()
    refused = client.post(
        reverse("member_number", args=[person.pk]),
        {"number": world.registered.student_no, "on": "2018-11-01", "reason": "x"},
    )
    assert "已登记在" in refused.content.decode()
    sent = {"number": NEW, "on": "2018-11-01", "reason": "转入研究生"}
    assert client.post(reverse("member_number", args=[person.pk]), sent).status_code == 302
    shown = client.get(reverse("member", args=[person.pk])).content.decode()
    assert NEW in shown
    assert "原学号" in shown
    assert former in shown


# --- in files -------------------------------------------------------------------------------------------------

WITH_FORMER = (*ROSTER_HEADER, "原学号")


def import_roster(world, *rows, header=ROSTER_HEADER):
    return run_import(Kind.ROSTER, make_roster_file(*rows, header=header), by=world.admin)


def test_the_column_of_the_former_number_keeps_one_person(world):
    person = world.quiet
    former = person.student_no
    run = import_roster(
        world, (*make_roster_row(person, student_no=NEW, phone="13900009999"), former), header=WITH_FORMER
    )
    assert count_outcome(run) == {"changed": 1}
    person.refresh_from_db()
    assert (person.student_no, person.phone) == (NEW, "13900009999")
    assert [number for number, *_ in list_numbers(person)] == [former, NEW]
    assert count_outcome(import_roster(world, make_roster_row(person))) == {"same": 1}


def test_an_old_file_finds_the_person_by_the_former_number(world):
    person = world.quiet
    former = person.student_no
    change(world, person)
    run = import_roster(world, make_roster_row(person, student_no=former, phone="13900008888"))
    assert count_outcome(run) == {"changed": 1}
    person.refresh_from_db()
    assert (person.student_no, person.phone) == (NEW, "13900008888")


def test_a_former_number_under_another_name_is_an_error(world):
    person = world.quiet
    former = person.student_no
    change(world, person)
    run = import_roster(world, make_roster_row(person, student_no=former, name="别的人"))
    assert list_row_problems(run)[2] == "学号是别人用过的学号，姓名不同"  # and not whose


def test_the_same_name_and_phone_under_a_new_number_is_the_same_person(world):
    run = import_roster(world, make_roster_row(world.quiet, student_no=NEW))
    assert count_outcome(run) == {"changed": 1}
    assert Member.objects.of_number(NEW).get() == world.quiet
    assert any("换了学号" in doubt for doubt in run.notes["doubts"])


def test_a_new_number_is_a_new_person_while_the_old_one_is_in_the_file_too(world):
    rows = make_roster_row(world.quiet), make_roster_row(world.quiet, student_no=NEW)
    assert count_outcome(import_roster(world, *rows)) == {"same": 1, "new": 1}


@pytest.mark.parametrize("phone", ["", "139****0001", "13900007777"])
def test_a_name_alone_never_makes_two_numbers_one_person(world, phone):
    run = import_roster(world, make_roster_row(world.quiet, student_no=NEW, phone=phone))
    assert count_outcome(run) == {"new": 1}


def test_the_former_and_the_new_number_in_one_file_are_one_person_and_an_error(world):
    person = world.quiet
    former = person.student_no
    change(world, person)
    person.refresh_from_db()
    run = import_roster(world, make_roster_row(person), make_roster_row(person, student_no=former))
    assert "同一人" in list_row_problems(run)[3]


def test_a_person_whose_number_has_changed_is_not_missing_from_the_file(world):
    colleagues = Member.objects.filter(branch__college=world.quiet.branch.college, state="active")
    rows = [
        make_roster_row(person, **({"student_no": NEW} if person == world.quiet else {}))
        for person in colleagues
    ]
    run = import_roster(world, *rows)
    assert run.figures["missing"] == 0


def test_the_list_of_volunteers_finds_the_former_number(world):
    person = world.missing
    former = person.student_no
    change(world, person)
    volunteer = ("110108000777", person.name, "", former, "2018-10-01")
    header = ("志愿者编号", "姓名", "手机号", "学号", "注册时间")
    run = run_import(Kind.VOLUNTEERS, make_volunteers_file(volunteer, header=header), by=world.admin)
    assert count_outcome(run) == {"new": 1}
    person.refresh_from_db()
    assert person.volunteer_no == "110108000777"


def test_new_people_of_a_roster_have_their_first_number(world):
    import_roster(world, ("2018077777", "新同学", "法学院", "法学1801团支部", "共青团员", ""))
    assert list_numbers(Member.objects.get(student_no="2018077777")) == [("2018077777", None, None)]


def test_number_name_and_former_number_are_enough_for_a_known_person(world):
    row = (NEW, world.quiet.name, world.quiet.student_no)
    run = import_roster(world, row, header=("学号", "姓名", "原学号"))
    assert count_outcome(run) == {"changed": 1}
    assert Member.objects.of_number(NEW).get() == world.quiet
