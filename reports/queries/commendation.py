"""The candidates of a list of 表彰 with the figures of the year: a fixed number of queries for each kind."""

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth

from activities.models import Project, ServiceRecord
from activities.queries.totals import filter_counted_records
from activities.querysets import RecordQuerySet
from members.models import Branch, Member, ServiceYear
from members.queries.as_of import get_day_of
from members.queries.rates import compute_college_rates
from pairing.models import ServiceTeam
from reports.models import Commendation
from reports.queries.assessment import filter_pairings_of_year
from reports.queries.eligibility import filter_assessed, get_year_span, judge_members
from reports.rules.commendation import Candidate, Selection, select_candidates
from reports.rules.eligibility import MemberVerdict

LEVEL = "school"  # the school's commendations are honours of its level
SUMS = {
    "minutes": Sum("counted__appraisal"),
    "people": Count("member", distinct=True),
    "services": Count("pk"),
    "months": Count(TruncMonth("served_on"), distinct=True),
}


def filter_commended_records(year: ServiceYear) -> RecordQuerySet:
    """Return the records that count in the year for the appraisal."""
    records = ServiceRecord.objects.filter(school=year.school_id).served_between(*get_year_span(year))
    return filter_counted_records(records, "appraisal")


def filter_team_records(year: ServiceYear) -> RecordQuerySet:
    """Return the year's counted records of each college's people at the street paired with the college.

    `college_then`: the person's college of that day.
    """
    return filter_commended_records(year).at_street_of(filter_pairings_of_year(year), year)


def list_volunteer_candidates(year: ServiceYear) -> list[Candidate]:
    """Return active League members of the school. An exception opens 优秀 but no honour."""
    served = _sum_records_by(filter_commended_records(year), "member")
    people = filter_assessed(Member.objects.filter(school=year.school_id), year).in_list_order()
    nothing = dict.fromkeys(("minutes", "services", "months"), 0)
    return [
        Candidate(
            row.pk,
            row.name,
            f"{row.college} {row.branch}",
            row.student_no,
            served.get(row.pk, nothing),
            list_bars(row.verdict),
        )
        for row in judge_members(people, year)
    ]


def list_bars(verdict: MemberVerdict) -> tuple[str, ...]:
    """Return why a person is barred from honours of the school's level; each reason with its clause."""
    if any(honour.level == LEVEL and honour.open for honour in verdict.honours):
        return ()
    return tuple(
        f"{reason.label}：{reason.missing}（通知{reason.citation}）"
        for reason in verdict.reasons
        if reason.name in ("registered", "hours")
    )


def list_team_candidates(year: ServiceYear) -> list[Candidate]:
    """Return service teams of the year's pairings.

    `share`: percentage of the college's members who served at the street.
    """
    served = _sum_records_by(filter_team_records(year), "college_then")
    rates = compute_college_rates(
        Branch.objects.filter(college__school=year.school_id),
        floor_percent=year.floor_percent,
        day=get_day_of(year),
    )
    members = {row.college_id: row.rate.members for row in rates}
    came = dict(
        filter_team_records(year)
        .filter(member__in=filter_assessed(Member.objects.filter(school=year.school_id), year).values("pk"))
        .order_by()
        .values_list("college_then")
        .annotate(Count("member", distinct=True))
    )
    found = ServiceTeam.objects.filter(pairing__in=filter_pairings_of_year(year)).select_related(
        "pairing__college"
    )
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


def list_project_candidates(year: ServiceYear) -> list[Candidate]:
    """Return published or closed projects of the year."""
    served = _sum_records_by(filter_commended_records(year).exclude(project=None), "project")
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


def select_current(commendation: Commendation) -> Selection:
    """Return the list as its criteria give it now."""
    return select_candidates(
        list_candidates(commendation.kind, commendation.year),
        kind=commendation.kind,
        minimum=commendation.minimum,
        order=commendation.order,
        places=commendation.places,
    )


def list_candidates(kind: str, year: ServiceYear) -> list[Candidate]:
    if kind == "volunteer":
        return list_volunteer_candidates(year)
    return list_team_candidates(year) if kind == "team" else list_project_candidates(year)


def _sum_records_by(records: QuerySet, group: str) -> dict[int, dict[str, int]]:
    rows = records.order_by().values(group).annotate(**{f"n_{name}": sum_ for name, sum_ in SUMS.items()})
    return {row[group]: {name: row[f"n_{name}"] for name in SUMS} for row in rows}


def list_evidence(kind: str, pks: list[int], year: ServiceYear) -> dict[int, list[list]]:
    """Return the records behind each name: {id: rows}, days as text, the latest last.

    A row of a person is a record [day, title, source, minutes]; a row of a team or project is a day [day,
    title, people, minutes].
    """
    records = filter_commended_records(year).order_by("served_on", "pk")
    found: dict[int, list[list]] = {pk: [] for pk in pks}
    if kind == "volunteer":
        rows = records.filter(member__in=pks).values_list(
            "member", "served_on", "title", "source", "counted__appraisal"
        )
        for pk, day, title, source, minutes in rows:
            found[pk].append([f"{day:%Y-%m-%d}", title, str(ServiceRecord.Source(source).label), minutes])
        return found
    if kind == "team":
        records, group = filter_team_records(year), "college_then"
        behind = dict(ServiceTeam.objects.filter(pk__in=pks).values_list("pairing__college", "pk"))
    else:
        group, behind = "project", {pk: pk for pk in pks}
    rows = (
        records.filter(**{f"{group}__in": behind})
        .order_by("served_on", "title")
        .values_list(group, "served_on", "title")
        .annotate(Count("member", distinct=True), Sum("counted__appraisal"))
    )
    for key, day, title, people, minutes in rows:
        found[behind[key]].append([f"{day:%Y-%m-%d}", title, f"{people} 人", minutes])
    return found
