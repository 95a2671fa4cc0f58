"""Services after the activity: unclear cases, the end of the attendance, the street's confirmation."""

from collections.abc import Collection, Mapping
from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity, ServiceRecord, SignUp
from activities.queries.presences import build_presence, find_other_service, get_daily_cap
from activities.queries.recipients import find_accounts
from activities.rules.attendance import get_counted_span, list_flags
from activities.rules.hours import Span, count_whole_minutes
from activities.rules.pauses import pause_problem
from activities.services.records import (
    make_record_from_signup,
    make_records_from_signups,
    mark_street_confirmed,
)
from members.models.history import find_last_events
from members.services.notify import notify
from members.services.unchanged import Check, accept_all
from pairing.services.posts import require_street_side

State = SignUp.State
CHANGED = "名单已有变化，请刷新后重试。"


@transaction.atomic
def settle_signup(
    *,
    user,
    signup_id: int,
    start: datetime | None,
    end: datetime | None,
    reason: str,
    unchanged: Check = accept_all,
    now: datetime | None = None,
) -> SignUp:
    """Save the organiser's decision on one person: this span counts, or (without a span) nothing does.

    Before the attendance is closed the decision may change. Afterwards a span makes the record at once, or
    changes it as long as it waits for the college. `unchanged` refuses if the page showed something else. Raises
    ValidationError.
    """
    now = now or timezone.now()
    of = SignUp.objects.filter(pk=signup_id).values_list("activity", flat=True).first()
    activity = _lock_attendance(user, of)
    signup = _lock_signups(activity).filter(pk=signup_id).first()
    _require_settleable(user, activity, signup, now)
    unchanged(signup)
    if start is not None:
        _require_span_in_plan(activity, start, end)
    reason = _require_settle_reason(reason)
    if (record := _get_live_record(signup)) and (
        start is None or record.state != ServiceRecord.State.PENDING
    ):
        raise ValidationError("已生成时长记录，请在“时长确认”中审核、退回或更正。")
    _write_settlement(signup, start, end, reason, user, now)
    with pghistory.context(user=user.pk):
        signup.save()
    _notify_of_settlement(activity, [signup])
    if activity.closed_at and start is not None and end is not None:
        make_record_from_signup(signup=signup, start=start, end=end, user=user, now=now)
    return signup


@transaction.atomic
def settle_as_present(
    *, user, activity_id: int, signup_ids: Collection[int], reason: str, now: datetime | None = None
) -> int:
    """Settle several at once: the time present counts in spite of any flags.

    Returns how many were settled.
    """
    now, reason = now or timezone.now(), _require_settle_reason(reason)
    activity = _lock_attendance(user, activity_id)
    signups = list(_lock_signups(activity).filter(pk__in=signup_ids))
    if not signups or len(signups) != len(set(signup_ids)):
        raise ValidationError(CHANGED)
    cap, spans = get_daily_cap(activity), {}
    recorded = _find_signups_with_record(signups)
    for signup in signups:
        _require_settleable(user, activity, signup, now)
        signup.activity = activity
        found = get_counted_span(build_presence(activity, signup, cap=cap)) if signup.checked_in_at else None
        if found is None:
            raise ValidationError(f"{signup.member.name}没有完整的在场时间，请单独处理。")
        if signup.pk in recorded:
            raise ValidationError(f"{signup.member.name}已生成时长记录，请在“时长确认”中处理。")
        _write_settlement(signup, *found, reason, user, now)
        with pghistory.context(user=user.pk):
            signup.save()
        spans[signup] = found
    _notify_of_settlement(activity, signups)
    if activity.closed_at:
        make_records_from_signups(spans=spans, user=user, now=now)
    return len(signups)


