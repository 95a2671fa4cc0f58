"""Tracks of applicants, and services between application and meeting (二(一)): one query for many people."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, TypedDict, cast

from django.db.models import DateField, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from activities.models import ServiceRecord
from activities.queries.totals import filter_counted_records
from members.models import Member, ServiceYear
from members.models.years import admission_sources
from members.queries.as_of import add_as_of, get_past_day
from members.rules import ON_THE_WAY
from reports.models import Admission
from reports.rules.admission import Line, Report


def filter_followed(people: QuerySet) -> QuerySet:
    """Return the people who are on the way into the League or have a track from an earlier time."""
    return people.filter(Q(stage__in=ON_THE_WAY) | Q(Exists(Admission.objects.filter(member=OuterRef("pk")))))


def filter_by_step(people: QuerySet, standing: str) -> QuerySet:
    """Return active people at a step, or people with a track in that state; "" means all who are on the
    way."""
    if standing in ("outside", "admitted", "ended"):
        return people.filter(Exists(Admission.objects.filter(member=OuterRef("pk"), state=standing)))
    stages = (standing,) if standing else ON_THE_WAY
    return people.filter(stage__in=stages, state="active")


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class Reported(TypedDict):
        """What `add_reports` adds to a person."""

        track: Admission | None
        tracks: list[Admission]
        report: Report

    ReportedMember = WithAnnotations[Member, Reported]


def count_voters_at(member: Member, day: date) -> int:
    """Count League members with a vote at a meeting of that day, in the person's branch of that day.

    The person is never counted, nor are people who became members at that meeting or after it.
    """
    past = get_past_day(day)
    own = add_as_of(Member.objects.filter(pk=member.pk), past).values_list("branch_then", flat=True).get()
    there = add_as_of(Member.objects.all(), past).filter(
        branch_then=own, stage_then=Member.Stage.MEMBER, state_then=Member.State.ACTIVE
    )
    admitted = Admission.objects.filter(state="admitted", meeting_on__gte=day).values("member")
    return there.exclude(pk=member.pk).exclude(pk__in=admitted).count()


def filter_lacking_days(people: QuerySet) -> QuerySet:
    """Return the people on the way for whom the day of a step already taken is missing."""
    known = Admission.objects.running().filter(member=OuterRef("pk"))
    activist, candidate = known.filter(activist_on=None), known.filter(candidate_on=None)
    return people.filter(
        ~Exists(known)
        | Q(Exists(activist), stage__in=("activist", "candidate"))
        | Q(Exists(candidate), stage="candidate")
    )


def prefetch_tracks(people: QuerySet) -> QuerySet:
    """Add `person.tracks`: the person's tracks, the latest first, with the user who admitted the person."""
    tracks = Admission.objects.select_related("admitted_by")
    return people.prefetch_related(Prefetch("admissions", tracks.latest_first(), to_attr="tracks"))


def list_lines_by_member(tracks: QuerySet, *, today: date) -> dict[int, tuple[Line, ...]]:
    """Return {member id: services from application to meeting} with the minutes that count for admission.

    One query for all the tracks; `tracks` holds one track of each person.
    """
    own, last = tracks.filter(member=OuterRef("member")), Value(today, output_field=DateField())
    span = ServiceRecord.objects.filter(member__in=tracks.values("member")).annotate(
        first=Subquery(own.values("applied_on")[:1]),
        last=Subquery(own.values(day=Least(Coalesce("meeting_on", last), last))[:1]),
    )
    rows = filter_counted_records(
        span.filter(served_on__gte=F("first"), served_on__lte=F("last")), "admission"
    )
    found: dict[int, list[Line]] = defaultdict(list)
    for member, *line in rows.order_by("served_on", "pk").values_list(
        "member", "served_on", "title", "source", "counted__admission"
    ):
        found[member].append(tuple(line))
    return {member: tuple(lines) for member, lines in found.items()}


def get_sources_on(school, day: date) -> list[str]:
    """Return the ledgers that count for admission, by the rules of the day's year."""
    year = ServiceYear.objects.current(school, today=day)
    return year.admission_sources if year else admission_sources()


def build_report(member: Member, track: Admission | None, *, today: date | None = None) -> Report:
    """Return the report of one person: to the day of the meeting, or to today before it."""
    (report,) = build_reports([(member, track)], today=today).values()
    return report


def build_reports(
    pairs: Iterable[tuple[Member, Admission | None]], *, today: date | None = None
) -> dict[int, Report]:
    """Return {member id: report} for people of one school: to the day of the meeting, or to today before it.

    The services of all of them are one query.
    """
    today = today or timezone.localdate()
    placed, sources, tracks = [], {}, []
    for member, track in pairs:
        last = min(track.meeting_on or today, today) if track else today
        if last.year not in sources:
            sources[last.year] = tuple(get_sources_on(member.school_id, last))
        placed.append((member, track, last))
        tracks += [track.pk] if track else []
    lines = list_lines_by_member(Admission.objects.filter(pk__in=tracks), today=today) if tracks else {}
    return {
        member.pk: Report(
            first=track.applied_on if track else None,
            last=last,
            registered=member.is_registered,
            registered_on=member.registered_on,
            volunteer_no=member.volunteer_no,
            sources=sources[last.year],
            lines=lines.get(member.pk, ()),
        )
        for member, track, last in placed
    }


def add_reports(people: Iterable[Member]) -> "list[ReportedMember]":
    """Return people of `prefetch_tracks`, each with `track` (the latest one) and `report`."""
    rows = cast("list[ReportedMember]", list(people))
    for person in rows:
        person.track = person.tracks[0] if person.tracks else None
    reports = build_reports([(person, person.track) for person in rows])
    for person in rows:
        person.report = reports[person.pk]
    return rows
