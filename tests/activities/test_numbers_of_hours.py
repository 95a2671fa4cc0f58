"""Hours find their person in every case and width of the number (requirements §4)."""

from activities.models import ServiceRecord, WaitingHours
from tests.activities.hours_files import make_league_file, make_league_row
from tests.factories import MemberFactory
from tests.members.import_files import Kind, count_outcome, make_roster_file, run_import


def make_person(world, number="B18010001"):
    return MemberFactory(branch=world.a1, name="王新", student_no=number)


def import_hours(world, *rows):
    return run_import(Kind.HOURS, make_league_file(*rows), by=world.admin)


def test_hours_find_their_person_in_any_case_and_width(world):
    person = make_person(world)
    assert count_outcome(import_hours(world, make_league_row(person, student_no="ｂ18010001"))) == {"new": 1}
    assert count_outcome(import_hours(world, make_league_row(person))) == {"same": 1}
    assert [record.member for record in ServiceRecord.objects.filter(title="助残服务", member=person)] == [
        person
    ]


def test_rows_without_record_numbers_repeat_each_other_in_any_case(world):
    person = make_person(world)
    rows = [make_league_row(person, record_no="", student_no=number) for number in ("B18010001", "b18010001")]
    assert count_outcome(import_hours(world, *rows)) == {"new": 1, "error": 1}


def test_hours_of_a_stranger_wait_once_and_go_in_with_a_roster_in_another_case(world):
    class Stranger:
        student_no, name = "b18010001", "王新"

    for number in ("b18010001", "B18010001"):
        run = import_hours(world, make_league_row(Stranger, record_no="", student_no=number))
        assert count_outcome(run) == {"unclear": 1}
    row = ("B18010001", "王新", world.college_a.name, world.a1.name, "共青团员", "")
    run_import(Kind.ROSTER, make_roster_file(row), by=world.admin)
    assert WaitingHours.objects.get().state == "taken"
