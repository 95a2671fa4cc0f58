"""An import and a decision lock the same people in one order, so that neither causes a deadlock of the other."""

import pytest

from members.models import Member
from members.transfer.tasks import write_import
from tests.factories import MemberFactory, VolunteerRecordFactory
from tests.members.import_files import (
    Kind,
    confirm_import,
    count_outcome,
    make_roster_file,
    make_roster_row,
    make_volunteers_file,
)
from tests.members.overlapping import run_overlapping
from tests.world import build_world

pytestmark = pytest.mark.django_db(transaction=True)


def lock_without_waiting(*people: Member) -> None:
    """Lock people in the order of id, like every decision; `nowait` fails if another transaction locks one."""
    keys = [person.pk for person in people]
    list(Member.objects.select_for_update(no_key=True, nowait=True).filter(pk__in=keys).order_by("pk"))


def make_people(world) -> list[Member]:
    """Return twenty people of a2 in the order of id; the first was updated last, so its row is last in the table."""
    people = [MemberFactory(branch=world.a2, name=f"团员{n}", phone=f"1390000{n:04d}") for n in range(20)]
    Member.objects.filter(pk=people[0].pk).update(grade="2018")
    return people


def make_roster_of_new_phones(people: list[Member]) -> bytes:
    return make_roster_file(
        *(make_roster_row(person, phone=f"136{person.pk:08d}") for person in reversed(people))
    )


def make_registrations(people: list[Member]) -> bytes:
    lines = ((f"110099{person.pk:06d}", person.name, person.phone, "", "2018-10-08") for person in people)
    return make_volunteers_file(*reversed(list(lines)))


@pytest.mark.parametrize(
    ("kind", "file"), [(Kind.ROSTER, make_roster_of_new_phones), (Kind.VOLUNTEERS, make_registrations)]
)
def test_a_file_that_waits_for_one_person_holds_none_of_those_behind(kind, file):
    world = build_world()
    people = make_people(world)
    run = confirm_import(kind, file(people), by=world.admin)
    run_overlapping(
        lambda: lock_without_waiting(people[0]),
        lambda: write_import(run.pk),
        then=lambda: lock_without_waiting(*people[1:]),
    )
    run.refresh_from_db()
    assert count_outcome(run) == {"changed" if kind == Kind.ROSTER else "new": 20}


def test_a_roster_holds_whom_a_waiting_volunteer_record_may_turn_out_to_be():
    """A waiting record matches name and phone of a person who is not in the file."""
    world = build_world()
    people = make_people(world)
    VolunteerRecordFactory(
        school=world.school, name=people[0].name, phone=people[0].phone, volunteer_no="11007"
    )
    run = confirm_import(Kind.ROSTER, make_roster_of_new_phones(people[1:]), by=world.admin)
    run_overlapping(
        lambda: lock_without_waiting(people[0]),
        lambda: write_import(run.pk),
        then=lambda: lock_without_waiting(*people[1:]),
    )
    people[0].refresh_from_db()
    assert people[0].registered_on is not None


def test_what_changes_while_a_roster_waits_is_compared_as_it_is_then():
    world = build_world()
    run = confirm_import(
        Kind.ROSTER, make_roster_file(make_roster_row(world.missing, phone="13600000001")), by=world.admin
    )

    def change_phone():
        Member.objects.filter(pk=world.missing.pk).update(phone="13600000001")

    run_overlapping(change_phone, lambda: write_import(run.pk))
    run.refresh_from_db()
    assert count_outcome(run) == {"same": 1}
