"""Tracks of applicants, and the services between application and meeting (二(一)), one query for many people."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db import models
from django.db.models import DateField, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Least

from activities.queries.totals import counted
from members.permissions import scope
from members.rules import ON_THE_WAY
from reports.rules.admission import Line

RUNNING = ("open", "outside")


class AdmissionQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(
            scope(user, action).q(
                school="member__school", college="member__branch__college", branch="member__branch"
            )
        )

    def running(self):
        """Not decided: at most one of a person."""
        return self.filter(state__in=RUNNING)

    def latest_first(self):
        return self.order_by("-pk")


def followed(people: QuerySet, tracks: QuerySet) -> QuerySet:
    """Everybody on the way, and whoever came this way before."""
    return people.filter(Q(stage__in=ON_THE_WAY) | Q(Exists(tracks.filter(member=OuterRef("pk")))))


def standing_at(people: QuerySet, tracks: QuerySet, standing: str) -> QuerySet:
    """Of all people those at a step, or with a track in that state; "" is everybody on the way. Only who is here."""
    if standing in ("outside", "admitted", "ended"):
        return people.filter(Exists(tracks.filter(member=OuterRef("pk"), state=standing)))
    stages = (standing,) if standing else ON_THE_WAY
    return people.filter(stage__in=stages, state="active")


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
