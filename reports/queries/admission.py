"""Tracks of applicants, and the services between application and meeting (二(一)), one query for many people."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db.models import DateField, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Least
from django.utils.timezone import make_aware

from activities.queries.totals import counted
from members.rules import ON_THE_WAY
from reports.rules.admission import Line


def followed(people: QuerySet, tracks: QuerySet) -> QuerySet:
    """Everybody on the way, and whoever came this way before."""
    return people.filter(Q(stage__in=ON_THE_WAY) | Q(Exists(tracks.filter(member=OuterRef("pk")))))


def standing_at(people: QuerySet, tracks: QuerySet, standing: str) -> QuerySet:
    """Of all people those at a step, or with a track in that state; "" is everybody on the way. Only who is here."""
    if standing in ("outside", "admitted", "ended"):
        return people.filter(Exists(tracks.filter(member=OuterRef("pk"), state=standing)))
    stages = (standing,) if standing else ON_THE_WAY
    return people.filter(stage__in=stages, state="active")


def voters(people: QuerySet, tracks: QuerySet, events: QuerySet, *, besides: int, day: date) -> QuerySet:
    """Of the people of a branch the League members who had a vote there on `day`, as far as the portal knows.

    Who became a member at that meeting or after it had none, nor who by the history (`events` of people) was
    elsewhere on that day. Of whom the history says nothing yet, the roster of today holds.
    """
    admitted = tracks.filter(state="admitted", meeting_on__gte=day).values("member")
    end = make_aware(datetime.combine(day + timedelta(days=1), time.min))
    before = events.filter(pgh_obj=OuterRef("pk"), pgh_created_at__lt=end).order_by("-pgh_id")
    then = people.annotate(
        then_branch=Subquery(before.values("branch_id")[:1]),
        then_stage=Subquery(before.values("stage")[:1]),
        then_state=Subquery(before.values("state")[:1]),
    )
    there = Q(then_branch=F("branch_id"), then_stage="member", then_state="active")
    known = then.filter(Q(then_branch=None) | there, stage="member", state="active")
    return known.exclude(pk=besides).exclude(pk__in=admitted)


def lacking_days(people: QuerySet, tracks: QuerySet) -> QuerySet:
    """Those on the way of whom a day of a step already taken is not known."""
    known = tracks.running().filter(member=OuterRef("pk"))
    activist, candidate = known.filter(activist_on=None), known.filter(candidate_on=None)
    return people.filter(
        ~Exists(known)
        | Q(Exists(activist), stage__in=("activist", "candidate"))
        | Q(Exists(candidate), stage="candidate")
    )


def with_tracks(people: QuerySet, tracks: QuerySet) -> QuerySet:
    """`person.tracks`: those of each person, the latest first."""
    return people.prefetch_related(Prefetch("admissions", tracks.latest_first(), to_attr="tracks"))


def lines_by_member(
    records: QuerySet, tracks: QuerySet, sources: Sequence[str], *, today: date
) -> dict[int, tuple[Line, ...]]:
    """{member id: confirmed services from application to meeting}, each service once. One query for all the tracks,
    of which a person has one here."""
    own, last = tracks.filter(member=OuterRef("member")), Value(today, output_field=DateField())
    span = records.filter(member__in=tracks.values("member")).annotate(
        first=Subquery(own.values("applied_on")[:1]),
        last=Subquery(own.values(day=Least(Coalesce("meeting_on", last), last))[:1]),
    )
    rows = counted(span.filter(served_on__gte=F("first"), served_on__lte=F("last")), sources)
    found: dict[int, list[Line]] = defaultdict(list)
    for member, *line in rows.order_by("served_on", "pk").values_list(
        "member", "served_on", "title", "source", "minutes"
    ):
        found[member].append(tuple(line))
    return {member: tuple(lines) for member, lines in found.items()}
