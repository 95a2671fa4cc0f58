"""Queries on a person's own ledger: records that count, records that wait, and each semester's visit.

Each function takes a QuerySet of records that `visible_to` has narrowed. A record counts here by the rule of
`queries.totals`: one service in several ledgers counts once.
"""

from collections.abc import Sequence
from datetime import date

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Sum, Value, When

from activities.models import ServiceRecord
from activities.querysets import RecordQuerySet
from members.models import Semester, ServiceYear
from pairing.models import Pairing


def annotate_counting(records: QuerySet, sources: Sequence[str]) -> QuerySet:
    """Add `counts`, `twin` and `waits` to each record.

    `counts`: confirmed, of these sources, and the record taken for its service. `twin`: confirmed, but
    another record of the same service is taken. `waits`: pending, and no record of the service counts.
    """
    records = records.alias(rank=_rank_source(sources))
    pending_first = _filter_preceding(sources, "pending")
    confirmed_before = Exists(_filter_preceding(sources, "confirmed"))
    confirmed_at_all = Exists(_filter_same_service(sources, "confirmed"))
    here, confirmed, pending = Q(source__in=sources), Q(state="confirmed"), Q(state="pending")
    return records.annotate(
        counts=_true_when(confirmed & here & ~Q(confirmed_before)),
        twin=_true_when(confirmed & here & Q(confirmed_before)),
        waits=_true_when(pending & here & ~Q(confirmed_at_all) & ~Q(Exists(pending_first))),
    )


def filter_own_counted(records: QuerySet, sources: Sequence[str]) -> QuerySet:
    """Keep the records that a sum adds up."""
    return annotate_counting(records, sources).filter(counts=True)


def sum_minutes_by_state(records: QuerySet, sources: Sequence[str]) -> dict[str, int]:
    """Return {"counted", "waiting", "rejected"} in whole minutes, in one query."""
    sums = annotate_counting(records, sources).aggregate(
        counted=Sum("minutes", filter=Q(counts=True), default=0),
        waiting=Sum("minutes", filter=Q(waits=True), default=0),
        rejected=Sum("minutes", filter=Q(state="rejected", source__in=sources), default=0),
    )
    return {name: int(minutes) for name, minutes in sums.items()}


def list_visits(records: RecordQuerySet, year: ServiceYear) -> list[tuple[Semester, date | None]]:
    """Return the semesters of the year with the person's visit in each (二(三)).

    A pair: semester, day of the first confirmed service at a street of the college, or None.

    A street also counts if the pairing has moved since then, because the visit was made.
    """
    there = records.confirmed().at_street_of(Pairing.objects.of_year(year), year)
    days = list(there.order_by("served_on").values_list("served_on", flat=True))
    return [
        (
            semester,
            next((day for day in days if semester.starts_on <= day <= semester.ends_on), None),
        )
        for semester in year.semesters.all()
    ]


def _rank_source(sources: Sequence[str]) -> Case:
    """The position of a record's source in the list."""
    places = [When(source=source, then=Value(place)) for place, source in enumerate(sources)]
    return Case(*places, default=Value(len(sources)))


def _filter_same_service(sources: Sequence[str], state: str) -> QuerySet:
    """Return records of the same service in that state: of all records, not only of a narrowed range."""
    everything = ServiceRecord.objects.filter(state=state, source__in=sources)
    return everything.filter(member=OuterRef("member"), link__service=OuterRef("link__service")).exclude(
        pk=OuterRef("pk")
    )


def _filter_preceding(sources: Sequence[str], state: str) -> QuerySet:
    """Return records of the same service that precede this one: by order of sources, then smaller id."""
    linked = _filter_same_service(sources, state).alias(rank=_rank_source(sources))
    return linked.filter(Q(rank__lt=OuterRef("rank")) | Q(rank=OuterRef("rank"), pk__lt=OuterRef("pk")))


def _true_when(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False))
