"""The candidates of a list of 表彰 with the figures of the year: a fixed number of queries for each kind."""

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth

from activities.models import Project, ServiceRecord
from activities.queries.totals import counted
from activities.querysets import RecordQuerySet
from members.models import Branch, Member, ServiceYear
from members.queries.rates import college_rates
from pairing.models import ServiceTeam
from reports.models import Commendation
from reports.queries.assessment import pairings_of
from reports.queries.eligibility import assessed, judge_members, span_of
from reports.queries.rollover import people_as_of
from reports.rules.commendation import Candidate, Selection, select
from reports.rules.eligibility import MemberVerdict

LEVEL = "school"  # the school's commendations are honours of its level
SUMS = {
    "minutes": Sum("minutes"),
    "people": Count("member", distinct=True),
    "services": Count("pk"),
    "months": Count(TruncMonth("served_on"), distinct=True),
}


def records_of_year(year: ServiceYear) -> RecordQuerySet:
    """Return the records that count in the year: each service once, of the sources in the year's rules."""
    records = ServiceRecord.objects.filter(school=year.school_id).served_between(*span_of(year))
    return counted(records, year.appraisal_sources)


def of_teams(year: ServiceYear) -> RecordQuerySet:
    """Return the year's counted records of each college's people at the street paired with the college."""
    return records_of_year(year).at_street_of(pairings_of(year), year)


def volunteers(year: ServiceYear) -> list[Candidate]:
    """Return active League members of the school. An exception opens 优秀 but no honour."""
    served = _sums(records_of_year(year), "member")
    people = assessed(Member.objects.filter(school=year.school_id), year).in_list_order()
    nothing = dict.fromkeys(("minutes", "services", "months"), 0)
    return [
        Candidate(
            row.pk,
            row.name,
            f"{row.college} {row.branch}",
            row.student_no,
            served.get(row.pk, nothing),
            bars_of(row.verdict),
        )
        for row in judge_members(people, year)
    ]


def bars_of(verdict: MemberVerdict) -> tuple[str, ...]:
    """Return why a person is barred from honours of the school's level; each reason with its clause."""
    if any(honour.level == LEVEL and honour.open for honour in verdict.honours):
        return ()
    return tuple(
        f"{reason.label}：{reason.missing}（通知{reason.citation}）"
        for reason in verdict.reasons
        if reason.name in ("registered", "hours")
    )


def teams(year: ServiceYear) -> list[Candidate]:
    """Return service teams of the year's pairings.

    `share`: percentage of the college's members who served at the street.
    """
    served = _sums(of_teams(year), "member__branch__college")
    rates = college_rates(
        Branch.objects.filter(college__school=year.school_id),
        floor_percent=year.floor_percent,
        people_as_of=people_as_of(year),
    )
    members = {row.college_id: row.rate.members for row in rates}
    came = dict(
        of_teams(year)
        .filter(member__in=assessed(Member.objects.filter(school=year.school_id), year).values("pk"))
        .order_by()
        .values_list("member__branch__college")
        .annotate(Count("member", distinct=True))
    )
    found = ServiceTeam.objects.filter(pairing__in=pairings_of(year)).select_related("pairing__college")
    candidates = []
    for team in found:
        college = team.pairing.college
        figures = served.get(college.pk) or dict.fromkeys(SUMS, 0)
        whole = members.get(college.pk, 0)
        share = 100 * came.get(college.pk, 0) // whole if whole else 0
        candidates.append(
            Candidate(team.pk, team.name, college.name, f"{college.name}", figures | {"share": share})
        )
    return candidates


def projects(year: ServiceYear) -> list[Candidate]:
    """Return published or closed projects of the year."""
    served = _sums(records_of_year(year).exclude(project=None), "project")
    found = Project.objects.filter(year=year, state__in=["published", "closed"]).select_related("college")
    return [
        Candidate(
            project.pk,
            project.name,
            project.college.name,
            project.name,
            served.get(project.pk) or dict.fromkeys(SUMS, 0),
        )
        for project in found
    ]


def selected(commendation: Commendation) -> Selection:
    """Return the list as its criteria give it now."""
    return select(
        candidates(commendation.kind, commendation.year),
        kind=commendation.kind,
        minimum=commendation.minimum,
        order=commendation.order,
        places=commendation.places,
    )


def candidates(kind: str, year: ServiceYear) -> list[Candidate]:
    if kind == "volunteer":
        return volunteers(year)
    return teams(year) if kind == "team" else projects(year)


def _sums(records: QuerySet, group: str) -> dict[int, dict[str, int]]:
    rows = records.order_by().values(group).annotate(**{f"n_{name}": sum_ for name, sum_ in SUMS.items()})
    return {row[group]: {name: row[f"n_{name}"] for name in SUMS} for row in rows}


def evidence(kind: str, pks: list[int], year: ServiceYear) -> dict[int, list[list]]:
    """Return the records behind each name: {id: rows}, days as text, the latest last.

    A row of a person is a record [day, title, source, minutes]; a row of a team or project is a day [day,
    title, people, minutes].
    """
    records = records_of_year(year).order_by("served_on", "pk")
    found: dict[int, list[list]] = {pk: [] for pk in pks}
    if kind == "volunteer":
        rows = records.filter(member__in=pks).values_list("member", "served_on", "title", "source", "minutes")
        for pk, day, title, source, minutes in rows:
            found[pk].append([f"{day:%Y-%m-%d}", title, str(ServiceRecord.Source(source).label), minutes])
        return found
    if kind == "team":
        records, group = of_teams(year), "member__branch__college"
        behind = dict(ServiceTeam.objects.filter(pk__in=pks).values_list("pairing__college", "pk"))
    else:
        group, behind = "project", {pk: pk for pk in pks}
    rows = (
        records.filter(**{f"{group}__in": behind})
        .order_by("served_on", "title")
        .values_list(group, "served_on", "title")
        .annotate(Count("member", distinct=True), Sum("minutes"))
    )
    for key, day, title, people, minutes in rows:
        found[behind[key]].append([f"{day:%Y-%m-%d}", title, f"{people} 人", minutes])
    return found
