"""A person's own ledger: which records count, which still wait, and the visit of each semester.

Every function takes a QuerySet of records that `visible_to` has already narrowed. What counts here is what
`queries.totals` sums: one service that stands in several ledgers counts once.
"""

from collections.abc import Sequence
from datetime import date

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Sum, Value, When

from activities.models import ServiceRecord
from members.models import Semester, ServiceYear
from pairing.models import Pairing


def marked(records: QuerySet, sources: Sequence[str]) -> QuerySet:
    """Annotates `counts` (confirmed, of these sources, the one of its service that is taken), `twin` (confirmed, but
    another record of the same service is taken) and `waits` (pending, and no record of the service counts)."""
    records = records.alias(rank=_rank(sources))
    pending_first = _before(sources, "pending")
    confirmed_before = Exists(_before(sources, "confirmed"))
    confirmed_at_all = Exists(_linked(sources, "confirmed"))
    here, confirmed, pending = Q(source__in=sources), Q(state="confirmed"), Q(state="pending")
    return records.annotate(
        counts=_true(confirmed & here & ~Q(confirmed_before)),
        twin=_true(confirmed & here & Q(confirmed_before)),
        waits=_true(pending & here & ~Q(confirmed_at_all) & ~Q(Exists(pending_first))),
    )


def counted(records: QuerySet, sources: Sequence[str]) -> QuerySet:
    """The records that a sum is made of."""
    return marked(records, sources).filter(counts=True)


def minutes_by_state(records: QuerySet, sources: Sequence[str]) -> dict[str, int]:
    """{"counted", "waiting", "rejected"} in whole minutes, in one query."""
    sums = marked(records, sources).aggregate(
        counted=Sum("minutes", filter=Q(counts=True), default=0),
        waiting=Sum("minutes", filter=Q(waits=True), default=0),
        rejected=Sum("minutes", filter=Q(state="rejected", source__in=sources), default=0),
    )
    return {name: int(minutes) for name, minutes in sums.items()}


def visits(records: QuerySet, year: ServiceYear) -> list[tuple[Semester, date | None]]:
    """二(三): (semester of the year, day of the first confirmed service at a street of the college, or None).

    A street counts also when the pairing has been moved since: the visit was made.
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


def _rank(sources: Sequence[str]) -> Case:
    """The place of a record's source in the list."""
    places = [When(source=source, then=Value(place)) for place, source in enumerate(sources)]
    return Case(*places, default=Value(len(sources)))


def _linked(sources: Sequence[str], state: str) -> QuerySet:
    """Records of the same service in that state. Of all, not only of those that were narrowed to a range."""
    everything = ServiceRecord.objects.filter(state=state, source__in=sources)
    return everything.filter(member=OuterRef("member"), link__service=OuterRef("link__service")).exclude(
        pk=OuterRef("pk")
    )


def _before(sources: Sequence[str], state: str) -> QuerySet:
    """Those of the same service that go before this record: a source further in front, then the smaller id."""
    linked = _linked(sources, state).alias(rank=_rank(sources))
    return linked.filter(Q(rank__lt=OuterRef("rank")) | Q(rank=OuterRef("rank"), pk__lt=OuterRef("pk")))


def _true(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False))
