"""年度结转 (三(五)): open the next year, carry or close open items, and end memberships of graduates.

The next year gets the rules of the last. The list of all this is kept. A roll-over is one transaction, once a
year.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from activities.services.departures import end_lapsed_in, lock_activities_ahead
from members.calendar import year_problems
from members.models import College, Grant, Member, School, Semester, ServiceYear, Street
from members.queries.years import label_of
from members.services.spells import Kind, Place, move_people
from members.services.years import tell_followers
from pairing.models import AssignedStreet, Pairing, TeamMembership
from pairing.queries.hall import forget_places
from pairing.services.pairings import release_pairing
from pairing.services.posts import extend_posts
from reports.models import RollOver
from reports.queries.rollover import Group, annotate_group, list_graduate_groups
from reports.rules.rollover import (
    add_a_year,
    get_preview_day,
    opening_problem,
    rollover_problem,
    shift_values,
)
from reports.services.rollover_items import Item, filter_carried_pairings, list_open_items

NOT_RULES = ("id", "school", "year", "created_at")
RELEASED = "年度结转：不再延续。"
GRADUATED = "毕业"
# A new year may be opened early: in its first months (this number) the overview still asks about the old one.
LOOK_BACK_MONTHS = 3


@dataclass(frozen=True)
class Preview:
    """What a roll-over would do now. `problem`: why it cannot be done yet."""

    problem: str
    next_year: ServiceYear | None
    rules: list[tuple[str, str, str]]
    items: list[Item]
    pairings: list[Pairing]
    groups: list[Group]


def preview_rollover(year: ServiceYear, *, now: datetime | None = None) -> Preview:
    """Return what a roll-over would do. Writes nothing."""
    now = now or timezone.now()
    next_year = get_next_year(year)
    pairings = filter_carried_pairings(year, next_year)
    return Preview(
        problem=rollover_problem(year.year, timezone.localdate(now)),
        next_year=next_year,
        rules=list_rule_changes(year),
        items=list_open_items(year, next_year, released=(), now=now),
        pairings=list(pairings),
        groups=list_groups_of_year(year, now),
    )


def get_next_year(year: ServiceYear) -> ServiceYear | None:
    """Return the school's next year; None if it is not opened yet."""
    return ServiceYear.objects.filter(school=year.school_id, year=year.year + 1).first()


def get_due_year(year: ServiceYear, today: date) -> ServiceYear | None:
    """Return the year that waits to be rolled over, given the school's year of today; None if none waits.

    That is the given year if it is over or in its last month; in the first months, the year before.
    """
    if year.year < today.year or get_preview_day(year.year) <= today < date(year.year + 1, 1, 1):
        return year
    if year.year > today.year or today.month > LOOK_BACK_MONTHS:
        return None
    return ServiceYear.objects.filter(school=year.school_id, year=year.year - 1, rollover=None).first()


def list_rule_changes(year: ServiceYear) -> list[tuple[str, str, str]]:
    """Return (rule, this year, next year) for every date that changes; thresholds stay the same."""
    before = _read_rules(year)
    after = shift_values(before)
    changed = [
        (label_of(year, name), _format_moment(value), _format_moment(after[name]))
        for name, value in before.items()
        if after[name] != value
    ]
    for semester in year.semesters.all():
        span = (semester.starts_on, semester.ends_on)
        changed.append((semester.name, _format_span(span), _format_span(tuple(map(add_a_year, span)))))
    return changed


def list_groups_of_year(year: ServiceYear, now: datetime) -> list[Group]:
    """Return the groups of the school's people who may graduate in the year."""
    people = Member.objects.filter(school=year.school_id)
    return list_graduate_groups(people, year=year.year, now=now, today=timezone.localdate(now))


@transaction.atomic
def open_next_year(*, user, year: ServiceYear, now: datetime | None = None) -> ServiceYear:
    """Open the next year with the rules of this one, so that January can be planned in December.

    A year that exists keeps what the school has set in it.
    """
    year = _lock_year(user, year)
    if problem := opening_problem(year.year, timezone.localdate(now)):
        raise ValidationError(problem)
    with _record_author(user):
        return get_next_year(year) or _copy_year(year)


@transaction.atomic
def roll_over(
    *,
    user,
    year: ServiceYear,
    released: Collection[int] = (),
    graduates: Collection[str] = (),
    now: datetime | None = None,
) -> RollOver:
    """Roll the year over, everything or nothing.

    `released`: ids of pairings that end; `graduates`: keys of `Group`. `user` None is the operator, who
    releases nothing.
    """
    now = now or timezone.now()
    year = _lock_year(user, year)
    if done := RollOver.objects.filter(year=year).select_related("by").first():
        raise ValidationError(f"{year.year} 年度已于 {timezone.localdate(done.at)} 结转，不能重复办理。")
    if problem := rollover_problem(year.year, timezone.localdate(now)):
        raise ValidationError(problem)
    groups = _choose_groups(year, graduates, now)
    with _record_author(user):
        next_year = get_next_year(year) or _copy_year(year)
        ending = _lock_ending_pairings(year, next_year, released)
        items = list_open_items(year, next_year, released=ending, now=now)
        _carry_pairings(year, next_year, ending, user, now)
        rolled = RollOver.objects.create(
            year=year,
            next_year=next_year,
            at=now,
            by=user,
            items=[item.to_json() for item in items],
            graduates=[asdict(group) for group in groups],
        )
        if groups:
            people = annotate_group(Member.objects.filter(school=year.school_id))
            _graduate_groups(people, groups, year, now)
    return rolled


# --- the next year --------------------------------------------------------------------------------------------