@transaction.atomic
def close_attendance(*, user, activity_id: int, early: bool = False, now: datetime | None = None) -> Activity:
    """Close the attendance: note absences, and make hours for everybody whose case is clear.

    Unclear cases get none until settled. `early`: the user agrees to close it while somebody could still
    check out.
    """
    now = now or timezone.now()
    activity = _lock_attendance(user, activity_id)
    if activity.closed_at:
        raise ValidationError("考勤已经结束过了。")
    if activity.state != Activity.State.OPEN:
        raise ValidationError("这次活动未发布或已取消，没有考勤。")
    if now < activity.ends_at:
        raise ValidationError("活动还没有结束，结束后才能结束考勤。")
    signups = list(_lock_signups(activity))
    if not early and (still := count_still_in(activity, signups, now)):
        until = f"{timezone.localtime(activity.check_out_closes_at):%H:%M}"
        raise ValidationError(
            {"early": f"还有 {still} 人没有签出，签出截止时间是 {until}。确定现在结束的，请勾选。"}
        )
    others = find_other_service(activity, [signup.member_id for signup in signups])
    with pghistory.context(user=user.pk):
        activity.closed_at, activity.closed_by = now, user
        activity.save(update_fields=["closed_at", "closed_by"])
        absent = _note_absent(signups, now)
        spans = _judge_presences(activity, signups, others)
    make_records_from_signups(spans=spans, user=user, now=now)
    unclear = [signup.member_id for signup in signups if signup.flags and signup.settled_at is None]
    transaction.on_commit(lambda: _notify_after_closing(activity, absent, unclear))
    return activity


@transaction.atomic
def confirm_at_street(
    *, user, activity_id: int, signup_ids: Collection[int], now: datetime | None = None
) -> int:
    """Confirm on behalf of the street that these people came. Returns how many were confirmed."""
    now = now or timezone.now()
    activities = Activity.objects.visible_to(user, "attendance.confirm").select_for_update(of=("self",))
    activity = activities.select_related("project__college__school").filter(pk=activity_id).first()
    if activity is None:
        raise ValidationError("没有找到这次活动。")
    require_street_side(user, school=activity.project.college.school, street_id=activity.street_id)
    if activity.state != Activity.State.OPEN or now < activity.ends_at:
        raise ValidationError("活动结束后才能确认到场人员。")
    came = set(_lock_signups(activity).filter(checked_in_at__isnull=False).values_list("pk", flat=True))
    wanted = set(signup_ids)
    if not wanted <= came:
        raise ValidationError(CHANGED)
    with pghistory.context(user=user.pk):
        marked = SignUp.objects.filter(pk__in=wanted, street_confirmed_at=None)
        count = marked.update(street_confirmed_at=now, street_confirmed_by=user)
        activity.street_confirmed_at, activity.street_confirmed_by = now, user
        activity.save(update_fields=["street_confirmed_at", "street_confirmed_by"])
    mark_street_confirmed(signup_ids=wanted, user=user, now=now)
    return count


# --- parts ----------------------------------------------------------------------------------------------------


def _lock_attendance(user, activity_id: int | None) -> Activity:
    """Lock an activity that the user may edit. Raises ValidationError."""
    activities = Activity.objects.visible_to(user, "activity.edit").select_for_update(of=("self",))
    activities = activities.select_related("project__year", "project__college")
    activity = activities.filter(pk=activity_id).first()
    if activity is None:
        raise ValidationError("没有找到这次活动，或您不能处理它的考勤。")
    if activity.pause:
        raise ValidationError(f"{pause_problem(activity.pause)}暂停期间没有考勤可以处理。")
    return activity


def _lock_signups(activity: Activity):
    """Return the sign-ups of people who hold a place or walked in, locked in one order."""
    found = SignUp.objects.filter(activity=activity, state__in=[State.SIGNED_UP, State.UNSEATED])
    return found.select_related("member").order_by("pk").select_for_update(of=("self",))


def _get_live_record(signup: SignUp) -> ServiceRecord | None:
    """Return the sign-up's live record, or None."""
    return signup.records.exclude(state__in=["voided", "rejected"]).first()


def _find_signups_with_record(signups: Collection[SignUp]) -> set[int | None]:
    """Return the ids of those sign-ups that have a live record."""
    live = ServiceRecord.objects.filter(signup__in=signups).exclude(state__in=["voided", "rejected"])
    return set(live.values_list("signup", flat=True))


