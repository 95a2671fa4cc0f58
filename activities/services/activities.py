"""Services that plan, copy, repeat, change, publish and cancel activities."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities.models import Activity, Post, Project, SignUp
from activities.services import notices
from activities.services.pauses import refresh_pauses, write_call_off
from activities.services.plans import (
    find_new_clashes,
    find_stewards,
    move_high_seats,
    refuse_small_capacity,
    refuse_wrong_plan,
    write_posts,
)
from activities.services.projects import require_paired_street
from activities.services.waits import fill_lists, lock_activity, lock_with_waits
from members.services.unchanged import Check, accept_all

State = Activity.State
TIMES = (
    "starts_at",
    "ends_at",
    "signup_opens_at",
    "signup_closes_at",
    "cancel_until",
    "check_in_opens_at",
    "check_in_closes_at",
    "check_out_closes_at",
)
# Fields that a copy and a weekly repetition take over; each activity has sign-ups, a key and a settling of
# its own.
COPIED = ("name", "place", "capacity", "walk_ins", "location_check", "latitude", "longitude", "radius_m")
MOST_WEEKS = 20
# Within this time an equal form is a duplicate: a second tap, or a page loaded again.
TWICE_WITHIN = timedelta(minutes=1)
# People who have the activity in a calendar must be told of changes to these fields.
IN_CALENDARS = ("name", "place", "starts_at", "ends_at")
# Of these, a new name is no reason to leave.
WHEN_AND_WHERE = {"place", "starts_at", "ends_at"}


@transaction.atomic
def create_activity(
    *,
    user,
    project_id: int,
    values: dict,
    posts: dict[str, int],
    stewards: Iterable[str],
    published: bool,
    now: datetime | None = None,
) -> Activity:
    """Create an activity of a project. `posts`: {name: places}, `stewards`: student numbers.

    Raises ValidationError, also for a duplicate of an activity just created.
    """
    project = _lock_plannable_project(user, project_id)
    activity = Activity(project=project, street=project.street, created_by=user, **values)
    refuse_wrong_plan(activity, posts)
    if published:
        _require_published_project(project)
        _refuse_past_activity(activity, now)
        activity.state = State.OPEN
    _refuse_duplicate_activity([activity])
    with pghistory.context(user=user.pk):
        activity.save()
        Post.objects.bulk_create(
            Post(activity=activity, name=name, capacity=capacity) for name, capacity in posts.items()
        )
        activity.stewards.add(*find_stewards(project, stewards))
    return activity


@transaction.atomic
def edit_activity(
    *,
    user,
    activity_id: int,
    values: dict,
    posts: dict[str, int],
    stewards: Iterable[str],
    certain: bool = False,
    unchanged: Check = accept_all,
    now: datetime | None = None,
) -> Activity:
    """Change an activity; nobody loses a place. `unchanged` refuses if the page showed something else.

    Everybody who is signed up or waits is told a new name, time or place, and may leave until the start. What it no
    longer clashes with moves up. If the new time clashes with what people have signed up for elsewhere, they are named
    first; `certain`: the user has seen them, and they are told. Raises ValidationError.
    """
    now = now or timezone.now()
    others = _lock_with_waits(activity_id, now)
    activity = _lock_activity(user, activity_id)
    unchanged(activity)
    deadline = activity.cancel_until
    moved = _set_plan(activity, values, posts, now)
    clashes = find_new_clashes(activity, moved, certain=certain)
    with pghistory.context(user=user.pk):
        move_high_seats(activity)
        activity.save()
        write_posts(activity, posts)
        activity.stewards.set(find_stewards(activity.project, stewards))
        if activity.state == State.OPEN:
            _open_ways_out(activity, moved, deadline=deadline, now=now)
            refresh_pauses([activity], now=now)
            fill_lists([activity, *others], now=now)
            _tell_of_change(activity, moved, now)
            for signup in clashes:
                notices.notify_new_clash(signup, activity)
    return activity


def _set_plan(activity: Activity, values: dict, posts: dict[str, int], now: datetime) -> set[str]:
    """Set the new plan; return which of IN_CALENDARS it changes. Raises ValidationError for what no plan may be."""
    moved = {name for name in IN_CALENDARS if getattr(activity, name) != values[name]}
    _refuse_late_change(activity, moved)
    refuse_small_capacity(activity, values["capacity"])
    for name, value in values.items():
        setattr(activity, name, value)
    refuse_wrong_plan(activity, posts)
    if activity.state == State.OPEN and moved & {"starts_at", "ends_at"}:
        _refuse_past_activity(activity, now)
    if activity.starts_at > now:
        activity.street_id = activity.project.street_id
    if moved:
        activity.sequence += 1
    if "place" in moved:
        activity.place_open = False
    return moved


def _refuse_late_change(activity: Activity, moved: set[str]) -> None:
    if activity.closed_at or activity.state == State.CANCELLED:
        raise ValidationError("活动已取消或考勤已结束，不能再修改。")
    if moved & {"starts_at", "ends_at"} and _has_check_in(activity):
        raise ValidationError({"starts_at": "已经有人签入，不能再改时间。"})


def _tell_of_change(activity: Activity, moved: set[str], now: datetime) -> None:
    if moved:
        may_leave = moved & WHEN_AND_WHERE and activity.starts_at > now
        notices.notify_activity_changed(activity, until=activity.starts_at if may_leave else None)


def _open_ways_out(activity: Activity, moved: set[str], *, deadline: datetime, now: datetime) -> None:
    """Let the people with a place leave until the start, if the activity moved or its deadline went into the past."""
    passed = activity.cancel_until <= now < deadline
    if activity.starts_at > now and (moved & WHEN_AND_WHERE or passed):
        activity.signups.signed_up().update(moved_at=now)


@transaction.atomic
def publish_activity(*, user, activity_id: int, now: datetime | None = None) -> Activity:
    """Publish a draft whose project is published and whose time has not passed.

    Raises ValidationError otherwise.
    """
    activity = _lock_activity(user, activity_id)
    if activity.state != State.DRAFT:
        raise ValidationError("这次活动已经发布或已取消。")
    _refuse_past_activity(activity, now)
    _require_published_project(activity.project)
    activity.state = State.OPEN
    with pghistory.context(user=user.pk):
        activity.save(update_fields=["state"])
    return activity


@transaction.atomic
def call_off_activity(*, user, activity_id: int, reason: str, now: datetime | None = None) -> Activity:
    """Cancel the activity with a reason, before anybody has checked in.

    The sign-ups stay on record, and everybody who is signed up or waits is told. People who waited elsewhere because
    of it move up there.
    """
    now = now or timezone.now()
    others = _lock_with_waits(activity_id, now)
    activity = _lock_activity(user, activity_id)
    if not reason.strip():
        raise ValidationError({"reason": "请写明原因。"})
    if activity.state == State.CANCELLED:
        raise ValidationError("这次活动已经取消。")
    if activity.closed_at or _has_check_in(activity):
        raise ValidationError("已经有人签入，不能取消；请结束考勤并处理名单。")
    write_call_off(activity, reason=reason.strip(), user=user)
    with pghistory.context(user=user.pk, reason=activity.cancel_reason):
        fill_lists(others, now=now)
    return activity


@transaction.atomic
def repeat_activity_weekly(
    *, user, activity_id: int, weeks: int, now: datetime | None = None
) -> list[Activity]:
    """Create the same activity once a week for `weeks` more weeks, each in the state of this one.

    Sign-up for each opens as long before it as for the first, or now.
    """
    first = _lock_activity(user, activity_id)
    first.project = _lock_plannable_project(user, first.project_id)
    if first.state == State.CANCELLED:
        raise ValidationError("活动已取消，不能重复。")
    if not 1 <= weeks <= MOST_WEEKS:
        raise ValidationError({"weeks": f"请填写 1 至 {MOST_WEEKS} 周。"})
    if first.state == State.OPEN:
        _require_published_project(first.project)
    posts = dict(first.posts.values_list("name", "capacity"))
    stewards = list(first.stewards.all())
    made = [copy_activity(first, shift=timedelta(weeks=week)) for week in range(1, weeks + 1)]
    _refuse_duplicate_activity(made)
    with pghistory.context(user=user.pk):
        for activity in made:
            activity.created_by, activity.state = user, first.state
            refuse_wrong_plan(activity, posts)
            if first.state == State.OPEN:
                _refuse_past_activity(activity, now)
            activity.save()
            write_posts(activity, posts)
            activity.stewards.set(stewards)
    return made


def copy_activity(activity: Activity, *, shift: timedelta) -> Activity:
    """Return an unsaved activity with the same plan later.

    Beijing has no summer time, so a week later means the same time on the clock.
    """
    fields = {name: getattr(activity, name) for name in COPIED}
    times = {name: getattr(activity, name) + shift for name in TIMES}
    return Activity(project=activity.project, street_id=activity.project.street_id, **fields, **times)


def _lock_plannable_project(user, pk: int) -> Project:
    """Lock the project until the activity is written: its street and the street's agreement stay the same."""
    projects = Project.objects.visible_to(user, "activity.edit").select_related("college", "team", "street")
    project = projects.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
    if project is None:
        raise ValidationError("没有找到这个项目，或您不能为它安排活动。")
    if project.state == Project.State.CLOSED:
        raise ValidationError("项目已结束，不能再安排活动。")
    return project


