"""Records on pages: one line a service, what each counts, and the sentence where it counts less."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from activities.models import ServiceRecord
from activities.querysets import RecordQuerySet
from activities.rules.shortfalls import FOLDED, Named, Shortfall, explain_shorter, explain_shortfall


def select_counted(records: RecordQuerySet, purpose: str = "appraisal") -> RecordQuerySet:
    """Read each record together with what it counts (`counts`: minutes) and with the record it yields to."""
    records = records.annotate(counts=Coalesce(F(f"counted__{purpose}"), 0))
    return records.select_related("counted", f"counted__{purpose}_yields_to")


def fold_services(records: QuerySet, purpose: str) -> QuerySet:
    """Leave out records that are shown under another record of the same service, if that one is in the list too."""
    head = records.order_by().filter(pk=OuterRef(f"counted__{purpose}_yields_to"))
    twin = Q(**{f"counted__{purpose}_reason__in": FOLDED, f"counted__{purpose}_yields_to__isnull": False})
    return records.exclude(twin & Exists(head.values("pk")))


def attach_twins(records: Iterable[ServiceRecord], purpose: str) -> None:
    """Set `twins` of each record: the other records of its service, which count nothing beside it; one query."""
    lines = list(records)
    head, reason = f"counted__{purpose}_yields_to", f"counted__{purpose}_reason__in"
    people = {line.member_id for line in lines}
    others = ServiceRecord.objects.filter(
        counted__member__in=people, **{f"{head}__in": [line.pk for line in lines], reason: FOLDED}
    )
    found = defaultdict(list)
    for other in select_counted(others, purpose).order_by("pk"):
        found[getattr(other.counted, f"{purpose}_yields_to_id")].append(other)
    for line in lines:
        line.twins = found[line.pk]


def sum_counted(records: QuerySet, purpose: str) -> int:
    """Return the minutes that these records count together."""
    return records.order_by().aggregate(minutes=Sum(f"counted__{purpose}", default=0))["minutes"]


def filter_short(records: RecordQuerySet, purpose: str) -> RecordQuerySet:
    """Keep confirmed and pending records of which some minutes do not count."""
    return records.filter(**{f"counted__{purpose}__lt": F("minutes")})


def get_counted_minutes(record: ServiceRecord, purpose: str) -> int:
    """Return the minutes that the record counts; 0 for one that was rejected or voided."""
    return getattr(getattr(record, "counted", None), purpose, 0)


def describe_shortfall(record: ServiceRecord, purpose: str) -> str:
    """Return why the record counts less than its minutes; "" if it counts in full, was rejected or voided."""
    counted = getattr(record, "counted", None)
    if counted is None or not (reason := getattr(counted, f"{purpose}_reason")):
        return ""
    other = getattr(counted, f"{purpose}_yields_to")
    return explain_shortfall(
        Shortfall(
            purpose=purpose,
            reason=reason,
            counted=getattr(counted, purpose),
            waiting=counted.waiting,
            other=Named(other.served_on, other.get_source_display(), other.title) if other else None,
        )
    )


def describe_shorter(record: ServiceRecord, purpose: str) -> str:
    """Return both figures if the record counts for a service of which another ledger has more; `attach_twins`."""
    counted = get_counted_minutes(record, purpose)
    longer = [twin for twin in record.twins if twin.state == "confirmed" and twin.minutes > record.minutes]
    if not counted or not longer:
        return ""
    other = max(longer, key=lambda twin: twin.minutes)
    return explain_shorter(
        record.minutes, record.get_source_display(), other.minutes, other.get_source_display()
    )
