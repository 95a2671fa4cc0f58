"""The figures behind every verdict of a year, each one query for as many people as asked (二(二), 二(三), 四.3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, IntegerField, QuerySet, Sum, Value, When
from django.utils import timezone

from activities.models import ServiceRecord
from activities.queries.mine import marked
from activities.queries.totals import minutes_by_member
from members.models import Member, ServiceYear
from members.queries.people import COUNTED
from members.queries.rates import branch_rates
from pairing.models import Pairing
from reports.rules.eligibility import (
    BranchVerdict,
    MemberFigures,
    MemberVerdict,
    Rules,
    judge_branch,
    judge_member,
    why_not_judged,
)

STAGES, STATES = dict(Member.Stage.choices), dict(Member.State.choices)
PERSON = (
    "pk",
    "student_no",
    "name",
    "sort_key",
    "stage",
    "state",
    "registered_on",
    "branch_id",
    "branch__name",
    "branch__college_id",
    "branch__college__name",
)


@dataclass(frozen=True)
class JudgedMember:
    """A person with the verdict of a year; `exception_id`: what is asked for or in force."""

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
    branch_id: int
    branch: str
    college_id: int
    college: str
    verdict: BranchVerdict


def rules_of(year: ServiceYear) -> Rules:
    """The values that a verdict of this year is judged by; a query only where visits are a gate."""
    return Rules(
        required_minutes=year.required_minutes,
        visits=year.semesters.count() if year.semester_visit_is_gate else 0,
        floor_percent=year.floor_percent,
        member_honour_floor=year.member_honour_floor,
        branch_honour_floor=year.branch_honour_floor,
    )


def span_of(year: ServiceYear) -> tuple[date, date]:
    """The days whose service counts: the calendar year, by local date of service."""
    return date(year.year, 1, 1), date(year.year, 12, 31)


def judged_members(people: QuerySet, year: ServiceYear, exceptions: QuerySet) -> Iterator[JudgedMember]:
    """Everybody given, in the order given. At most seven queries, however many people.

    `exceptions`: all that are open; of them those of this year are read.
    """
    rules, (first, last) = rules_of(year), span_of(year)
    minutes = minutes_by_member(people, first, last, year.appraisal_sources)
    pending = pending_minutes(people, year)
    visits = visits_by_member(people, year) if rules.visits else {}
    excepted = {found.member_id: found for found in exceptions.filter(year=year).select_related("decided_by")}
    for person in people.values_list(*PERSON, named=True).iterator(chunk_size=5000):
        exception = excepted.get(person.pk)
        figures = MemberFigures(
            registered=person.registered_on is not None,
            minutes=minutes.get(person.pk, 0),
            pending=pending.get(person.pk, 0),
            visits=visits.get(person.pk, 0),
            not_judged=_not_judged(person),
            exception=exception_text(exception) if exception and exception.decided_at else "",
            asked=bool(exception and not exception.decided_at),
        )
        yield JudgedMember(
            pk=person.pk,
            student_no=person.student_no,
            name=person.name,
            sort_key=person.sort_key,
            branch_id=person.branch_id,
            branch=person.branch__name,
            college_id=person.branch__college_id,
            college=person.branch__college__name,
            verdict=judge_member(figures, rules),
            exception_id=exception.pk if exception else None,
        )


def judged_branches(branches: QuerySet, year: ServiceYear) -> list[JudgedBranch]:
    """By college and name: one query."""
    rules = rules_of(year)
    return [
        JudgedBranch(row.branch_id, row.branch, row.college_id, row.college, judge_branch(row.rate, rules))
        for row in branch_rates(branches, floor_percent=year.floor_percent)
    ]


def assessed(people: QuerySet) -> QuerySet:
    """Those on whom something is decided: active League members."""
    return people.filter(COUNTED)


def not_assessed(people: QuerySet) -> QuerySet:
    return people.exclude(COUNTED)


def pending_minutes(people: QuerySet, year: ServiceYear) -> dict[int, int]:
    """{member id: minutes} that wait for confirmation and would count, one service once. Never part of a verdict."""
    records = ServiceRecord.objects.pending().served_between(*span_of(year)).filter(member__in=_ids(people))
    waiting = marked(records, year.appraisal_sources).filter(waits=True)
    return dict(waiting.order_by().values_list("member").annotate(Sum("minutes")))


def visits_by_member(people: QuerySet, year: ServiceYear) -> dict[int, int]:
    """二(三): {member id: semesters of the year with confirmed service at a street that the college was paired with in
    that year}."""
    semesters = [
        When(served_on__range=(semester.starts_on, semester.ends_on), then=Value(semester.pk))
        for semester in year.semesters.all()
    ]
    if not semesters:
        return {}
    records = ServiceRecord.objects.confirmed().at_street_of(Pairing.objects.of_year(year))
    records = records.filter(member__in=_ids(people))
    counted = records.annotate(semester=Case(*semesters, output_field=IntegerField())).order_by()
    return dict(counted.values_list("member").annotate(Count("semester", distinct=True)))


def exception_text(exception) -> str:
    """Who granted it, when and why: stands wherever the verdict is shown."""
    day = timezone.localdate(exception.decided_at)
    return f"{exception.decided_by.name} {day:%Y-%m-%d} 同意：{exception.reason}"


def _not_judged(person) -> str:
    return why_not_judged(
        stage=person.stage,
        stage_name=STAGES[person.stage],
        state=person.state,
        state_name=STATES[person.state],
    )


def _ids(people: QuerySet) -> QuerySet:
    return people.order_by().values("pk")
