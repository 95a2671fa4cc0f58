"""How many people of a roster have an account, and how many of them have got in."""

from django.db.models import Count, Q, QuerySet

from members.models import Member
from members.queries.activation import filter_activated


def count_accounts(people: QuerySet[Member]) -> dict[str, int]:
    """Return the numbers `people`, `accounts` and `activated` (accounts with a way in), by one query."""
    return people.aggregate(
        people=Count("pk"),
        accounts=Count("user"),
        activated=Count("pk", filter=Q(user__isnull=False) & Q(filter_activated("user__"))),
    )
