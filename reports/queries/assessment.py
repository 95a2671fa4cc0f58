"""The figures of 学院考核: what every indicator counts, in a fixed number of queries for any number of colleges.

The people are read once, each with all that the indicators need; a college's own work and the terms of the
ledger are grouped in the database. The rows behind a figure use the same queries (assessment_rows).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate
from django.utils import timezone

from activities.models import Objection, ServiceRecord, SignUp
from activities.queries.totals import sum_minutes_by_member
from members.models import Branch, College, Member, ServiceYear
from members.models.history import event_rows
from members.queries.as_of import add_place_then, find_place_on
from members.queries.working_days import get_working_days
from members.querysets import MemberQuerySet
from members.working_days import WorkingDays
from pairing.models import Pairing, TeamMembership
from reports.queries.eligibility import count_visits_by_member, filter_assessed, get_day_asked, get_year_span
from reports.rules.assessment import (
    INDICATORS,
    OF_BRANCHES,
    Measure,
    PersonFacts,
    Score,
    is_done_in_term,
    measure_cases,
    measure_person,
    score_unit,
)

Measures = dict[str, Measure]


@dataclass(frozen=True)
class Ground:
    """What is measured: a year, as of a local day, in these branches (narrowed to what the user may see)."""

    year: ServiceYear
    branches: QuerySet
    today: date

    @property
    def colleges(self) -> QuerySet:
        return College.objects.filter(school=self.year.school_id, branches__in=self.branches).distinct()

    @property
    def people(self) -> MemberQuerySet:
        """Return the active people of the branches; of a year that is over, those of its last day."""
        people = add_place_then(Member.objects.all(), get_day_asked(self.year))
        return people.filter(branch_then__in=self.branches.values("pk"), state_then=Member.State.ACTIVE)

    @cached_property
    def calendar(self) -> WorkingDays:
        return get_working_days(self.year.school_id)

    @property
    def semesters(self) -> int:
        """Return how many semesters of the year have begun."""
        return self.year.semesters.filter(starts_on__lte=self.today).count()


# --- people ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Person:
    """An active person with the facts that the indicators use."""

    pk: int
    name: str
    student_no: str
    branch_id: int
    branch: str
    college_id: int
    facts: PersonFacts


def load_people(ground: Ground) -> Iterator[Person]:
    """Yield every active person with the facts for the indicators.

    Four queries, or three if no semester is set.
    """
    year, people = ground.year, ground.people
    minutes = sum_minutes_by_member(filter_assessed(people, year), *get_year_span(year), "appraisal")
    visits = count_visits_by_member(people, year)
    asked = people.annotate(
        joined=Exists(_filter_memberships(year)), served=Exists(_filter_street_service(year))
    )
    columns = (
        "pk", "name", "student_no", "branch_then", "branch_name", "college_then", "stage_then", "registered_then",
        "joined", "served",
    )  # fmt: skip
    for row in asked.order_by("branch_name", "sort_key", "student_no").values_list(*columns, named=True):
        facts = PersonFacts(
            member=row.stage_then == Member.Stage.MEMBER,
            registered=row.registered_then,
            joined=row.joined,
            served=row.served,
            minutes=minutes.get(row.pk, 0),
            visits=visits.get(row.pk, 0),
        )
        yield Person(
            row.pk, row.name, row.student_no, row.branch_then, row.branch_name, row.college_then, facts
        )


def get_year_end(year: ServiceYear) -> datetime:
    """Return the first moment after the year, in Beijing time."""
    return timezone.make_aware(datetime.combine(date(year.year + 1, 1, 1), time()))


def _lasting_to_year_end(year: ServiceYear, ended: str) -> Q:
    """Match rows that did not end within the year; a release at the roll-over of the years comes later."""
    return Q(**{f"{ended}__isnull": True}) | Q(**{f"{ended}__gte": get_year_end(year)})


def filter_pairings_of_year(year: ServiceYear) -> QuerySet:
    """Return one pairing of each college: the one valid at the end of the year, or now.

    If one was released after the year and another was made for the year even later, it is the first.
    """
    lasting = Pairing.objects.of_year(year).filter(_lasting_to_year_end(year, "ended_at"))
    of_college = lasting.filter(college=OuterRef("college")).order_by("claimed_at", "pk")
    return lasting.filter(pk=Subquery(of_college.values("pk")[:1]))


def get_pairings_by_college(year: ServiceYear) -> dict[int, Pairing]:
    """Return {college: its pairing as it was in the year}, with team and street."""
    found = filter_pairings_of_year(year).select_related("team", "street")
    pairings = {pairing.college_id: pairing for pairing in found}
    if any(pairing.carried_to and pairing.carried_to > year.year for pairing in pairings.values()):
        for then in _filter_last_events(year).select_related("street"):
            pairing = pairings[then.college_id]
            pairing.street, pairing.offline_on, pairing.due_on = then.street, then.offline_on, then.due_on
    return pairings


def _filter_last_events(year: ServiceYear) -> QuerySet:
    """Return, from the history, each carried pairing as it was before it also belonged to a later year.

    Moves and confirmations after that do not concern this year.
    """
    carried = filter_pairings_of_year(year).filter(carried_to__gt=year.year)
    events = event_rows(Pairing).filter(pgh_obj__in=carried.values("pk"))
    own = events.filter(Q(carried_to=None) | Q(carried_to__lte=year.year))
    last = own.order_by().values("pgh_obj").annotate(last=Max("pgh_id"))
    return events.filter(pgh_id__in=last.values("last"))


def _filter_memberships(year: ServiceYear) -> QuerySet:
    """Match memberships in the own college's team at the end of the year or now.

    Later ones belong to a later year.
    """
    return TeamMembership.objects.filter(
        _lasting_to_year_end(year, "left_at"),
        joined_at__lt=get_year_end(year),
        member=OuterRef("pk"),
        team__pairing__in=filter_pairings_of_year(year),
        team__pairing__college=OuterRef("college_then"),
    )


def _filter_street_service(year: ServiceYear) -> QuerySet:
    """Match confirmed service of the year at the street that the college of the day was paired with."""
    records = ServiceRecord.objects.confirmed().served_between(*get_year_span(year))
    return records.at_street_of(Pairing.objects.of_year(year), year).filter(member=OuterRef("pk"))


# --- a college's own work, and terms ------------------------------------------------------------------------------


def measure_pairing(pairing: Pairing | None, year: ServiceYear) -> Measures:
    """Return the measures of a college's pairing in the year; `pairing` may be None."""
    team = getattr(pairing, "team", None)
    done = {
        "paired": pairing is not None and pairing.claimed_at <= year.pairing_closes_at,
        "offline": pairing is not None and pairing.offline_on is not None and pairing.offline_on <= pairing.due_on,
        "bound": team is not None and team.bound_on is not None and team.bound_on <= get_year_span(year)[1],
    }  # fmt: skip
    return {key: Measure(int(answer), 1) for key, answer in done.items()}


