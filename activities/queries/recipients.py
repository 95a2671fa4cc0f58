"""Recipients of messages: the accounts of people."""

from collections.abc import Iterable

from django.db.models import QuerySet

from activities.models import Activity, SignUp
from members.models import User


def find_accounts(members: Iterable[int] | QuerySet) -> QuerySet[User]:
    """Return the accounts of these people; a person without an account gets no message."""
    return User.objects.filter(member__in=members, is_active=True)


def find_participant_accounts(activity: Activity) -> QuerySet[User]:
    """Return the accounts of people who are signed up or wait, and of the stewards."""
    states = (SignUp.State.SIGNED_UP, SignUp.State.WAITING)
    coming = activity.signups.filter(state__in=states).values_list("member", flat=True)
    return find_accounts({*coming, *activity.stewards.values_list("pk", flat=True)})
