"""Whose inbox: the accounts behind people, colleges and streets."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from activities.models import Activity, Project, SignUp
from members.models import Grant, User
from members.permissions import Role


def accounts_of(members: Iterable[int]) -> QuerySet[User]:
    """The own accounts of people of the roster; whoever has none is told nothing."""
    return User.objects.filter(member__in=members, is_active=True)


def college_of(project: Project, now: datetime) -> list[User]:
    """Who runs the college today."""
    return secretaries_of(project.college_id, now)


def secretaries_of(college_id: int, now: datetime) -> list[User]:
    return _holders(now, role=Role.COLLEGE_SECRETARY, college=college_id)


def street_of(project: Project, now: datetime) -> list[User]:
    """The liaisons of the street at which the project is; nobody for other service."""
    if project.team is None:
        return []
    return _holders(now, role=Role.LIAISON, street=project.street_id)


def coming_to(activity: Activity) -> QuerySet[User]:
    """Those who are signed up or wait."""
    states = (SignUp.State.SIGNED_UP, SignUp.State.WAITING)
    return accounts_of(activity.signups.filter(state__in=states).values("member"))


def _holders(now: datetime, **where) -> list[User]:
    grants = Grant.objects.active_on(timezone.localdate(now)).filter(user__is_active=True, **where)
    return [grant.user for grant in grants.select_related("user")]
