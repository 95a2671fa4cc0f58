"""Recipients of messages: the accounts of people, colleges and streets."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from activities.models import Activity, Project, SignUp
from members.models import Grant, User
from members.permissions import Role


def find_accounts(members: Iterable[int] | QuerySet) -> QuerySet[User]:
    """Return the accounts of these people; a person without an account gets no message."""
    return User.objects.filter(member__in=members, is_active=True)


def list_project_secretaries(project: Project, now: datetime) -> list[User]:
    """Return today's secretaries of the project's college."""
    return list_college_secretaries(project.college_id, now)


def list_college_secretaries(college_id: int, now: datetime) -> list[User]:
    """Return the accounts of the college's secretaries on that day."""
    return _list_role_holders(now, role=Role.COLLEGE_SECRETARY, college=college_id)


def list_project_liaisons(project: Project, now: datetime) -> list[User]:
    """Return the liaisons who work at the project's street for its school; none for other service."""
    if project.team is None:
        return []
    school = project.college.school_id
    return _list_role_holders(now, role=Role.LIAISON, street=project.street_id, school=school)


def find_participant_accounts(activity: Activity) -> QuerySet[User]:
    """Return the accounts of people who are signed up or wait."""
    states = (SignUp.State.SIGNED_UP, SignUp.State.WAITING)
    return find_accounts(activity.signups.filter(state__in=states).values("member"))


def _list_role_holders(now: datetime, **where) -> list[User]:
    grants = Grant.objects.active_on(timezone.localdate(now)).filter(user__is_active=True, **where)
    return [grant.user for grant in grants.select_related("user")]