def filter_presences(ground: Ground) -> QuerySet:
    """Return sign-ups of people who came to the year's activities at the paired street.

    The day of the activity decides the year: a project may run on into the next one.
    """
    return SignUp.objects.checked_in().filter(
        activity__state="open",
        activity__project__kind="street",
        activity__project__college__school=ground.year.school_id,
        activity__starts_at__year=ground.year.year,
    )


def filter_assessed_objections(ground: Ground) -> QuerySet:
    """Return objections raised in the year, with `college` and the days `begun` and `done`; no withdrawn
    ones."""
    found = Objection.objects.exclude(state="withdrawn").filter(member__school=ground.year.school_id)
    return _place_cases(ground, found, "raised_at", "answered_at")


def filter_assessed_records(ground: Ground) -> QuerySet:
    """Return hours that the college had to decide on.

    Corrections are decided when they are made and are left out.
    """
    found = ServiceRecord.objects.from_portal().filter(school=ground.year.school_id, corrects=None)
    return _place_cases(ground, found, "submitted_at", "decided_at")


def _place_cases(ground: Ground, cases: QuerySet, begun: str, done: str) -> QuerySet:
    """Return the cases of the year with `college`, `begun` and `done`.

    A case is the task of the branch and college of the day on which it was handed in, also if the person has moved since.
    """
    days = cases.annotate(begun=TruncDate(begun), done=TruncDate(done))
    placed = days.filter(begun__range=get_year_span(ground.year)).annotate(
        branch_then=find_place_on("begun", place="branch"),
        branch_name=find_place_on("begun", place="branch__name"),
        college=find_place_on("begun"),
    )
    return placed.filter(branch_then__in=ground.branches.values("pk"))


