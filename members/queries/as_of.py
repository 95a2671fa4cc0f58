"""People as they were on a past day: branch, stage, state and registration (requirements §3).

Today is read from `Member`, every other day from the spells. A day of None means today.
"""

from datetime import date

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from members.models import ServiceYear, Spell
from members.querysets import MemberQuerySet
from members.spell_querysets import build_covering_q, build_covering_sql

# The rows that the rates count, in the columns that they need; `scope` holds the ids of the
# branches, each %s is the day.
PEOPLE_TODAY = """(
    SELECT branch_id, stage, state, registration_source <> '' AS registered, reported_on IS NOT NULL AS reported
    FROM members_member WHERE branch_id IN (SELECT id FROM scope)
)"""
PEOPLE_THEN = f"""(
    SELECT s.branch_id, s.stage, s.state, p.reported_on <= %s AS reported,
        p.registration_source <> '' AND coalesce(p.registered_on, p.counts_from) <= %s AS registered
    FROM members_spell s JOIN members_member p ON p.id = s.member_id
    WHERE s.branch_id IN (SELECT id FROM scope)
        AND {build_covering_sql("%s")}
)"""


def get_last_day(year: ServiceYear) -> date:
    """Return the last day of the year: the day whose figures stay once the year is over."""
    return date(year.year, 12, 31)


def get_day_of(year: ServiceYear, today: date | None = None) -> date | None:
    """Return the day as of which the year sees people: its 31 December once it is over; else None, today.

    A roll-over makes no difference.
    """
    return get_past_day(get_last_day(year), today)


def get_past_day(day: date, today: date | None = None) -> date | None:
    """Return the day if it is over, else None: the questions about today read `Member`."""
    return day if day < (today or timezone.localdate()) else None


def get_branch_path(day: date | None) -> str:
    """Return the lookup from a person of `add_as_of` to the branch of that day."""
    return "branch" if day is None else "spell_then__branch"


def add_as_of(people: MemberQuerySet, day: date | None) -> MemberQuerySet:
    """Add `branch_then` (id), `stage_then`, `state_then` and `registered_then` (bool) to each person.

    One join for a past day, none for today.
    """
    if day is None:
        return people.annotate(
            branch_then=F("branch_id"),
            stage_then=F("stage"),
            state_then=F("state"),
            registered_then=_is_true(~Q(registration_source="")),
        )
    spell = FilteredRelation("spells", condition=build_covering_q(day, path="spells__"))
    registered = ~Q(registration_source="") & Q(counted_from__lte=day)
    return people.annotate(spell_then=spell).annotate(
        branch_then=F("spell_then__branch_id"),
        stage_then=F("spell_then__stage"),
        state_then=F("spell_then__state"),
        counted_from=Coalesce("registered_on", "counts_from"),
        registered_then=_is_true(registered),
    )


def add_place_then(people: MemberQuerySet, day: date | None) -> MemberQuerySet:
    """Add the names of the branch and college of that day: `branch_name`, `college_then` (id), `college_name`."""
    branch = get_branch_path(day)
    return add_as_of(people, day).annotate(
        branch_name=F(f"{branch}__name"),
        college_then=F(f"{branch}__college_id"),
        college_name=F(f"{branch}__college__name"),
    )


def exclude_later_branches(branches: QuerySet, day: date | None) -> QuerySet:
    """Leave out the branches that a roster founded, after a past day, together with their first people.

    Until that day nobody was in them. A branch that was there before anybody came to it stays, also if it was empty.
    """
    if day is None:
        return branches
    own = Spell.objects.filter(branch=OuterRef("pk"))
    # The spells of the same transaction have the moment in which it began.
    founded = Q(Exists(own.filter(written_at__lte=OuterRef("created_at"))))
    until = own.filter(Q(starts_on__lte=day) | Q(first=True))
    return branches.exclude(founded & ~Q(Exists(until)), created_at__date__gt=day)


def find_place_on(day: str, *, member: str = "member", place: str = "branch__college") -> Subquery:
    """Return where the person of a row belonged on the row's own day: the college, or `place` of the spell.

    `day`, `member`: the row's lookups to a local date and to the person.
    """
    spells = Spell.objects.covering(OuterRef(day)).filter(member=OuterRef(member))
    return Subquery(spells.values(place)[:1])


def _is_true(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())