def _lock_activity(user, pk: int) -> Activity:
    """Lock an activity that the user may edit. Raises ValidationError."""
    activity = lock_activity(Activity.objects.visible_to(user, "activity.edit"), pk)
    if activity is None:
        raise ValidationError("没有找到这次活动，或您不能修改它。")
    return activity


def _lock_with_waits(pk: int, now: datetime) -> list[Activity]:
    """Lock the activity and the lists on which people wait who have a place in it, all by key; return these lists."""
    people = SignUp.objects.signed_up().filter(activity=pk).values_list("member", flat=True)
    return [activity for activity in lock_with_waits([pk], people, now=now) if activity.pk != pk]


def _require_published_project(project: Project) -> None:
    if project.state != Project.State.PUBLISHED:
        raise ValidationError("项目发布后才能发布活动；可以先保存为草稿。")
    if project.street_id:
        require_paired_street(project)


def _refuse_past_activity(activity: Activity, now: datetime | None) -> None:
    if activity.ends_at <= (now or timezone.now()):
        day = timezone.localdate(activity.starts_at)
        raise ValidationError(f"{day.month}月{day.day}日的活动时间已过，请先修改时间再发布。")


def _refuse_duplicate_activity(made: list[Activity]) -> None:
    """Refuse a duplicate; since the project is locked, the second of two requests sees the first."""
    same = Activity.objects.filter(
        project=made[0].project,
        name=made[0].name,
        starts_at__in=[activity.starts_at for activity in made],
        created_at__gt=timezone.now() - TWICE_WITHIN,
    )
    if same.exists():
        raise ValidationError("刚刚已经建立了同名、同时间的活动，请在项目页面查看，不要重复提交。")


def _has_check_in(activity: Activity) -> bool:
    """Has anybody checked in? Asked with the sign-ups locked.

    A check-in at the same moment is either counted here or finds the activity changed.
    """
    signups = activity.signups.select_for_update(of=("self",)).order_by("pk")
    return any(list(signups.values_list("checked_in_at", flat=True)))
