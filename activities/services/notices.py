"""Messages to people about their sign-ups. The key names the event, so nothing is told twice."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from activities.models import Activity, SignUp
from activities.queries.recipients import find_accounts, find_participant_accounts
from activities.rules.pauses import WHY
from activities.rules.signups import Person, find_obstacle, format_moment, person_problem
from members.queries.receivers import build_college_office
from members.services.notify import notify


def notify_moved_up(signup: SignUp, activity: Activity) -> None:
    """Tell a waiting person that a place became free and is now theirs."""
    reason = f"up:{_format_key_time(signup.waiting_since)}"
    _notify_member(signup, activity, "signup_moved_up", reason, until=timezone.localtime(activity.starts_at))


def notify_passed_over(signup: SignUp, activity: Activity, person: Person) -> None:
    """Tell a waiting person why a free place went to somebody else, once for each reason."""
    reason = f"over:{_format_key_time(signup.waiting_since)}:{find_obstacle(person)}"
    _notify_member(signup, activity, "signup_passed_over", reason, problem=person_problem(person))


def notify_taken_off(signup: SignUp, reason: str) -> None:
    """Tell the person that the sign-up was cancelled, and why."""
    why = f"off:{_format_key_time(signup.cancelled_at)}"
    _notify_member(signup, signup.activity, "signup_taken_off", why, reason=reason)


def notify_readmitted(signup: SignUp) -> None:
    """Tell a person who was removed that the removal is lifted. To be called before it is lifted."""
    why = f"back:{_format_key_time(signup.cancelled_at)}"
    _notify_member(signup, signup.activity, "signup_readmitted", why)


def notify_activity_changed(activity: Activity, *, until: datetime | None) -> None:
    """Tell everybody who is signed up or waits that the name, time or place has changed.

    `until`: the moment until which all of them may leave; None if the change gives nobody a reason to.
    """
    until = until and timezone.localtime(until)
    _notify_participants(activity, "activity_changed", f"changed:{activity.sequence}", until=until)


def notify_new_clash(signup: SignUp, activity: Activity) -> None:
    """Tell the person that the activity has moved onto another one that the person signed up for."""
    _notify_member(signup, activity, "signup_clashes", f"clash:{activity.sequence}", clash=signup.clash)


def notify_activity_called_off(activity: Activity) -> None:
    """Tell everybody who is signed up or waits that the activity is cancelled, and why."""
    _notify_participants(activity, "activity_called_off", "cancelled")


def notify_activity_paused(activity: Activity, why: str) -> None:
    """Tell everybody who is signed up, waits or runs it that the activity rests; `why` in Chinese, without a full stop."""
    _notify_participants(activity, "activity_paused", f"paused:{activity.sequence}", why=why)


def notify_activity_resumed(activity: Activity) -> None:
    """Tell everybody who is signed up, waits or runs it that the activity goes on."""
    _notify_participants(activity, "activity_resumed", f"resumed:{activity.sequence}")


def notify_college_of_pauses(activities: Sequence[Activity], *, why: str) -> None:
    """Tell the college's office which of its activities have paused or resumed together; one project's or team's."""
    if not activities:
        return
    first = activities[0]
    link = first.project.get_absolute_url() if len(activities) == 1 else reverse("activities")
    notify(
        build_college_office(first.project.college_id),
        "activities_paused" if first.pause else "activities_resumed",
        link,
        key=f"activity:{first.pk}:college:{first.sequence}",
        activities=activities,
        why=why or WHY[first.pause],
        places_open=[activity for activity in activities if activity.place_open],
    )


def describe_when_and_where(activity: Activity) -> str:
    """Return the local time and the place in everyday words."""
    start, end = timezone.localtime(activity.starts_at), timezone.localtime(activity.ends_at)
    until = f"{end:%H:%M}" if end.date() == start.date() else format_moment(end)
    return f"{format_moment(start)} 至 {until}，{activity.place}"


def _notify_participants(activity: Activity, template: str, reason: str, **values) -> None:
    notify(
        find_participant_accounts(activity),
        template,
        reverse("offer", args=[activity.pk]),
        key=f"activity:{activity.pk}:{reason}",
        activity=activity,
        place_and_time=describe_when_and_where(activity),
        **values,
    )


def _notify_member(signup: SignUp, activity: Activity, template: str, why: str, **values) -> None:
    notify(
        find_accounts([signup.member_id]),
        template,
        reverse("offer", args=[activity.pk]),
        key=f"signup:{signup.pk}:{why}",
        activity=activity,
        place_and_time=describe_when_and_where(activity),
        **values,
    )


def _format_key_time(at: datetime | None) -> str:
    assert at is not None  # of people who waited, or whose sign-up has ended
    return f"{at:%Y%m%d%H%M%S%f}"
