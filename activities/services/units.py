"""A person moves to another college or leaves the school: what lies ahead there ends with a message; the past stays.

Attended hours and objections stay with the college of the activity (`activities.querysets.build_deciding_q`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

import pghistory
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity
from activities.services.departures import end_lapsed_in, filter_lapsed
from activities.services.waits import lock_members, lock_with_waits
from members.models import Member
from members.queries.receivers import build_college_office
from members.services.notify import notify
from members.services.spells import Move
from pairing.models import Pairing, TeamMembership

HAS_LEFT = (Member.State.TRANSFERRED, Member.State.GRADUATED)
BATCH = 1_000


def follow_units(moves: Sequence[Move]) -> None:
    """End what lies ahead of people who have moved or left, right after the change is committed.

    Activities are locked before people, so it cannot happen while the people are locked. The clock finds whom a
    broken connection has left out (`end_departed`).
    """
    gone = [
        move.member_id
        for move in moves
        if move.old.branch_id != move.new.branch_id or move.new.state != Member.State.ACTIVE
    ]
    if gone:
        transaction.on_commit(partial(end_departed, people=gone), robust=True)


def end_departed(*, people: Collection[int] | None = None, now: datetime | None = None) -> int:
    """End memberships, future sign-ups and stewardships of people who may no longer hold them; return how many.

    `people`: only of these. Safe to call at any time; a second run finds nothing.
    """
    now = now or timezone.now()
    only = Q() if people is None else Q(member__in=list(people))
    ended = _end_sign_ups(only, now) + _end_memberships(only, now)
    return ended + _end_stewardships(people, now)


def _end_sign_ups(only: Q, now: datetime) -> int:
    ended = 0
    lapsed = filter_lapsed(now).filter(only)
    for pk in list(lapsed.order_by("activity").values_list("activity", flat=True).distinct()):
        with transaction.atomic():
            inside = lapsed.filter(activity=pk).values_list("member", flat=True)
            ended += end_lapsed_in(lock_with_waits([pk], inside, now=now), now)
    return ended


def _filter_foreign_memberships() -> QuerySet[TeamMembership]:
    """Return the memberships of people who are in another college now or have left the school."""
    elsewhere = ~Q(member__branch__college=F("team__pairing__college"))
    memberships = TeamMembership.objects.active().filter(team__pairing__state=Pairing.State.ACTIVE)
    return memberships.filter(elsewhere | Q(member__state__in=HAS_LEFT))


def _end_memberships(only: Q, now: datetime) -> int:
    found = list(_filter_foreign_memberships().filter(only).order_by("pk").values_list("pk", "member"))
    for start in range(0, len(found), BATCH):
        batch = found[start : start + BATCH]
        with transaction.atomic():
            lock_members(member for _, member in batch)
            _write_membership_ends([pk for pk, _ in batch], now)
    return len(found)


def _write_membership_ends(ids: list[int], now: datetime) -> None:
    """End these memberships if they still have to end. Nobody is barred: nobody has removed them."""
    foreign = _filter_foreign_memberships().filter(pk__in=ids).select_for_update(of=("self",))
    for membership in foreign.select_related("member__branch__college", "team__pairing__college"):
        left = membership.member.state in HAS_LEFT
        college = membership.team.pairing.college
        reason = "已不在籍" if left else f"已不在{college}"
        membership.left_at, membership.leave_reason = now, reason
        with pghistory.context(reason=reason):
            membership.save(update_fields=["left_at", "leave_reason"])
        notify(
            membership.member,
            "team_left",
            reverse("home" if left else "my_team"),
            key=f"team:left:{membership.pk}",
            team=membership.team,
            reason=reason,
            left=left,
        )


def _end_stewardships(people: Collection[int] | None, now: datetime) -> int:
    """Take people who are not active at the school any more off the stewards of what lies ahead; tell the college."""
    through = Activity.stewards.through.objects
    gone = through.exclude(member__state=Member.State.ACTIVE).filter(
        activity__ends_at__gt=now, activity__closed_at=None
    )
    if people is not None:
        gone = gone.filter(member__in=list(people))
    rows = list(gone.exclude(activity__state=Activity.State.CANCELLED).order_by("activity", "member"))
    for row in rows:
        with transaction.atomic():
            if not through.filter(pk=row.pk).delete()[0]:
                continue
            activity = Activity.objects.select_related("project").get(pk=row.activity_id)
            notify(
                build_college_office(activity.project.college_id),
                "steward_left",
                activity.get_absolute_url(),
                key=f"steward:{row.pk}:left",
                activity=activity,
                person=Member.objects.get(pk=row.member_id),
            )
    return len(rows)
