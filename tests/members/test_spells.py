"""Where people belong from day to day: the service of spells, against a model in plain Python."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from members.models import Member, Spell
from members.services.spells import Kind, Place, move_people
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

    def _join(self) -> None:
        last, *former = sorted(self.starts, reverse=True)
        if former and self.starts[former[0]] == self.starts[last]:
            del self.starts[last]


WRITES = st.lists(
    st.tuples(
        st.one_of(st.none(), st.sampled_from(DAYS)),
        st.tuples(
            st.integers(0, 1), st.sampled_from(["member", "student"]), st.sampled_from(["active", "army"])
        ),
    ),
    max_size=7,
)


@pytest.fixture
def one_college(db):
    college = CollegeFactory()
    return [BranchFactory(college=college) for _ in range(2)]


# Each example is rolled back, so that all of them may share the branches.
@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes=WRITES)
def test_any_sequence_of_changes_and_corrections_equals_the_plain_model(one_college, writes):
    with transaction.atomic():
        member = MemberFactory(branch=one_college[0])
        model = PlainModel(BELONGS_SINCE, place_of(member))
        for on, (branch, stage, state) in writes:
            place = Place(one_college[branch].pk, stage, state)
            kind = Kind.CORRECTION if on is None else Kind.CHANGE
            move_people(moves={member.pk: place}, on=on, kind=kind)
            if on is None:
                model.correct(place)
            else:
                model.change(on, place)
            assert Member.objects.values_list("branch_id", "stage", "state").get(pk=member.pk) == place
        for day in [BEFORE, *DAYS, AFTER]:
            assert read_place(member.pk, day) == model.get(day), day
        assert Spell.objects.filter(member=member).count() == len(model.starts)
        connection.check_constraints()
        transaction.set_rollback(True)
