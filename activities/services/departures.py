"""Departures from the team: the person's future sign-ups end, and waiting people move up."""

from datetime import datetime

import pghistory
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from activities.models import Activity, SignUp
from activities.services import notices
from activities.services.signups import HELD, release_seat
from activities.services.waits import fill_lists, lock_with_waits
from members.models import Member
from pairing.models import Pairing, TeamMembership
from pairing.services import teams

LEFT_TEAM = "您已不在服务队。"
LEFT_COLLEGE = "您已不在{college}。"
NOT_ACTIVE = "您目前不在籍。"


@transaction.atomic
def leave_team(*, user, membership_id: int, now: datetime | None = None) -> TeamMembership:
    """Let a member leave the team and end the member's future sign-ups at its street."""
    now = now or timezone.now()
    own = TeamMembership.objects.active().filter(pk=membership_id, member=user.member_id)
    activities = _lock_team_activities(own, now)
    membership = teams.end_own_membership(user=user, membership_id=membership_id)
    with pghistory.context(user=user.pk):
        end_lapsed_in(activities, now)
    return membership


@transaction.atomic
def remove_from_team(*, user, membership_id: int, reason: str, now: datetime | None = None) -> TeamMembership:
    """Remove a person from the team on the college's decision and end the future sign-ups at its street."""
    now = now or timezone.now()
    seen = TeamMembership.objects.visible_to(user, "team.edit").active().filter(pk=membership_id)
    activities = _lock_team_activities(seen, now)
    membership = teams.end_membership(user=user, membership_id=membership_id, reason=reason)
    with pghistory.context(user=user.pk, reason=reason):
        end_lapsed_in(activities, now)
    return membership


def filter_lapsed(now: datetime) -> QuerySet[SignUp]:
    """Return held places in future activities of people who may not come.

    They are not active, of another college now, or not in the team of an activity at the street. A team that closed
    with its pairing says nothing about a person: its activities pause, and come back or are called off.
    """
    inside = TeamMembership.objects.active().filter(
        member=OuterRef("member"), team=OuterRef("activity__project__team")
    )
    return SignUp.objects.filter(
        ~Q(member__state=Member.State.ACTIVE)
        | ~Q(member__branch__college=F("activity__project__college"))
        | Q(activity__project__team__pairing__state=Pairing.State.ACTIVE) & ~Exists(inside),
        state__in=HELD,
        checked_in_at=None,
        activity__state=Activity.State.OPEN,
        activity__starts_at__gt=now,
    )


def lock_activities_ahead(people: QuerySet[Member], now: datetime) -> list[Activity]:
    """Lock the future activities in which these people hold a place, and the people, before they leave."""
    ahead = SignUp.objects.filter(member__in=people.values("pk"), activity__starts_at__gt=now, state__in=HELD)
    return lock_with_waits(
        ahead.values_list("activity", flat=True), people.values_list("pk", flat=True), now=now
    )


def _lock_team_activities(memberships: QuerySet[TeamMembership], now: datetime) -> list[Activity]:
    """Lock the future activities at the street for which these people are signed up or wait."""
    ahead = SignUp.objects.filter(
        member__in=memberships.values("member"),
        activity__project__team__in=memberships.values("team"),
        activity__starts_at__gt=now,
        state__in=HELD,
    )
    return lock_with_waits(
        ahead.values_list("activity", flat=True), memberships.values_list("member", flat=True), now=now
    )


def end_lapsed_in(activities: list[Activity], now: datetime) -> int:
    """End the places of people who may no longer come, in activities the caller has locked.

    Then waiting people move up in all of them: a clash may have ended.
    """
    ended = 0
    for activity in activities:
        lapsed = filter_lapsed(now).filter(activity=activity).select_for_update(of=("self",))
        lapsed = lapsed.select_related("member__branch", "activity__project__college").order_by("pk")
        for signup in lapsed:
            reason = _describe_lapse(signup)
            release_seat(signup, reason=reason.removeprefix("您"), now=now)
            notices.notify_taken_off(signup, reason)
            ended += 1
    fill_lists(activities, now=now)
    return ended


def _describe_lapse(signup: SignUp) -> str:
    """Return to the person why the sign-up ends."""
    college = signup.activity.project.college
    if signup.member.state != Member.State.ACTIVE:
        return NOT_ACTIVE
    if signup.member.branch.college_id != college.pk:
        return LEFT_COLLEGE.format(college=college)
    return LEFT_TEAM
