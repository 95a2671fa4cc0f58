"""Messages to people about their sign-ups. The key names the reason, so nothing is told twice."""

from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from activities.models import Activity, SignUp
from activities.queries.recipients import accounts_of, coming_to
from activities.rules.signups import Person, moment, obstacle, person_problem
from members.services.messages import send


def moved_up(signup: SignUp, activity: Activity) -> None:
    """Tell a waiting person that a place became free and is now theirs."""
    _tell_one(
        signup,
        activity,
        title=f"候补成功：{activity.name}",
        text=f"有名额空出，您已报名成功：{when_and_where(activity)}。不能参加的，请及时取消报名。",
        reason=f"up:{_stamp(signup.waiting_since)}",
    )


def passed_over(signup: SignUp, activity: Activity, person: Person) -> None:
    """Tell a waiting person why a free place went to somebody else, once for each reason."""
    _tell_one(
        signup,
        activity,
        title=f"候补暂未成功：{activity.name}",
        text=f"有名额空出，但您目前不能参加：{person_problem(person)}您仍在候补名单中，情况变化后仍有机会。",
        reason=f"over:{_stamp(signup.waiting_since)}:{obstacle(person)}",
    )


def taken_off(signup: SignUp, reason: str) -> None:
    """Tell the person that the sign-up was cancelled, and why."""
    _tell_one(
        signup,
        signup.activity,
        title=f"您的报名已被取消：{signup.activity.name}",
        text=f"{when_and_where(signup.activity)}。原因：{reason}",
        reason=f"off:{_stamp(signup.cancelled_at)}",
    )


def changed(activity: Activity) -> None:
    """Tell everybody who is signed up or waits that the name, time or place has changed."""
    send(
        users=coming_to(activity),
        title=f"活动有变动：{activity.name}"[:100],
        text=f"请留意新的安排：{when_and_where(activity)}。不能参加的，请及时取消报名。",
        url=reverse("offer", args=[activity.pk]),
        key=f"activity:{activity.pk}:changed:{activity.sequence}",
    )


def called_off(activity: Activity) -> None:
    """Tell everybody who is signed up or waits that the activity is cancelled, and why."""
    send(
        users=coming_to(activity),
        title=f"活动已取消：{activity.name}"[:100],
        text=f"{when_and_where(activity)}的活动已取消。原因：{activity.cancel_reason}",
        url=reverse("offer", args=[activity.pk]),
        key=f"activity:{activity.pk}:cancelled",
    )


def when_and_where(activity: Activity) -> str:
    """Return the local time and the place in everyday words."""
    start, end = timezone.localtime(activity.starts_at), timezone.localtime(activity.ends_at)
    until = f"{end:%H:%M}" if end.date() == start.date() else moment(end)
    return f"{moment(start)} 至 {until}，{activity.place}"


def _tell_one(signup: SignUp, activity: Activity, *, title: str, text: str, reason: str) -> None:
    send(
        users=accounts_of([signup.member_id]),
        title=title[:100],
        text=text,
        url=reverse("offer", args=[activity.pk]),
        key=f"signup:{signup.pk}:{reason}",
    )


def _stamp(at: datetime | None) -> str:
    assert at is not None  # of people who waited, or whose sign-up is cancelled
    return f"{at:%Y%m%d%H%M%S}"
