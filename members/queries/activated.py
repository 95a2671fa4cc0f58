"""How many people of a roster have an account, and how many of them have got in."""

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from members.models import Member

# An account opens with its own password or with a campus or WeChat sign-in that is linked to it.
ACTIVATED = (
    Q(user__password__gt="")
    & ~Q(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)
    | Exists(SocialAccount.objects.filter(user=OuterRef("user")))
)  # fmt: skip


def count_accounts(people: QuerySet[Member]) -> dict[str, int]:
    """Return the numbers `people`, `accounts` and `activated` (accounts with a way in), by one query."""
    return people.aggregate(
        people=Count("pk"),
        accounts=Count("user"),
        activated=Count("pk", filter=Q(user__isnull=False) & Q(ACTIVATED)),
    )
