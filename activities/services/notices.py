"""Messages to people about their sign-ups. The key names the reason, so nothing is told twice."""

from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from activities.models import Activity, SignUp
from activities.queries.recipients import find_accounts, find_participant_accounts
from activities.rules.signups import Person, find_obstacle, format_moment, person_problem
from members.services.messages import send_messages


def notify_moved_up(signup: SignUp, activity: Activity) -> None:
    """Tell a waiting person that a place became free and is now theirs."""
    _notify_member(
        signup,
        activity,
        title=f"候补成功：{activity.name}",
        text=f"有名额空出，您已报名成功：{describe_when_and_where(activity)}。不能参加的，请及时取消报名。",
        reason=f"up:{_format_key_time(signup.waiting_since)}",
    )


def notify_passed_over(signup: SignUp, activity: Activity, person: Person) -> None:
    """Tell a waiting person why a free place went to somebody else, once for each reason."""
    _notify_member(
        signup,
        activity,
        title=f"候补暂未成功：{activity.name}",
        text=f"有名额空出，但您目前不能参加：{person_problem(person)}您仍在候补名单中，情况变化后仍有机会。",
        reason=f"over:{_format_key_time(signup.waiting_since)}:{find_obstacle(person)}",
    )


def notify_taken_off(signup: SignUp, reason: str) -> None:
    """Tell the person that the sign-up was cancelled, and why."""
    _notify_member(
        signup,
        signup.activity,
        title=f"您的报名已被取消：{signup.activity.name}",
        text=f"{describe_when_and_where(signup.activity)}。原因：{reason}",
        reason=f"off:{_format_key_time(signup.cancelled_at)}",
    )


def notify_activity_changed(activity: Activity) -> None:
    """Tell everybody who is signed up or waits that the name, time or place has changed."""
    send_messages(
        users=find_participant_accounts(activity),
        title=f"活动有变动：{activity.name}"[:100],
        text=f"请留意新的安排：{describe_when_and_where(activity)}。不能参加的，请及时取消报名。",
        url=reverse("offer", args=[activity.pk]),
        key=f"activity:{activity.pk}:changed:{activity.sequence}",
    )


def notify_activity_called_off(activity: Activity) -> None:
    """Tell everybody who is signed up or waits that the activity is cancelled, and why."""
    send_messages(
        users=find_participant_accounts(activity),
        title=f"活动已取消：{activity.name}"[:100],
        text=f"{describe_when_and_where(activity)}的活动已取消。原因：{activity.cancel_reason}",
        url=reverse("offer", args=[activity.pk]),
        key=f"activity:{activity.pk}:cancelled",
    )


def describe_when_and_where(activity: Activity) -> str:
    """Return the local time and the place in everyday words."""
    start, end = timezone.localtime(activity.starts_at), timezone.localtime(activity.ends_at)
    until = f"{end:%H:%M}" if end.date() == start.date() else format_moment(end)
    return f"{format_moment(start)} 至 {until}，{activity.place}"


def _notify_member(signup: SignUp, activity: Activity, *, title: str, text: str, reason: str) -> None:
    send_messages(
        users=find_accounts([signup.member_id]),
        title=title[:100],
        text=text,
        url=reverse("offer", args=[activity.pk]),
        key=f"signup:{signup.pk}:{reason}",
    )


def _format_key_time(at: datetime | None) -> str:
    assert at is not None  # of people who waited, or whose sign-up is cancelled
    return f"{at:%Y%m%d%H%M%S}"
