"""Activities as their street sees them: the number of people."""

from django.db.models import Count, Q, QuerySet

from activities.queries.attendance import TAKES_PART


def annotate_participants(activities: QuerySet) -> QuerySet:
    """Add `expected` (people with a place or walked in) and `arrived` (people who came) to each activity."""
    part = Q(signups__state__in=TAKES_PART)
    return activities.annotate(
        expected=Count("signups", filter=part),
        arrived=Count("signups", filter=part & Q(signups__checked_in_at__isnull=False)),
    )
