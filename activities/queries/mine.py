"""Queries on a person's own ledger: what counts, what waits, and each semester's visit.

Each function takes a QuerySet of records that `visible_to` has narrowed.
"""

from datetime import date

from django.db.models import Q, Sum

from activities.querysets import RecordQuerySet
from members.models import Semester, ServiceYear
from pairing.models import Pairing


def sum_minutes_by_state(records: RecordQuerySet, year: ServiceYear) -> dict[str, int]:
    """Return {"counted", "waiting", "rejected"} for the appraisal in whole minutes, in one query."""
    rejected = Q(state="rejected", source__in=year.appraisal_sources)
    sums = records.aggregate(
        sum_counted=Sum("counted__appraisal", default=0),
        sum_waiting=Sum("counted__waiting", default=0),
        sum_rejected=Sum("minutes", filter=rejected, default=0),
    )
    return {name.removeprefix("sum_"): int(minutes) for name, minutes in sums.items()}


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
