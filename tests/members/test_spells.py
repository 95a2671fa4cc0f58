"""Where people belong from day to day: the service of spells, against a model in plain Python."""

import threading
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from members.models import Member, Spell
from members.services import spells
from members.services.spells import Kind, Move, Place, move_people, tell_past_places
from tests.factories import BELONGS_SINCE, BranchFactory, CollegeFactory, MemberFactory

FIRST_DAY = date(2018, 9, 1)
DAYS = [FIRST_DAY + timedelta(days=n) for n in range(-3, 9)]
BEFORE, AFTER = FIRST_DAY - timedelta(days=400), FIRST_DAY + timedelta(days=400)


def list_spells(member) -> list[tuple]:
    rows = Spell.objects.filter(member=member).order_by("starts_on")
    return [(str(row.starts_on), str(row.ends_on or ""), row.state, row.kind) for row in rows]


def read_place(member_id: int, day: date) -> tuple:
    """Return what the spells say of a day, as the plan defines it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT branch_id, stage, state FROM members_spell WHERE member_id = %(id)s AND "
            "(starts_on <= %(day)s OR first) AND (ends_on IS NULL OR ends_on > %(day)s)",
            {"id": member_id, "day": day},
        )
        (place,) = cursor.fetchall()
    return place


def place_of(member, **changed) -> Place:
    return Place(member.branch_id, member.stage, member.state)._replace(**changed)


def change(member, on: date, **changed):
    member.refresh_from_db()
    return move_people(moves={member.pk: place_of(member, **changed)}, on=on, kind=Kind.CHANGE)


def correct(member, **changed):
    member.refresh_from_db()
    return move_people(moves={member.pk: place_of(member, **changed)}, on=None, kind=Kind.CORRECTION)


class PlainModel:
    """What a person is on each day of a small calendar, changed day by day."""

    def __init__(self, start: date, place: tuple):
        self.starts, self.first = {start: place}, start

    def get(self, day: date) -> tuple:
        begun = [start for start in self.starts if start <= day]
        return self.starts[max(begun) if begun else min(self.starts)]

    def change(self, on: date, place: tuple) -> None:
        if on == min(self.starts):  # the same day: rewritten, and nothing is known from before
            self.starts = {on: place}
            return
        before = {start: value for start, value in self.starts.items() if start < on}
        if not before:  # a first spell reaches back
            before = {on - timedelta(days=1): self.starts[min(self.starts)]}
        self.starts = before | {on: place}
        self._join()

    def correct(self, place: tuple) -> None:
        self.starts[max(self.starts)] = place
        self._join()

    def tell(self, on: date, place: tuple) -> None:
        """A late file: the place holds from the day to the next change."""
        if on >= max(self.starts):  # there is none
            self.change(on, place)
        elif self.get(on) != place:
            self.starts[on] = place
            self._join()

    def _join(self) -> None:
        days = sorted(self.starts)
        same = [day for former, day in pairwise(days) if self.starts[former] == self.starts[day]]
        for day in same:
            del self.starts[day]


WRITES = st.lists(
    st.tuples(
        st.one_of(
            st.just(("correct", None)), st.tuples(st.sampled_from(["change", "tell"]), st.sampled_from(DAYS))
        ),
        st.tuples(
            st.integers(0, 1), st.sampled_from(["member", "student"]), st.sampled_from(["active", "army"])
        ),
    ),
    max_size=9,
)


@pytest.fixture
def one_college(db):
    college = CollegeFactory()
    return [BranchFactory(college=college) for _ in range(2)]


# Each example is rolled back, so that all of them may share the branches.
@hypothesis_settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes=WRITES)
def test_any_sequence_of_changes_corrections_and_late_files_equals_the_plain_model(one_college, writes):
    with transaction.atomic():
        member = MemberFactory(branch=one_college[0])
        model = PlainModel(BELONGS_SINCE, place_of(member))
        for (write, on), (branch, stage, state) in writes:
            place = Place(one_college[branch].pk, stage, state)
            if write == "correct":
                move_people(moves={member.pk: place}, on=None, kind=Kind.CORRECTION)
                model.correct(place)
            elif write == "change":
                move_people(moves={member.pk: place}, on=on, kind=Kind.CHANGE)
                model.change(on, place)
            else:
                tell_past_places(places={member.pk: place}, on=on)
                model.tell(on, place)
            now = model.get(AFTER)
            assert Member.objects.values_list("branch_id", "stage", "state").get(pk=member.pk) == now
        for day in [BEFORE, *DAYS, AFTER]:
            assert read_place(member.pk, day) == model.get(day), day
        assert Spell.objects.filter(member=member).count() == len(model.starts)
        connection.check_constraints()
        transaction.set_rollback(True)


# --- days in words ---------------------------------------------------------------------------------------------------


@pytest.fixture
def person(one_college):
    return MemberFactory(branch=one_college[0])


def test_a_change_holds_from_its_day(person):
    change(person, date(2018, 10, 8), state="army")
    assert list_spells(person) == [
        ("2018-09-01", "2018-10-08", "active", "change"),
        ("2018-10-08", "", "army", "change"),
    ]


def test_a_second_change_of_the_day_rewrites_the_first(person):
    change(person, date(2018, 10, 8), state="army")
    change(person, date(2018, 10, 8), state="exchange")
    assert list_spells(person)[1:] == [("2018-10-08", "", "exchange", "change")]


def test_a_change_taken_back_on_its_day_leaves_nothing(person):
    change(person, date(2018, 10, 8), state="army")
    change(person, date(2018, 10, 8), state="active")
    assert list_spells(person) == [("2018-09-01", "", "active", "change")]


def test_an_earlier_change_replaces_later_ones(person):
    change(person, date(2018, 11, 1), state="army")
    change(person, date(2018, 10, 8), state="exchange")
    assert list_spells(person) == [
        ("2018-09-01", "2018-10-08", "active", "change"),
        ("2018-10-08", "", "exchange", "change"),
    ]


def test_a_change_before_the_first_spell_moves_its_start_back(person):
    change(person, date(2018, 8, 20), state="army")
    assert list_spells(person) == [
        ("2018-08-19", "2018-08-20", "active", "change"),
        ("2018-08-20", "", "army", "change"),
    ]


def test_a_correction_mends_the_open_spell_in_place(person):
    change(person, date(2018, 10, 8), state="army")
    correct(person, state="exchange")
    assert list_spells(person)[1:] == [("2018-10-08", "", "exchange", "correction")]


def test_a_correction_to_what_was_before_makes_one_spell(person):
    change(person, date(2018, 10, 8), state="army")
    correct(person, state="active")
    assert list_spells(person) == [("2018-09-01", "", "active", "change")]


def test_graduation_on_the_first_day_keeps_the_year_before(person):
    Spell.objects.filter(member=person).update(starts_on=date(2019, 1, 5))
    graduated = {person.pk: place_of(person, state="graduated")}
    move_people(moves=graduated, on=date(2019, 1, 5), kind=Kind.CHANGE, reach_back=date(2018, 12, 31))
    assert list_spells(person) == [
        ("2018-12-31", "2019-01-05", "active", "change"),
        ("2019-01-05", "", "graduated", "change"),
    ]


def test_the_same_again_changes_nothing_and_tells_nobody(person, told):
    assert change(person, date(2018, 10, 8)) == []
    assert correct(person) == []
    assert (told, len(list_spells(person))) == ([], 1)


# --- a late file about a past day ---


def tell(member, on: date, **told_values):
    return tell_past_places(places={member.pk: place_of(member, **told_values)}, on=on)


def test_a_late_file_moves_the_start_of_what_is_today(person, told):
    change(person, date(2018, 11, 15), state="army")
    told.clear()
    assert tell(person, date(2018, 10, 20), state="army") == []
    assert list_spells(person) == [
        ("2018-09-01", "2018-10-20", "active", "change"),
        ("2018-10-20", "", "army", "change"),
    ]
    assert told == []


def test_a_late_file_leaves_later_changes_alone(person):
    change(person, date(2018, 11, 1), state="exchange")
    change(person, date(2018, 11, 15), state="army")
    tell(person, date(2018, 10, 20), state="army")
    assert list_spells(person) == [
        ("2018-09-01", "2018-10-20", "active", "change"),
        ("2018-10-20", "2018-11-01", "army", "change"),
        ("2018-11-01", "2018-11-15", "exchange", "change"),
        ("2018-11-15", "", "army", "change"),
    ]


def test_a_late_file_of_the_day_of_a_change_rewrites_it(person):
    change(person, date(2018, 11, 1), state="exchange")
    change(person, date(2018, 11, 15), state="army")
    tell(person, date(2018, 11, 1), state="active")
    assert list_spells(person) == [
        ("2018-09-01", "2018-11-15", "active", "change"),
        ("2018-11-15", "", "army", "change"),
    ]


def test_a_late_file_between_two_equal_neighbours_makes_one_spell(person):
    change(person, date(2018, 11, 1), state="exchange")
    change(person, date(2018, 11, 15), state="active")
    tell(person, date(2018, 11, 1), state="active")
    assert list_spells(person) == [("2018-09-01", "", "active", "change")]


def test_a_file_of_a_day_before_all_spells_tells_what_was_first(person, told):
    assert tell(person, date(2018, 8, 1), state="army") == []
    assert list_spells(person) == [
        ("2018-08-01", "2018-09-01", "army", "change"),
        ("2018-09-01", "", "active", "change"),
    ]
    assert Spell.objects.get(member=person, first=True).state == "army"
    assert (read_place(person.pk, BEFORE)[2], told) == ("army", [])


def test_the_same_late_file_again_writes_nothing(person):
    change(person, date(2018, 11, 15), state="army")
    for day in (date(2018, 8, 1), date(2018, 10, 20)):
        tell(person, day, state="exchange")
        before = list(Spell.objects.filter(member=person).order_by("pk").values())
        tell(person, day, state="exchange")
        assert list(Spell.objects.filter(member=person).order_by("pk").values()) == before


@pytest.mark.parametrize("state", ["active", "army"])
def test_somebody_seen_before_their_entry_was_here_from_that_day(person, state):
    entry, seen = date(2018, 8, 20), date(2018, 8, 1)
    Spell.objects.filter(member=person).update(not_before=entry)
    tell(person, seen, state=state)
    for day, states in ((seen - timedelta(days=1), []), (seen, [state]), (AFTER, ["active"])):
        assert [spell.state for spell in Spell.objects.covering(day).filter(member=person)] == states
    assert not Spell.objects.filter(member=person, first=False).exclude(not_before=None).exists()


def test_a_file_that_is_not_late_is_a_change_of_which_followers_hear(person, told):
    moved = tell(person, date(2018, 10, 20), state="army")
    assert (
        moved
        == told
        == [Move(person.pk, place_of(person), place_of(person, state="army"), date(2018, 10, 20))]
    )
    assert list_spells(person)[1:] == [("2018-10-20", "", "army", "change")]


def test_a_late_file_about_somebody_who_is_gone_is_refused(person):
    with pytest.raises(ValidationError, match="已被删除"):
        tell_past_places(places={0: place_of(person)}, on=FIRST_DAY)


@pytest.fixture
def told(monkeypatch) -> list:
    """Return what a follower is told."""
    heard: list = []
    monkeypatch.setattr(spells, "FOLLOWERS", [heard.extend])
    return heard


def test_followers_hear_old_new_and_day_of_all_at_once(one_college, told):
    people = MemberFactory.create_batch(2, branch=one_college[0])
    day, old = date(2018, 10, 8), place_of(people[0])
    new = old._replace(branch_id=one_college[1].pk)
    move_people(moves={person.pk: new for person in people}, on=day, kind=Kind.CHANGE)
    assert told == [Move(person.pk, old, new, day) for person in people]


# --- the database ----------------------------------------------------------------------------------------------------


def refuse_at_commit(write) -> None:
    with pytest.raises(IntegrityError, match="须与当前的一段经历一致"), transaction.atomic():
        write()
        connection.check_constraints()


def test_person_and_open_spell_never_differ(person, one_college):
    own = Spell.objects.filter(member=person)
    for values in ({"stage": "student"}, {"state": "army"}, {"branch": one_college[1]}):
        refuse_at_commit(lambda values=values: Member.objects.filter(pk=person.pk).update(**values))
        refuse_at_commit(lambda values=values: own.update(**values))
    refuse_at_commit(lambda: own.update(ends_on=date(2018, 12, 1)))
    refuse_at_commit(own.delete)
    refuse_at_commit(
        lambda: Member.objects.bulk_create([MemberFactory.build(branch=person.branch, school=person.school)])
    )


@pytest.mark.parametrize(
    "values",
    [
        {"starts_on": date(2018, 9, 20), "ends_on": date(2018, 10, 20)},
        {"starts_on": date(2018, 10, 20), "ends_on": date(2018, 11, 20)},
        {"starts_on": date(2018, 8, 1), "ends_on": date(2018, 8, 9)},
    ],
    ids=["over the end of the first", "in the open one", "before the first"],
)
def test_spells_of_a_person_never_overlap(person, values):
    change(person, date(2018, 10, 8), state="army")
    with pytest.raises(IntegrityError, match="不能重叠"), transaction.atomic():
        Spell.objects.create(member=person, **place_of(person)._asdict(), **values)


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_leave_spells_in_line():
    """Eight threads change, correct and tell the past of the same two people, in opposite order; none is refused."""
    college = CollegeFactory()
    branches = [BranchFactory(college=college) for _ in range(3)]
    people = MemberFactory.create_batch(2, branch=branches[0])
    begin, refused = threading.Barrier(8), []

    def write(number: int) -> None:
        begin.wait()
        for step in range(12):
            place = Place(branches[(number + step) % 3].pk, "member", ("active", "army")[step % 2])
            on = None if step % 4 == 3 else FIRST_DAY + timedelta(days=(number * 5 + step * 3) % 11 - 2)
            order = people if number % 2 else people[::-1]
            kind = Kind.CORRECTION if on is None else Kind.CHANGE
            places = {person.pk: place for person in order}
            try:
                if step % 4 == 2:
                    tell_past_places(places=places, on=on)
                else:
                    move_people(moves=places, on=on, kind=kind)
            except DatabaseError as error:
                refused.append(str(error))
        connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused == []
    for person in people:
        person.refresh_from_db()
        rows = list(Spell.objects.filter(member=person).order_by("starts_on"))
        ends = [row.ends_on for row in rows]
        assert ends == [row.starts_on for row in rows[1:]] + [None]
        assert [row.first for row in rows] == [True] + [False] * (len(rows) - 1)
        assert Place(rows[-1].branch_id, rows[-1].stage, rows[-1].state) == place_of(person)
