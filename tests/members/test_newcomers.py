"""A roster imported late describes the people as they were; who entered later was not there (requirements §3)."""

from datetime import date

import pytest

from members.models import Member, Spell
from members.queries.as_of import add_as_of
from tests.members.import_files import Kind, make_roster_file, run_import

HEADER = ("学号", "姓名", "学院", "团支部", "政治面貌", "年级")


def import_newcomer(world, number: str, *, grade: str = "", on: date) -> Member:
    row = (number, "新同学", "法学院", "法学1801团支部", "共青团员", grade)
    run_import(Kind.ROSTER, make_roster_file(row, header=HEADER), by=world.admin, as_of=on)
    return Member.objects.get(student_no=number)


def belongs(person: Member, day: date) -> bool:
    return add_as_of(Member.objects.filter(pk=person.pk), day).get().branch_then is not None


@pytest.fixture(autouse=True)
def later(world, time_machine):
    time_machine.move_to("2020-11-30 10:00 +0800")


@pytest.mark.parametrize(("number", "grade"), [("2020010001", ""), ("Y0020", "2020"), ("Y0020", "2020级")])
def test_who_entered_later_is_not_in_the_years_before(world, number, grade):
    person = import_newcomer(world, number, grade=grade, on=date(2020, 9, 10))
    assert not belongs(person, date(2018, 12, 31))
    assert not belongs(person, date(2019, 12, 31))
    assert belongs(person, date(2020, 1, 1))


@pytest.mark.parametrize(
    ("number", "grade"), [("2018019999", ""), ("Y0018", "2018"), ("Y0000", ""), ("2099000001", "")]
)
def test_who_was_forgotten_is_as_the_late_roster_says(world, number, grade):
    person = import_newcomer(world, number, grade=grade, on=date(2020, 9, 10))
    assert belongs(person, date(2018, 12, 31))


def test_the_first_roster_of_a_school_describes_the_people_as_they_were(world):
    Spell.objects.filter(member__school=world.school).update(starts_on=date(2020, 9, 10))
    person = import_newcomer(world, "2020010001", on=date(2020, 9, 10))
    assert belongs(person, date(2018, 12, 31))