def judge_term(ground: Ground, begun: date, done: date | None) -> bool | None:
    """Return whether a case was done within the term (working days); None while the term still runs."""
    return is_done_in_term(
        begun,
        done,
        working_days=ground.year.confirm_working_days,
        today=ground.today,
        calendar=ground.calendar,
    )


def _measure_terms(ground: Ground, cases: QuerySet) -> dict[int, Measure]:
    """Return the measure of each college; the database counts the cases of each pair of days."""
    found: dict[int, Measure] = defaultdict(Measure)
    rows = cases.order_by().values_list("college", "begun", "done").annotate(Count("pk"))
    for college, begun, done, count in rows:
        found[college] += measure_cases(judge_term(ground, begun, done), count)
    return found


def filter_grouped_presences(ground: Ground, by: str) -> QuerySet:
    """Return the presences with `group`: the college of the activity, or the person's branch of that day."""
    came = filter_presences(ground).annotate(day=TruncDate("activity__starts_at"))
    if by == "college":
        return came.annotate(group=F("activity__project__college"))
    return came.annotate(group=find_place_on("day", place="branch"))


def find_first_days(ground: Ground, by: str) -> dict[int, date]:
    """Return {branch or college: day of the first service at the street}."""
    rows = (
        filter_grouped_presences(ground, by)
        .order_by()
        .values_list("group")
        .annotate(Min("activity__starts_at"))
    )
    return {key: timezone.localdate(first) for key, first in rows}


# --- scores ---------------------------------------------------------------------------------------------------


def compute_college_scores(ground: Ground, weights: dict[str, int]) -> list[Score]:
    """Return the score of every college with a branch in the ground, by name: at most thirteen queries."""
    found = _measure_people(ground, "college_id")
    pairings = get_pairings_by_college(ground.year)
    first = find_first_days(ground, "college")
    terms = {
        "objections": _measure_terms(ground, filter_assessed_objections(ground)),
        "confirmed": _measure_terms(ground, filter_assessed_records(ground)),
    }
    scores = []
    for pk, name in ground.colleges.order_by("name").values_list("pk", "name"):
        own = found[pk] | measure_pairing(pairings.get(pk), ground.year)
        own["first"] = _measure_first_day(first.get(pk), ground.year)
        own |= {key: cases.get(pk, Measure()) for key, cases in terms.items()}
        scores.append(score_unit(pk, name, own, weights))
    return scores


def compute_branch_scores(ground: Ground, weights: dict[str, int]) -> list[Score]:
    """Return the score of every branch in the ground, by the indicators that apply to branches."""
    found, first = _measure_people(ground, "branch_id"), find_first_days(ground, "branch")
    branches = Branch.objects.filter(pk__in=ground.branches.values("pk")).order_by("name")
    return [
        score_unit(pk, name, found[pk] | {"first": _measure_first_day(first.get(pk), ground.year)}, weights)
        for pk, name in branches.values_list("pk", "name")
    ]


def _measure_first_day(first: date | None, year: ServiceYear) -> Measure:
    return Measure(int(first is not None and first <= year.first_service_by), 1)


def _measure_people(ground: Ground, group: str) -> dict[int, Measures]:
    """Return {group: measures of the indicators of people}, zeros for a group without people."""
    keys = [
        indicator.key for indicator in INDICATORS if indicator.key in OF_BRANCHES and indicator.unit != "yes"
    ]
    found: dict[int, Measures] = defaultdict(lambda: dict.fromkeys(keys, Measure()))
    required, semesters = ground.year.required_minutes, ground.semesters
    for person in load_people(ground):
        own = found[getattr(person, group)]
        for key, part in measure_person(person.facts, required_minutes=required, semesters=semesters).items():
            own[key] += part
    return found
