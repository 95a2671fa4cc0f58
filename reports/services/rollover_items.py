"""Collect what is open in a year at its roll-over, by kind: how many, and where to find them.

Things are listed one by one. People are only counted by college, since the list is kept for good.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity, Objection, Project, ServiceRecord
from members.models import ServiceYear, Street, VolunteerRecord
from pairing.models import Pairing, PairingCode
from reports.models import (
    Admission,
    Appraisal,
    Assessment,
    Bulletin,
    Commendation,
    ExcellentException,
    HonourTitle,
)
from reports.queries.eligibility import get_year_span
from reports.rules.rollover import BY_KEY, KINDS, Kind

Rows = list[tuple[str, str]]


@dataclass(frozen=True)
class Item:
    """A kind of open item with its rows (text, address)."""

    kind: Kind
    count: int
    rows: Rows

    def to_json(self) -> dict:
        """Return the item for the kept list of a roll-over."""
        return asdict(self.kind) | {"count": self.count, "rows": [list(row) for row in self.rows]}


def list_open_items(
    year: ServiceYear, next_year: ServiceYear | None, *, released: Iterable[Pairing], now: datetime
) -> list[Item]:
    """Return every kind that has open items, in the order of the table. `released`: pairings that end."""
    found = (
        _collect_at_streets(year, next_year, list(released), now)
        | _collect_of_people(year)
        | _collect_of_verdicts(year)
    )
    found |= {"codes": _collect_codes(year), "bulletins": _collect_bulletins(year)}
    return [Item(kind, *found[kind.key]) for kind in KINDS if found[kind.key][0]]


def filter_carried_pairings(year: ServiceYear, next_year: ServiceYear | None) -> QuerySet[Pairing]:
    """Return active pairings of the year that can go on: the college has no other one in the next year."""
    pairings = Pairing.objects.active().of_year(year).select_related("college", "street", "year")
    return pairings.exclude(pk__in=_filter_superseded(year, next_year).values("pk")).order_by(
        "college__name", "pk"
    )


def _filter_superseded(year: ServiceYear, next_year: ServiceYear | None) -> QuerySet[Pairing]:
    pairings = Pairing.objects.active().of_year(year)
    if next_year is None:
        return pairings.none()
    newer = Pairing.objects.active().filter(year=next_year)
    return pairings.filter(college__in=newer.values("college")).select_related("college", "street")


def _link_rows(rows: Iterable, text=str) -> tuple[int, Rows]:
    listed = [(text(row), row.get_absolute_url()) for row in rows]
    return len(listed), listed


def _count_by_college(rows: QuerySet, college: str, address: str, unit: str) -> tuple[int, Rows]:
    """Return counts by college only, with the address of their list."""
    counts = list(rows.order_by(college).values_list(college).annotate(Count("pk")))
    listed = [(f"{name or '未归属学院'}：{count} {unit}", address) for name, count in counts]
    return sum(count for _, count in counts), listed


def _collect_at_streets(
    year, next_year, released: list[Pairing], now: datetime
) -> dict[str, tuple[int, Rows]]:
    out = {pairing.pk for pairing in released}
    going_on = [pairing for pairing in filter_carried_pairings(year, next_year) if pairing.pk not in out]
    projects = Project.objects.filter(year=year).exclude(state=Project.State.CLOSED)
    activities = Activity.objects.filter(project__college__school=year.school_id)
    ahead = activities.exclude(state=Activity.State.CANCELLED).filter(starts_at__gt=now)
    over = activities.filter(
        state=Activity.State.OPEN, starts_at__year=year.year, ends_at__lte=now, closed_at=None
    )
    return {
        "pairings": _link_rows(going_on),
        "released": _link_rows(released),
        "superseded": _link_rows(_filter_superseded(year, next_year)),
        "projects": _link_rows(projects.select_related("college"), lambda row: f"{row.college}：{row.name}"),
        "activities": _link_rows(ahead.select_related("project__college"), _format_dated_activity),
        "attendance": _link_rows(over.select_related("project__college"), _format_dated_activity),
    }


def _format_dated_activity(activity: Activity) -> str:
    return f"{activity.project.college}：{activity.name}（{timezone.localtime(activity.starts_at):%Y-%m-%d}）"


def _collect_of_people(year: ServiceYear) -> dict[str, tuple[int, Rows]]:
    college = "member__branch__college__name"
    first, last = get_year_span(year)
    school = {"member__school": year.school_id}
    records = ServiceRecord.objects.pending().from_portal().served_between(first, last).filter(**school)
    asked = {
        "admissions": (Admission.objects.filter(state=Admission.State.OPEN, **school), college, "admissions"),
        "records": (records, college, "hours"),
        "objections": (Objection.objects.open().filter(raised_at__date__lte=last, **school), college, "objections"),
        "claims": (VolunteerRecord.objects.unclear().filter(school=year.school_id), "college__name", "claims"),
        "exceptions": (ExcellentException.objects.asked().filter(year=year), college, "exceptions"),
    }  # fmt: skip
    return {
        key: _count_by_college(rows, path, reverse(name), BY_KEY[key].unit)
        for key, (rows, path, name) in asked.items()
    }


def _collect_of_verdicts(year: ServiceYear) -> dict[str, tuple[int, Rows]]:
    appraisals = Appraisal.objects.filter(year=year).exclude(state=Appraisal.State.APPROVED)
    titles = HonourTitle.objects.filter(year=year).exclude(state=HonourTitle.State.DECIDED)
    unlocked = not Assessment.objects.filter(year=year).exists()
    address = f"{reverse('assessment')}?year={year.year}"
    return {
        "appraisals": _link_rows(
            appraisals.select_related("branch__college"),
            lambda row: f"{row.branch.college} {row.branch}（{row.get_state_display()}）",
        ),
        "honours": _link_rows(
            titles, lambda row: f"{row.get_level_display()} {row.name}（{row.get_state_display()}）"
        ),
        "assessment": (1, [(f"{year.year} 年度学院考核", address)]) if unlocked else (0, []),
        "commendations": _link_rows(Commendation.objects.filter(year=year, issued_at=None)),
    }


def _collect_codes(year: ServiceYear) -> tuple[int, Rows]:
    """Return counts of unused codes, never the codes themselves."""
    unused = PairingCode.objects.filter(year=year, state__in=["stock", "handed_out"])
    counts = list(unused.order_by("kind", "state").values_list("kind", "state").annotate(Count("pk")))
    kinds, states = dict(Street.Kind.choices), dict(PairingCode.State.choices)
    listed = [
        (f"{kinds[kind]}，{states[state]}：{count} 个", reverse("codes")) for kind, state, count in counts
    ]
    return sum(count for *_, count in counts), listed


def _collect_bulletins(year: ServiceYear) -> tuple[int, Rows]:
    issues = Bulletin.objects.filter(year=year, kind=Bulletin.Kind.REGULAR)
    last = issues.order_by("due_on").last()
    return issues.count(), [(f"末期：{last.title}", last.get_absolute_url())] if last else []