def _require_settleable(user, activity: Activity, signup: SignUp | None, now: datetime) -> None:
    """Refuse to settle a case of a running activity, or the user's own case."""
    if signup is None:
        raise ValidationError(CHANGED)
    if activity.state != Activity.State.OPEN:
        raise ValidationError("这次活动未发布或已取消，没有考勤。")
    if now < activity.ends_at:
        raise ValidationError("活动还没有结束，结束后再处理。")
    if signup.member_id == user.member_id:
        raise ValidationError("不能处理本人的考勤，请由其他负责人处理。")


def _require_span_in_plan(activity: Activity, start: datetime, end: datetime | None) -> None:
    """Refuse a span outside the planned time or under one minute."""
    if end is None or count_whole_minutes(start, end) < 1:
        raise ValidationError({"end": "结束时间应晚于开始时间。"})
    if start < activity.starts_at or end > activity.ends_at:
        planned = (
            f"{timezone.localtime(activity.starts_at):%H:%M}–{timezone.localtime(activity.ends_at):%H:%M}"
        )
        raise ValidationError({"start": f"认定的时间应在活动计划时间（{planned}）之内。"})


def _require_settle_reason(reason: str) -> str:
    if not reason.strip():
        raise ValidationError({"reason": "请写明处理说明，本人也能看到。"})
    return reason.strip()


def _write_settlement(signup: SignUp, start, end, reason: str, user, now: datetime) -> None:
    """Note the decision on the sign-up (not saved); a span that counts removes the absence."""
    signup.settled_start, signup.settled_end, signup.settle_reason = start, end, reason
    signup.settled_at, signup.settled_by = now, user
    if start is not None:
        signup.no_show_at = None


def count_still_in(activity: Activity, signups: Collection[SignUp], now: datetime) -> int:
    """Return the number of people who came and may still check out."""
    if now >= activity.check_out_closes_at:
        return 0
    return sum(bool(signup.checked_in_at and not signup.checked_out_at) for signup in signups)


def _note_absent(signups: list[SignUp], now: datetime) -> list[int]:
    """Note the absence of people who never came and were not settled as present; return their ids."""
    absent = [signup for signup in signups if signup.checked_in_at is None and signup.settled_start is None]
    SignUp.objects.filter(pk__in=[signup.pk for signup in absent]).update(no_show_at=now)
    return [signup.member_id for signup in absent]


def _judge_presences(
    activity: Activity, signups: list[SignUp], others: Mapping[int, list[Span]]
) -> dict[SignUp, Span]:
    """Note the final flags of people who came; return the span that counts of each settled or clear case."""
    counted, changed, cap = {}, [], get_daily_cap(activity)
    for signup in signups:
        # Setting the locked activity saves reading it, with project and street, for every person.
        signup.activity, there = activity, None
        if signup.checked_in_at:
            there = build_presence(activity, signup, others.get(signup.member_id, ()), cap=cap)
            before, signup.flags = signup.flags, list_flags(there, over=True)
            if signup.flags != before:
                changed.append(signup)
        if signup.settled_start and signup.settled_end:
            counted[signup] = (signup.settled_start, signup.settled_end)
        elif there and signup.settled_at is None and not signup.flags and (found := get_counted_span(there)):
            counted[signup] = found
    SignUp.objects.bulk_update(changed, ["flags"], batch_size=500)
    return counted


def _notify_of_settlement(activity: Activity, signups: Collection[SignUp]) -> None:
    """Tell each person what the organiser has decided about their time: a span, or that nothing counts, and why."""
    events = find_last_events(SignUp, [signup.pk for signup in signups])
    link = reverse("scan_done", args=[activity.pk])
    accounts = {account.member_id: account for account in find_accounts([row.member_id for row in signups])}
    for signup in signups:
        if account := accounts.get(signup.member_id):
            key = f"settled-{signup.pk}-{events[signup.pk]}"
            notify(account, "presence_settled", link, key=key, activity=activity, signup=signup)


def _notify_after_closing(activity: Activity, absent: list[int], unclear: list[int]) -> None:
    """Tell the absent people, and those whose case the organiser still has to settle."""
    link = reverse("scan_done", args=[activity.pk])
    for people, template, key in (
        (absent, "absence_noted", f"no-show-{activity.pk}"),
        (unclear, "presence_unsettled", f"unsettled-{activity.pk}"),
    ):
        notify(find_accounts(people), template, link, key=key, activity=activity)
