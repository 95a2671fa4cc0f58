"""Signing up, waiting and cancelling under the activity's lock: one place per person, never too many people.

Lock order: activities by key, then people by key. A service that frees a place gives it on in the same
transaction.
"""

from collections.abc import Iterable
from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from activities.models import Activity, SignUp
from activities.queries.signups import (
    already_signed_up_problem,
    build_person_facts,
    find_clashes,
    find_people_in_team,
    get_free_places,
    get_signup_window,
    signup_problem,
)
from activities.rules.signups import (
    cancel_problem,
    find_obstacle,
    is_moving_up_open,
    list_free_seats,
)
from activities.services import notices
from members.models import Member

State = SignUp.State
HELD = (State.SIGNED_UP, State.WAITING)


@transaction.atomic
def sign_up(*, user, activity_id: int, post_id: int | None = None, now: datetime | None = None) -> SignUp:
    """Take the lowest free place, or the end of the waiting list. Raises ValidationError with the reason."""
    now = now or timezone.now()
    own = Member.objects.visible_to(user, "signup.own").filter(pk=user.member_id)
    member = own.select_related("branch").first()
    activity = lock_activity(Activity.objects.offered_to(member), activity_id) if member else None
    if activity is None:
        raise ValidationError("没有找到这次活动，或它不属于您的学院。")
    member = lock_members([member.pk])[0]
    signup = activity.signups.filter(member=member).first()
    places = get_free_places(activity)
    problem = already_signed_up_problem(signup) or signup_problem(activity, member, places, post_id, now)
    if problem:
        raise ValidationError(problem)
    signup = signup or SignUp(activity=activity, member=member)
    signup.post_id = post_id if places.posts else None
    signup.signed_up_at, signup.waiting_since, signup.walk_in = now, None, False
    signup.cancelled_at, signup.cancel_reason = None, ""
    if places.has_room_for(signup.post_id):
        signup.state, signup.seat = State.SIGNED_UP, _get_lowest_seat(activity)
    else:
        signup.state, signup.seat, signup.waiting_since = State.WAITING, None, now
    with pghistory.context(user=user.pk):
        signup.save()
    return signup


@transaction.atomic
def cancel_signup(*, user, activity_id: int, now: datetime | None = None) -> SignUp:
    """Cancel the person's own sign-up; the place goes to the person who has waited longest."""
    now = now or timezone.now()
    activity = lock_activity(Activity.objects.all(), activity_id)
    own = SignUp.objects.visible_to(user, "signup.own").filter(activity=activity, member=user.member_id)
    signup = own.select_for_update(of=("self",)).filter(state__in=HELD).first()
    if activity is None or signup is None:
        raise ValidationError("您没有报名这次活动。")
    problem = cancel_problem(
        now,
        get_signup_window(activity),
        waiting=signup.state == State.WAITING,
        checked_in=signup.checked_in_at is not None,
    )
    if problem:
        raise ValidationError(problem)
    with pghistory.context(user=user.pk):
        release_seat(signup, reason="", now=now)
        fill_free_seats(activity, now=now)
    return signup


@transaction.atomic
def remove_signup(*, user, signup_id: int, reason: str, now: datetime | None = None) -> SignUp:
    """Remove a person from the list on the organiser's decision; the person is told why."""
    now = now or timezone.now()
    found = SignUp.objects.visible_to(user, "activity.edit").filter(pk=signup_id).first()
    if found is None:
        raise ValidationError("没有找到这条报名。")
    if not reason.strip():
        raise ValidationError({"reason": "请写明原因。"})
    activity = lock_activity(Activity.objects.visible_to(user, "activity.edit"), found.activity_id)
    if activity is None:
        raise ValidationError("没有找到这条报名。")
    signups = SignUp.objects.select_for_update(of=("self",)).select_related("member", "activity")
    signup = signups.get(pk=signup_id)
    if signup.state not in HELD:
        raise ValidationError("名单已有变化，请刷新后重试。")
    if signup.checked_in_at:
        raise ValidationError("该同学已经签入，不能移出名单；如有问题请在考勤中处理。")
    with pghistory.context(user=user.pk, reason=reason.strip()):
        release_seat(signup, reason=reason.strip(), now=now)
        notices.notify_taken_off(signup, reason.strip())
        fill_free_seats(activity, now=now)
    return signup


# --- for other services, under the activity's lock ----------------------------------------------------------------


def lock_activity(activities: QuerySet, pk: int) -> Activity | None:
    """Lock one activity of the set, and load its project, team and college; None if it is not in the set."""
    locked = activities.select_for_update(of=("self",)).select_related("project__team", "project__college")
    return locked.filter(pk=pk).first()


def lock_members(ids: Iterable[int]) -> list[Member]:
    """Lock people by key. NO KEY UPDATE: rows that merely refer to a person may be written meanwhile."""
    people = Member.objects.select_for_update(of=("self",), no_key=True).select_related("branch")
    return list(people.filter(pk__in=list(ids)).order_by("pk"))


def release_seat(signup: SignUp, *, reason: str, now: datetime) -> None:
    """Cancel the sign-up; the row stays, without a place."""
    signup.state, signup.seat, signup.waiting_since = State.CANCELLED, None, None
    signup.cancelled_at, signup.cancel_reason = now, reason
    signup.save(update_fields=["state", "seat", "waiting_since", "cancelled_at", "cancel_reason"])


def fill_free_seats(activity: Activity, *, now: datetime) -> list[SignUp]:
    """Give free places to waiting people in their order; return the sign-ups that moved up.

    A person who cannot come now stays waiting and is told why.
    """
    if not is_moving_up_open(now, get_signup_window(activity), is_open=activity.state == Activity.State.OPEN):
        return []
    places = get_free_places(activity)
    if not places.free:
        return []
    waiting = list(activity.signups.waiting())
    people = {member.pk: member for member in lock_members(signup.member_id for signup in waiting)}
    clashes, team = find_clashes(activity, people), find_people_in_team(activity, people)
    moved = []
    for signup in waiting:
        if not places.has_room_for(signup.post_id):
            continue
        member = people[signup.member_id]
        person = build_person_facts(activity, member, team, clashes)
        if find_obstacle(person):
            notices.notify_passed_over(signup, activity, person)
            continue
        places = places.take_place(signup.post_id)
        signup.state, signup.seat = State.SIGNED_UP, _get_lowest_seat(activity)
        signup.save(update_fields=["state", "seat"])
        notices.notify_moved_up(signup, activity)
        moved.append(signup)
    return moved


def _get_lowest_seat(activity: Activity) -> int:
    taken = set(filter(None, activity.signups.exclude(seat=None).values_list("seat", flat=True)))
    return list_free_seats(activity.capacity, taken)[0]
