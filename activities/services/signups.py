"""Signing up, waiting and cancelling under the activity's lock: one place per person, never too many people.

Lock order: activities by key, then people by key. A service that frees a place gives it on in the same
transaction.
"""

from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities.models import Activity, SignUp
from activities.queries.signups import (
    already_signed_up_problem,
    describe_held_place,
    get_free_places,
    get_signup_window,
    signup_problem,
)
from activities.rules.signups import Places, cancel_problem
from activities.services import notices
from activities.services.waits import (
    fill_free_seats,
    fill_lists,
    get_lowest_seat,
    lock_activity,
    lock_members,
    lock_with_waits,
)
from members.models import Member

State = SignUp.State
HELD = (State.SIGNED_UP, State.WAITING)


@transaction.atomic
def sign_up(*, user, activity_id: int, post_id: int | None = None, now: datetime | None = None) -> SignUp:
    """Take the lowest free place, or the end of the waiting list. Raises ValidationError with the reason."""
    now = now or timezone.now()
    own = Member.objects.visible_to(user, "signup.own").filter(pk=user.member_id)
    member = own.select_related("branch").first()
    activity = lock_activity(Activity.objects.shown_to(member), activity_id) if member else None
    if activity is None:
        raise ValidationError("没有找到这次活动，或它不属于您的学院。")
    member, places = _lock_with_people_before(activity, member, now)
    signup = activity.signups.filter(member=member).first()
    problem = already_signed_up_problem(signup) or signup_problem(activity, member, places, post_id, now)
    if problem:
        raise ValidationError(problem)
    signup = signup or SignUp(activity=activity, member=member)
    signup.post_id = post_id if places.posts else None
    signup.signed_up_at, signup.waiting_since, signup.walk_in = now, None, False
    signup.cancelled_at, signup.cancel_reason, signup.moved_at = None, "", None
    if places.has_room_for(signup.post_id):
        signup.state, signup.seat = State.SIGNED_UP, get_lowest_seat(activity)
    else:
        signup.state, signup.seat, signup.waiting_since = State.WAITING, None, now
    with pghistory.context(user=user.pk):
        signup.save()
    return signup


def _lock_with_people_before(activity: Activity, member: Member, now: datetime) -> tuple[Member, Places]:
    """Lock the person; give free places to people who have waited longer and can come again; return what is left."""
    places, waiting = get_free_places(activity), set()
    if places.free:
        waiting = set(activity.signups.waiting().values_list("member", flat=True))
    people = {person.pk: person for person in lock_members({member.pk, *waiting})}
    if waiting and fill_free_seats(activity, now=now):
        places = get_free_places(activity)
    return people[member.pk], places


@transaction.atomic
def cancel_signup(*, user, activity_id: int, now: datetime | None = None) -> SignUp:
    """Cancel the person's own sign-up; the place goes to the person who has waited longest.

    The lists on which the person waits are looked at too, because a clash may have ended.
    """
    now = now or timezone.now()
    locked = lock_with_waits([activity_id], [user.member_id] if user.member_id else [], now=now)
    own = SignUp.objects.visible_to(user, "signup.own").filter(activity=activity_id, member=user.member_id)
    signup = own.select_for_update(of=("self",)).select_related("activity").filter(state__in=HELD).first()
    if signup is None:
        raise ValidationError("您没有报名这次活动。")
    problem = cancel_problem(now, get_signup_window(signup.activity), describe_held_place(signup))
    if problem:
        raise ValidationError(problem)
    with pghistory.context(user=user.pk):
        release_seat(signup, reason="", now=now)
        fill_lists(locked, now=now)
    return signup


@transaction.atomic
def remove_signup(*, user, signup_id: int, reason: str, now: datetime | None = None) -> SignUp:
    """Remove a person from the list on the organiser's decision, until `readmit_signup`; the person is told why."""
    now = now or timezone.now()
    found = _get_editable_signup(user, signup_id)
    if not reason.strip():
        raise ValidationError({"reason": "请写明原因。"})
    locked = lock_with_waits([found.activity_id], [found.member_id], now=now)
    signup = _lock_signup(user, signup_id)
    if signup.state not in HELD:
        raise ValidationError("名单已有变化，请刷新后重试。")
    if signup.checked_in_at:
        raise ValidationError("该同学已经签入，不能移出名单；如有问题请在考勤中处理。")
    with pghistory.context(user=user.pk, reason=reason.strip()):
        release_seat(signup, reason=reason.strip(), now=now, state=State.REMOVED)
        notices.notify_taken_off(signup, reason.strip())
        fill_lists(locked, now=now)
    return signup


@transaction.atomic
def readmit_signup(*, user, signup_id: int, now: datetime | None = None) -> SignUp:
    """Lift a removal: the person is told, and may sign up or walk in again.

    Raises ValidationError if there is none, or if the activity is over or called off.
    """
    now = now or timezone.now()
    lock_activity(Activity.objects.all(), _get_editable_signup(user, signup_id).activity_id)
    signup = _lock_signup(user, signup_id)
    if signup.state != State.REMOVED:
        raise ValidationError("名单已有变化，请刷新后重试。")
    if signup.activity.state != Activity.State.OPEN or signup.activity.ends_at <= now:
        raise ValidationError("活动已取消或已结束，不需要再恢复报名资格。")
    with pghistory.context(user=user.pk):
        notices.notify_readmitted(signup)
        signup.state, signup.cancel_reason = State.CANCELLED, ""
        signup.save(update_fields=["state", "cancel_reason"])
    return signup


def _get_editable_signup(user, pk: int) -> SignUp:
    found = SignUp.objects.visible_to(user, "activity.edit").filter(pk=pk).first()
    if found is None:
        raise ValidationError("没有找到这条报名。")
    return found


def _lock_signup(user, pk: int) -> SignUp:
    """Lock a sign-up whose activity the caller has locked; what the user may do is asked again."""
    locked = SignUp.objects.visible_to(user, "activity.edit").select_for_update(of=("self",))
    signup = locked.select_related("member", "activity").filter(pk=pk).first()
    if signup is None:
        raise ValidationError("没有找到这条报名。")
    return signup


def release_seat(
    signup: SignUp, *, reason: str, now: datetime, state: SignUp.State = State.CANCELLED
) -> None:
    """End the sign-up, under the activity's lock; the row stays, without a place."""
    signup.state, signup.seat, signup.waiting_since = state, None, None
    signup.cancelled_at, signup.cancel_reason, signup.moved_at = now, reason, None
    signup.save(update_fields=["state", "seat", "waiting_since", "cancelled_at", "cancel_reason", "moved_at"])
