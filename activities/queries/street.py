"""An activity in the eyes of its street: how many people."""

from django.db.models import Count, Q, QuerySet

from activities.queries.attendance import TAKES_PART


def with_people(activities: QuerySet) -> QuerySet:
    """`expected` and `arrived`: who holds a place, and who has come."""
    part = Q(signups__state__in=TAKES_PART)
    return activities.annotate(
        expected=Count("signups", filter=part),
        arrived=Count("signups", filter=part & Q(signups__checked_in_at__isnull=False)),
    )