def _read_rules(year: ServiceYear) -> dict:
    """Return the fields of a year that the next one takes over; moments in Beijing time."""
    values = {
        field.name: getattr(year, field.name)
        for field in year._meta.concrete_fields
        if field.name not in NOT_RULES
    }
    return {
        name: timezone.localtime(value) if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _copy_year(year: ServiceYear) -> ServiceYear:
    values = shift_values(_read_rules(year))
    if problems := year_problems(values, year=year.year + 1):
        raise ValidationError([f"{label_of(year, name)}：{text}" for name, text in problems.items()])
    made = ServiceYear.objects.create(school_id=year.school_id, year=year.year + 1, **values)
    tell_followers(made, frozenset(values))
    Semester.objects.bulk_create(
        Semester(
            year=made,
            name=semester.name,
            starts_on=add_a_year(semester.starts_on),
            ends_on=add_a_year(semester.ends_on),
        )
        for semester in year.semesters.all()
    )
    AssignedStreet.objects.bulk_create(
        AssignedStreet(year=made, street_id=street)
        for street in year.assigned_streets.order_by("pk").values_list("street", flat=True)
    )
    return made


def _format_moment(value) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else f"{value:%Y-%m-%d}"


def _format_span(days) -> str:
    return f"{_format_moment(days[0])} 至 {_format_moment(days[1])}"


# --- pairings -------------------------------------------------------------------------------------------------


def _lock_ending_pairings(
    year: ServiceYear, next_year: ServiceYear, released: Collection[int]
) -> list[Pairing]:
    """Return the pairings that end; lock colleges and streets first, in the same order as a claim does."""
    list(College.objects.select_for_update().filter(school=year.school_id).order_by("pk").values_list("pk"))
    streets = Pairing.objects.active().of_year(year).values("street")
    list(Street.objects.select_for_update().filter(pk__in=streets).order_by("pk").values_list("pk"))
    ending = list(filter_carried_pairings(year, next_year).filter(pk__in=released))
    if len(ending) != len(set(released)):
        raise ValidationError({"released": "结对名单已有变化，请刷新页面后重新选择。"})
    return ending


def _carry_pairings(year, next_year: ServiceYear, ending: list[Pairing], user, now: datetime) -> None:
    for pairing in ending:
        release_pairing(user=user, pairing_id=pairing.pk, reason=RELEASED, now=now)
    staying = filter_carried_pairings(year, next_year).select_for_update(of=("self",))
    for pairing in staying:
        pairing.place = _choose_place(pairing, next_year.year)
        pairing.carried_to = next_year.year
        pairing.save(update_fields=["place", "carried_to"])
    extend_posts(year=year, next_year=next_year, streets={pairing.street_id for pairing in staying})
    transaction.on_commit(lambda: forget_places(next_year.year))


def _choose_place(pairing: Pairing, until: int) -> int:
    """Return the pairing's own place, or a place that is free in all the years if another school has its own
    in the new year."""
    others = Pairing.objects.exclude(pk=pairing.pk)
    taken = others.places_taken(calendar_year=pairing.calendar_year, street_id=pairing.street_id, until=until)
    free = [place for place in (pairing.place, *range(1, pairing.cap + 1)) if place not in taken]
    if not free:
        raise ValidationError({"released": f"{pairing}：街乡在新年度已没有名额，请选择不再延续。"})
    return free[0]


# --- graduates ------------------------------------------------------------------------------------------------


def _choose_groups(year: ServiceYear, keys: Collection[str], now: datetime) -> list[Group]:
    groups = [group for group in list_groups_of_year(year, now) if group.key in keys]
    if unknown := set(keys) - {group.key for group in groups}:
        raise ValidationError(
            {"graduates": f"没有找到：{'、'.join(sorted(unknown))}。请刷新页面后重新选择。"}
        )
    return groups


def _graduate_groups(people: QuerySet, groups: list[Group], year: ServiceYear, now: datetime) -> None:
    """Let the groups graduate on the day of the roll-over.

    In the year that ends they stay what they were, also those whom a roster of this very day brought.
    They are not counted any more; their sign-ups ahead and offices end; the account still opens the own page.
    """
    chosen = people.filter(group__in=[group.key for group in groups], state=Member.State.ACTIVE)
    leaving = Member.objects.filter(pk__in=list(chosen.values_list("pk", flat=True)))
    activities = lock_activities_ahead(leaving, now)
    today = timezone.localdate(now)
    held = Grant.objects.filter(Q(ends_on=None) | Q(ends_on__gt=today), user__member__in=leaving.values("pk"))
    held.update(ends_on=Greatest("starts_on", Value(today)))
    graduated = {
        pk: Place(branch, stage, Member.State.GRADUATED)
        for pk, branch, stage in leaving.values_list("pk", "branch", "stage")
    }
    move_people(moves=graduated, on=today, kind=Kind.CHANGE, reach_back=date(year.year, 12, 31))
    TeamMembership.objects.active().filter(member__in=leaving.values("pk")).update(
        left_at=now, leave_reason=GRADUATED
    )
    end_lapsed_in(activities, now)


# --- permission and locks ---------------------------------------------------------------------------------------


def _lock_year(user, year: ServiceYear) -> ServiceYear:
    """Check the user and lock the school's row, as opening a year, publishing and locking a result do."""
    years = ServiceYear.objects.all() if user is None else ServiceYear.objects.visible_to(user, "year.roll")
    found = years.filter(pk=year.pk).first()
    if found is None:
        raise ValidationError("只有本校团委可以办理年度结转。")
    School.objects.select_for_update(no_key=True).get(pk=found.school_id)
    return found


@contextmanager
def _record_author(user) -> Iterator[None]:
    with pghistory.context(user=user and user.pk, reason="年度结转"):
        yield
