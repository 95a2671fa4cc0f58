"""Attendance of the invented activities: written in bulk, ended and settled by the services."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from activities.models import Activity, How, SignUp
from activities.services.settling import close_attendance, settle_as_present, settle_signup
from members.models import Member
from reports.demo.service import Service

State = SignUp.State
MINUTE = timedelta(minutes=1)
# How people behave, and how often (percent).
WAYS = {"well": 82, "absent": 5, "late": 4, "forgot": 4, "early": 3, "ticked": 2}
REASONS = {
    "late_in": "提前说明过有课，按实际时间认定",
    "early_out": "当天任务提前完成，按实际时间认定",
    "ticked": "手机没电，现场核对过学生证",
}


def build_signups(
    service: Service, activity: Activity, people: Iterable[Member], *, waiting: Iterable[Member] = ()
) -> list[SignUp]:
    """Return sign-ups with a seat for `people` and on the list for `waiting`.

    They are not saved: attendance is added first.
    """
    people, waiting = list(people), list(waiting)
    last = min(activity.signup_closes_at, service.now)
    times = sorted(_draw_moment_between(service, activity.signup_opens_at, last) for _ in people + waiting)
    rows = [
        SignUp(activity=activity, member=member, state=State.SIGNED_UP, seat=seat, signed_up_at=at)
        for seat, (member, at) in enumerate(zip(people, times, strict=False), 1)
    ]
    rows += [
        SignUp(activity=activity, member=member, state=State.WAITING, signed_up_at=at, waiting_since=at)
        for member, at in zip(waiting, times[len(people) :], strict=True)
    ]
    return rows


def save_signups(signups: list[SignUp]) -> None:
    SignUp.objects.bulk_create(signups)


def check_in_all(service: Service, signups: list[SignUp], *, ways: dict[int, str] | None = None) -> None:
    """Save the sign-ups with all attendance at the end of the activity.

    `ways`: fixed for some people, by key.
    """
    for signup in signups:
        drawn = service.random.choices(list(WAYS), list(WAYS.values()))[0]
        _check_in_one(service, signup, (ways or {}).get(signup.member_id, drawn))
    save_signups(signups)


def check_in_some(service: Service, signups: list[SignUp], *, percent: int, but: set[int]) -> None:
    """Check in `percent` of the people at a running activity; never those in `but`, who still will."""
    for signup in signups:
        if signup.member_id not in but and service.random.random() * 100 < percent:
            signup.checked_in_at = _draw_moment_between(
                service, signup.activity.check_in_opens_at, service.now
            )
            signup.checked_in_how = How.SCAN
    save_signups(signups)


def end_attendance(service: Service, activity: Activity, *, settled: bool) -> None:
    """End the attendance in the evening as the organiser and, if `settled`, decide every case."""
    user = service.secretary[activity.project.college_id]
    at = min(activity.check_out_closes_at + timedelta(hours=1), service.now)
    close_attendance(user=user, activity_id=activity.pk, now=at)
    if not settled:
        return
    signups = list(activity.signups.filter(settled_at=None, checked_in_at__isnull=False).exclude(flags=[]))
    whole = [signup for signup in signups if signup.checked_out_at]
    for flag, reason in REASONS.items():
        ids = [signup.pk for signup in whole if signup.flags[0] == flag]
        if ids:
            settle_as_present(user=user, activity_id=activity.pk, signup_ids=ids, reason=reason, now=at)
    for signup in signups:
        if signup.checked_out_at is None:
            settle_signup(
                user=user,
                signup_id=signup.pk,
                start=max(signup.checked_in_at, activity.starts_at),
                end=activity.ends_at,
                reason="忘记签出，同组两人证明服务到结束",
                now=at,
            )


def _check_in_one(service: Service, signup: SignUp, way: str) -> None:
    random, activity = service.random, signup.activity
    if way == "absent":
        return
    early, late = -random.randint(2, 25), random.randint(14, 28)
    signup.checked_in_at = activity.starts_at + MINUTE * (late if way == "late" else early)
    signup.checked_in_how = signup.checked_out_how = How.SCAN
    after = -random.randint(25, 60) if way == "early" else random.randint(0, 20)
    signup.checked_out_at = activity.ends_at + MINUTE * after
    if way == "forgot":
        signup.checked_out_at, signup.checked_out_how = None, ""
    if way == "ticked":
        signup.checked_in_how, signup.tick_reason = How.TICK, "手机没电，已核对学生证"
        signup.checked_in_by = service.secretary[activity.project.college_id]


def _draw_moment_between(service: Service, first: datetime, last: datetime) -> datetime:
    return first + (last - first) * service.random.random()
