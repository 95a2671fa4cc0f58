"""The figures behind every verdict of a year, each one query for any number of people (二(二), 二(三), 四.3).

A year that is over is judged by the people of its 31 December: branch, stage, state and registration of that
day. `as_of` asks for an earlier day: people and registrations of then, services up to then.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Sum, Value, When
from django.utils import timezone

from activities.models import CountedRecord, ServiceRecord
from activities.queries.totals import sum_minutes_by_member
from members.models import Member, Semester, ServiceYear
from members.queries.as_of import add_as_of, add_place_then, get_day_of, get_last_day, get_past_day
from members.queries.rates import compute_branch_rates
from members.querysets import MemberQuerySet
from pairing.models import Pairing
from reports.models import ExcellentException
from reports.rules.eligibility import (
    BranchVerdict,
    MemberFigures,
    MemberVerdict,
    Rules,
    explain_not_judged,
    judge_branch,
    judge_member,
)

STAGES, STATES = dict(Member.Stage.choices), dict(Member.State.choices)
PERSON = (
    "pk",
    "student_no",
    "name",
    "sort_key",
    "stage_then",
    "state_then",
    "registered_then",
    "branch_then",
    "branch_name",
    "college_then",
    "college_name",
)


@dataclass(frozen=True)
class JudgedMember:
    """A person with the verdict of a year, in the branch of then.

    `exception_id`: an exception that is requested or in force.
    """

    pk: int
    student_no: str
    name: str
    sort_key: str
    branch_id: int
    branch: str
    college_id: int
    college: str
    verdict: MemberVerdict
    exception_id: int | None = None


@dataclass(frozen=True)
class JudgedBranch:
    """A branch with the verdict of a year."""

    branch_id: int
    branch: str
    college_id: int
    college: str
    verdict: BranchVerdict


def get_rules(year: ServiceYear) -> Rules:
    """Return the values that judge a verdict of this year; a query only where visits are a condition."""
    return _build_rules(year, _list_gate_semesters(year))


def _list_gate_semesters(year: ServiceYear) -> list[Semester]:
    """Return the semesters that need a visit."""
    return list(year.semesters.all()) if year.semester_visit_is_gate else []


def _build_rules(year: ServiceYear, gates: list[Semester]) -> Rules:
    return Rules(
        required_minutes=year.required_minutes,
        visits=len(gates),
        floor_percent=year.floor_percent,
        member_honour_floor=year.member_honour_floor,
        branch_honour_floor=year.branch_honour_floor,
    )


def get_year_span(year: ServiceYear, as_of: date | None = None) -> tuple[date, date]:
    """Return the first and last day whose service counts: the calendar year, by local date of service.

    `as_of`: at most up to that day.
    """
    last = get_last_day(year)
    return date(year.year, 1, 1), min(last, as_of or last)


def get_day_asked(year: ServiceYear, as_of: date | None = None) -> date | None:
    """Return the day as of which people are asked for figures of the year; None for today."""
    return get_past_day(min(as_of, get_last_day(year))) if as_of else get_day_of(year)


def judge_members(
    people: MemberQuerySet, year: ServiceYear, *, as_of: date | None = None
) -> Iterator[JudgedMember]:
    """Yield the verdict of each given person, in the order given.

    At most seven queries for any number of people.
    """
    gates, span = _list_gate_semesters(year), get_year_span(year, as_of)
    rules = _build_rules(year, gates)
    minutes = sum_minutes_by_member(people, *span, "appraisal")
    pending = sum_pending_minutes(people, year, as_of=as_of)
    visits = count_visits_in(people, year, gates, as_of=as_of)
    exceptions = ExcellentException.objects.open().filter(year=year)
    excepted = {found.member_id: found for found in exceptions.select_related("decided_by")}
    day = get_day_asked(year, as_of)
    placed = add_place_then(people, day)
    for person in placed.values_list(*PERSON, named=True).iterator(chunk_size=5000):
        exception = excepted.get(person.pk)
        figures = MemberFigures(
            registered=person.registered_then,
            minutes=minutes.get(person.pk, 0),
            pending=pending.get(person.pk, 0),
            visits=visits.get(person.pk, 0),
            not_judged=_explain_not_judged(person, day),
            exception=format_exception(exception) if exception and exception.decided_at else "",
            asked=bool(exception and not exception.decided_at),
        )
        yield JudgedMember(
            pk=person.pk,
            student_no=person.student_no,
            name=person.name,
            sort_key=person.sort_key,
            branch_id=person.branch_then,
            branch=person.branch_name or "—",
            college_id=person.college_then,
            college=person.college_name or "—",
            verdict=judge_member(figures, rules),
            exception_id=exception.pk if exception else None,
        )


def judge_person(member: Member, year: ServiceYear) -> JudgedMember:
    (judged,) = judge_members(Member.objects.filter(pk=member.pk), year)
    return judged


def judge_branches(branches: QuerySet, year: ServiceYear, *, as_of: date | None = None) -> list[JudgedBranch]:
    """Return branches with their verdicts, by college and name: at most two queries."""
    rules, day = get_rules(year), get_day_asked(year, as_of)
    return [
        JudgedBranch(row.branch_id, row.branch, row.college_id, row.college, judge_branch(row.rate, rules))
        for row in compute_branch_rates(branches, floor_percent=year.floor_percent, day=day)
    ]


def add_year(people: MemberQuerySet, year: ServiceYear, *, as_of: date | None = None) -> MemberQuerySet:
    """Add what the people are in the year: `branch_then`, `stage_then`, `state_then`, `registered_then`."""
    return add_as_of(people, get_day_asked(year, as_of))


def filter_assessed(
    people: MemberQuerySet, year: ServiceYear, *, as_of: date | None = None
) -> MemberQuerySet:
    """Return the people on whom something is decided: active League members, at the end of a year that is
    over."""
    return add_year(people, year, as_of=as_of).filter(
        stage_then=Member.Stage.MEMBER, state_then=Member.State.ACTIVE
    )


def filter_not_assessed(people: MemberQuerySet, year: ServiceYear) -> MemberQuerySet:
    """Return the people on whom nothing is decided in the year: the rest of `filter_assessed`."""
    others = ~Q(stage_then=Member.Stage.MEMBER) | ~Q(state_then=Member.State.ACTIVE)
    others &= Q(branch_then__isnull=False)  # who entered later is not in this year
    return add_year(people, year).filter(others)


def filter_in_branches(people: MemberQuerySet, year: ServiceYear, branches) -> MemberQuerySet:
    """Return the people who belong to one of these branches in the year (ids or a QuerySet of branches)."""
    return add_year(people, year).filter(branch_then__in=branches)


def order_by_place(people: MemberQuerySet, year: ServiceYear) -> MemberQuerySet:
    """Order by the college and branch of the year, pinyin of the name, student number; adds `college_then`."""
    placed = add_place_then(people, get_day_of(year))
    return placed.order_by("college_name", "branch_name", "sort_key", "student_no")


def sum_pending_minutes(people: QuerySet, year: ServiceYear, *, as_of: date | None = None) -> dict[int, int]:
    """Return {member id: minutes} that wait for confirmation and would count.

    Each service counts once; verdicts ignore them.
    """
    first, last = get_year_span(year, as_of)
    waiting = CountedRecord.objects.filter(waiting__gt=0, served_on__range=(first, last))
    rows = waiting.filter(member__in=_select_ids(people)).values_list("member")
    return dict(rows.annotate(Sum("waiting")))


def count_visits_by_member(people: QuerySet, year: ServiceYear) -> dict[int, int]:
    """二(三): return {member id: semesters of the year with a visit}.

    A visit is confirmed service at a street that the college was paired with in that year.
    """
    return count_visits_in(people, year, list(year.semesters.all()))


def count_visits_in(
    people: QuerySet, year: ServiceYear, among: list[Semester], *, as_of: date | None = None
) -> dict[int, int]:
    """Return the same as `count_visits_by_member` for the given semesters, without a query for them."""
    semesters = [
        When(served_on__range=(semester.starts_on, semester.ends_on), then=Value(semester.pk))
        for semester in among
    ]
    if not semesters:
        return {}
    records = ServiceRecord.objects.confirmed().at_street_of(Pairing.objects.of_year(year), year)
    records = records.filter(member__in=_select_ids(people))
    if as_of is not None:
        records = records.filter(served_on__lte=as_of)
    counted = records.annotate(semester=Case(*semesters, output_field=IntegerField())).order_by()
    return dict(counted.values_list("member").annotate(Count("semester", distinct=True)))


def format_exception(exception) -> str:
    """Return who granted the exception, when and why; shown wherever the verdict is."""
    day = timezone.localdate(exception.decided_at)
    return f"{exception.decided_by.name} {day:%Y-%m-%d} 同意：{exception.reason.rstrip('。')}"


def _explain_not_judged(person, day: date | None) -> str:
    if person.branch_then is None:
        return f"{day:%Y-%m-%d} 还没有进入学校"
    return explain_not_judged(
        stage=person.stage_then,
        stage_name=STAGES[person.stage_then],
        state=person.state_then,
        state_name=STATES[person.state_then],
        when=f"{day:%Y-%m-%d} " if day else "目前",
    )


def _select_ids(people: QuerySet) -> QuerySet:
    return people.order_by().values("pk")
