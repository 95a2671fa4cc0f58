"""Activities feel the state of their project and pairing: they pause, resume, and are called off if nothing returns.

`Activity.pause` is written here alone, always from the parents as they are now, with the activity locked.
"""

from collections.abc import Collection
from datetime import datetime

import pghistory
from django.db import transaction
from django.db.models import Q

from activities.models import Activity, Project
from activities.rules.pauses import RELEASED, WHY, find_pause
from activities.services import notices
from activities.services.waits import fill_lists, lock_with_waits
from pairing.models import Pairing
from pairing.rules import UNDO_WITHIN

State = Activity.State


def lock_ahead_of(projects: Collection[int], *, now: datetime) -> list[Activity]:
    """Lock the published activities of these projects that have not begun, by key, before the projects are locked."""
    ahead = Activity.objects.filter(project__in=projects, state=State.OPEN, starts_at__gt=now)
    return list(ahead.select_for_update(of=("self",)).order_by("pk"))


def refresh_pauses(activities: Collection[Activity], *, now: datetime, why: str = "") -> None:
    """Pause or resume locked activities ahead, as their projects and pairings are now.

    Everybody with a place or on the list is told, stewards and the college too; who has a place may leave until the
    start. Activities in which somebody has checked in have begun and go on. `why`: what has happened, for the message.
    """
    parents = {
        project.pk: project
        for project in Project.objects.filter(
            pk__in={activity.project_id for activity in activities}
        ).select_related("team__pairing__street", "college", "street")
    }
    paused: list[Activity] = []
    resumed: list[Activity] = []
    for activity in activities:
        activity.project = parents[activity.project_id]
        wanted = _find_pause(activity.project)
        if wanted == activity.pause or not _is_ahead(activity, now):
            continue
        activity.pause, activity.sequence = wanted, activity.sequence + 1
        activity.save(update_fields=["pause", "sequence"])
        (paused if wanted else resumed).append(activity)
    for activity in paused:
        activity.signups.signed_up().update(moved_at=now)
        notices.notify_activity_paused(activity, why or WHY[activity.pause])
    for activity in resumed:
        notices.notify_activity_resumed(activity)
    notices.notify_college_of_pauses(paused, why=why)
    notices.notify_college_of_pauses(resumed, why=why)
    fill_lists(resumed, now=now)


def _find_pause(project: Project) -> str:
    team = project.team
    return find_pause(
        at_street=team is not None,
        agreed=project.state == Project.State.PUBLISHED,
        paired=team is not None and team.pairing.state == Pairing.State.ACTIVE,
    )


def _is_ahead(activity: Activity, now: datetime) -> bool:
    begun = activity.starts_at <= now or activity.signups.checked_in().exists()
    return activity.state == State.OPEN and not begun


def call_off_orphans(*, now: datetime) -> int:
    """Call off what nothing brought back, with the true reason; return how many activities.

    These are activities whose pairing was released more than a day ago, and paused ones whose time is over: nobody
    could check in there, and nobody is noted as absent. A second run finds nothing.
    """
    lost = Q(pause=RELEASED, project__team__pairing__ended_at__lte=now - UNDO_WITHIN)
    orphans = Activity.objects.filter(lost | Q(ends_at__lte=now), state=State.OPEN).exclude(pause="")
    called_off = 0
    for pk in list(orphans.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            called_off += _call_off_orphan(pk, orphans, now)
    return called_off


def _call_off_orphan(pk: int, orphans, now: datetime) -> int:
    """Call one off under its lock, if it still is one; the places that it held free people for other lists."""
    people = list(Activity.objects.filter(pk=pk).values_list("signups__member", flat=True))
    locked = lock_with_waits([pk], [person for person in people if person], now=now)
    activity = orphans.filter(pk=pk).select_related("project__team__pairing__street").first()
    if activity is None:
        return 0
    write_call_off(activity, reason=_describe_loss(activity))
    fill_lists([other for other in locked if other.pk != pk], now=now)
    return 1


def _describe_loss(activity: Activity) -> str:
    if activity.pause != RELEASED:
        return "到活动结束时街乡没有同意，活动没有举行。"
    team = activity.project.team
    assert team is not None  # only service at a street is paused
    pairing = team.pairing
    return f"与{pairing.street}的结对已解除：{pairing.end_reason}"


def write_call_off(activity: Activity, *, reason: str, user=None) -> None:
    """Write that a locked activity is called off, and tell everybody who is signed up, waits or runs it."""
    reason = reason[: Activity._meta.get_field("cancel_reason").max_length]
    activity.state, activity.cancel_reason, activity.pause = State.CANCELLED, reason, ""
    activity.sequence += 1
    with pghistory.context(user=user and user.pk, reason=reason):
        activity.save(update_fields=["state", "cancel_reason", "pause", "sequence"])
        notices.notify_activity_called_off(activity)
