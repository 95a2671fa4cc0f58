"""What an activity's plan must be, whichever service writes it: times, posts, seats, stewards, clashes of its people."""

from collections.abc import Iterable
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from activities.models import Activity, Post, Project, SignUp
from activities.queries.signups import find_clashes
from activities.rules.signups import plan_reseating
from members.models import Member

State = Activity.State
# The rules of hours rely on this limit: no activity lasts longer than a day.
LONGEST = timedelta(days=1)
# So many people are named where a new time clashes with their other activities.
MOST_NAMED = 10


def refuse_small_capacity(activity: Activity, capacity: int) -> None:
    taken = activity.signups.exclude(seat=None).count()
    if capacity < taken:
        raise ValidationError({"capacity": f"已有 {taken} 人报名，名额不能少于 {taken}。"})


def refuse_wrong_plan(activity: Activity, posts: dict[str, int]) -> None:
    """Report at the form's field what the database would refuse too. Raises ValidationError."""
    project, starts = activity.project, activity.starts_at
    day = timezone.localdate(starts)
    wrong = {
        "ends_at": (activity.ends_at <= starts, "结束时间要晚于开始时间。"),
        "starts_at": (
            not project.starts_on <= day <= project.ends_on,
            f"活动日期应在项目期间内（{project.starts_on} 至 {project.ends_on}）。",
        ),
        "signup_closes_at": (
            activity.signup_closes_at <= activity.signup_opens_at,
            "报名截止时间要晚于报名开始时间。",
        ),
        "cancel_until": (activity.cancel_until > starts, "取消报名的期限不能晚于活动开始。"),
        "check_in_opens_at": (activity.check_in_opens_at > starts, "签入开始时间不能晚于活动开始。"),
        "check_in_closes_at": (
            activity.check_in_closes_at <= activity.check_in_opens_at
            or activity.check_in_closes_at > activity.ends_at,
            "签入截止时间应在签入开始之后、活动结束之前。",
        ),
        "check_out_closes_at": (
            activity.check_out_closes_at < activity.ends_at,
            "签出截止时间不能早于活动结束。",
        ),
        "latitude": (
            activity.location_check and (activity.latitude is None or activity.longitude is None),
            "核对签到位置需要填写中心点的纬度和经度。",
        ),
        "capacity": (
            bool(posts) and sum(posts.values()) != activity.capacity,
            "各岗位人数之和应等于名额。",
        ),
    }
    errors = {field: text for field, (broken, text) in wrong.items() if broken}
    if activity.ends_at - starts > LONGEST:
        errors["ends_at"] = "一次活动不能超过 24 小时，请按天分开安排。"
    if errors:
        raise ValidationError(errors)


def find_stewards(project: Project, numbers: Iterable[str]) -> list[Member]:
    """Return the stewards: active people of the school, by student number.

    Raises ValidationError for an unknown one.
    """
    numbers = list(numbers)
    if not numbers:
        return []
    people = Member.objects.filter(school=project.college.school_id, state=Member.State.ACTIVE)
    found = {number: people.find_by_number(number) for number in numbers}
    if missing := [number for number, person in found.items() if person is None]:
        raise ValidationError({"stewards": f"没有找到在籍人员：{'、'.join(missing)}。"})
    return list(dict.fromkeys(found.values()))


def move_high_seats(activity: Activity) -> None:
    """Move people from seats above a smaller capacity to free ones, before the database checks the seats."""
    seats = activity.signups.exclude(seat=None).values_list("seat", flat=True)
    for seat, free in plan_reseating(activity.capacity, filter(None, seats)).items():
        SignUp.objects.filter(activity=activity, seat=seat).update(seat=free)


def write_posts(activity: Activity, posts: dict[str, int]) -> None:
    """Write the posts, matched by name.

    A post on which people are signed up stays, with at least as many places. Raises ValidationError.
    """
    held: dict[int, int] = {}
    for pk in activity.signups.filter(state__in=["signed_up", "waiting"]).values_list("post", flat=True):
        held[pk] = held.get(pk, 0) + 1
    seated = list(activity.signups.exclude(seat=None).values_list("post", flat=True))
    kept = {post.name: post for post in activity.posts.all()}
    for name, post in kept.items():
        if name not in posts and held.get(post.pk):
            raise ValidationError({"posts": f"岗位“{name}”已有人报名，不能删去或改名。"})
        if name in posts and posts[name] < seated.count(post.pk):
            raise ValidationError({"posts": f"岗位“{name}”已有 {seated.count(post.pk)} 人报名。"})
    if posts and not kept and held:
        raise ValidationError({"posts": "已有人报名，不能再增设岗位。"})
    gone = [post.pk for name, post in kept.items() if name not in posts]
    activity.signups.filter(post__in=gone).update(post=None)
    Post.objects.filter(pk__in=gone).delete()
    for name, capacity in posts.items():
        Post.objects.update_or_create(activity=activity, name=name, defaults={"capacity": capacity})


def find_new_clashes(activity: Activity, moved: set[str], *, certain: bool) -> list[SignUp]:
    """Return the sign-ups whose people have another activity at the new time, each with `clash`, its name.

    Raises ValidationError with their names unless the user is certain.
    """
    if activity.state != State.OPEN or not moved & {"starts_at", "ends_at"}:
        return []
    signups = list(activity.signups.signed_up().select_related("member").order_by("pk"))
    clashes = find_clashes(activity, [signup.member_id for signup in signups])
    found = [signup for signup in signups if signup.member_id in clashes]
    for signup in found:
        signup.clash = clashes[signup.member_id]
    if found and not certain:
        names = "、".join(f"{signup.member.name}（{signup.clash}）" for signup in found[:MOST_NAMED])
        more = f" 等 {len(found)} 人" if len(found) > MOST_NAMED else ""
        raise ValidationError(
            {
                "certain": f"新的时间与已报名同学的其他活动冲突：{names}{more}。仍要改的请勾选，他们会收到通知。"
            }
        )
    return found
