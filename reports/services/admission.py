"""Record the way into the League: each step with its day, the meeting, and the report it hears (二(一)).

A step is the person's stage. Stage and track are written in one transaction; when other code
changes the stage, reports.services.admission_tracks brings the track in step.
"""

from datetime import date, datetime

import pghistory
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from members.models import Member
from members.rules import ON_THE_WAY, effective_day_problem
from members.services.notify import notify
from members.services.people import lock_member
from members.services.spells import Kind, Place, move_people
from members.services.unchanged import Check, accept_all
from reports.models import Admission
from reports.queries.admission import build_report, count_voters_at
from reports.rules.admission import (
    BEFORE,
    NEXT,
    Days,
    Meeting,
    Verified,
    days_problems,
    freeze_report,
    gate_problems,
    list_open_days,
    step_problem,
)

State, Stage = Admission.State, Member.Stage
MOVED = "此人的发展阶段已有变化，请刷新页面核对后再办理。"
OWN = "不能办理本人的入团事项。"


@transaction.atomic
def start_track(*, user, student_no: str, applied_on: date, now: datetime | None = None) -> Admission:
    """Record an application: a 群众 becomes an applicant; somebody on the way already gets the missing day."""
    found = Member.objects.visible_to(user, "admission.edit").find_by_number(student_no)
    if found is None:
        raise ValidationError({"student_no": "您的管理范围内没有这个学号，请核对。"})
    member = _lock_tracked_member(user, found.pk)
    if member.stage not in (Stage.STUDENT, *ON_THE_WAY):
        raise ValidationError({"student_no": f"{member.name}已是团员，无需登记入团申请。"})
    if member.admissions.running().exists():
        raise ValidationError({"student_no": f"{member.name}已在入团培养名单中。"})
    _check_days(member, {"applied_on": applied_on}, now)
    with pghistory.context(user=user.pk, reason="登记入团申请"):
        if member.stage == Stage.STUDENT:
            _set_stage(member, Stage.APPLICANT, on=applied_on, today=timezone.localdate(now))
        return Admission.objects.create(member=member, applied_on=applied_on)


@transaction.atomic
def save_days(
    *,
    user,
    member_id: int,
    days: dict[str, date | None],
    unchanged: Check = accept_all,
    now: datetime | None = None,
) -> Admission:
    """Set or correct the days of the steps already taken, and the day for which the meeting is called.

    `unchanged` refuses if the page showed something else.
    """
    member = _lock_tracked_member(user, member_id)
    if member.stage not in ON_THE_WAY:
        raise ValidationError(MOVED)
    if set(days) - set(list_open_days(member.stage)):
        raise ValidationError(MOVED)
    track = member.admissions.running().first() or Admission(member=member)
    unchanged(track)
    known = {name: getattr(track, name) for name in list_open_days(member.stage)} | days
    _check_days(member, known, now)
    for name, day in days.items():
        setattr(track, name, day)
    with pghistory.context(user=user.pk, reason="登记培养日期"):
        track.save()
    return track


@transaction.atomic
def advance_stage(*, user, member_id: int, to: str, on: date, now: datetime | None = None) -> Admission:
    """Take one step: 申请人 → 积极分子 → 发展对象. `to` names the new stage, so that a second click changes nothing."""
    member = _lock_tracked_member(user, member_id)
    if NEXT.get(member.stage) != to:
        raise ValidationError(MOVED)
    track = _lock_running_track(member)
    if problem := step_problem(member.stage, to, on=on, verified=_read_verified(member)):
        raise ValidationError({"on": problem})
    name = f"{to}_on"
    days = {each: getattr(track, each) for each in list_open_days(member.stage)} | {name: on}
    _check_days(member, days, now, shown={name: "on"})
    with pghistory.context(user=user.pk, reason=f"列为{Stage(to).label}"):
        _set_stage(member, to, on=on, today=timezone.localdate(now))
        setattr(track, name, on)
        track.save(update_fields=[name])
    return track


@transaction.atomic
def step_stage_back(*, user, member_id: int, since: str, reason: str) -> Member:
    """Undo a step that was recorded by mistake.

    The spell is mended, as if the step had not been; its day is cleared, and the history keeps it with the reason.
    """
    member = _lock_tracked_member(user, member_id)
    if member.stage != since or since not in BEFORE:
        raise ValidationError(MOVED)
    _require_reason(reason)
    with pghistory.context(user=user.pk, reason=reason.strip()):
        _write_stage(member, BEFORE[since], on=None, kind=Kind.CORRECTION)
    return member


@transaction.atomic
def end_track(*, user, member_id: int, reason: str, now: datetime | None = None) -> Admission:
    """End a person's way into the League.

    The person withdrew or is not suitable, is a 群众 again and may apply again.
    """
    member = _lock_tracked_member(user, member_id)
    if member.stage not in ON_THE_WAY:
        raise ValidationError(MOVED)
    _require_reason(reason)
    track = _lock_running_track(member)
    with pghistory.context(user=user.pk, reason=reason.strip()):
        track.state, track.ended_at, track.end_reason = State.ENDED, now or timezone.now(), reason.strip()
        track.save(update_fields=["state", "ended_at", "end_reason"])
        _write_stage(member, Stage.STUDENT, on=timezone.localdate(now), kind=Kind.CHANGE)
    return track


@transaction.atomic
def admit_member(*, user, member_id: int, meeting: Meeting, now: datetime | None = None) -> Admission:
    """Record the meeting's decision: the person becomes a member, and what the meeting heard is kept.

    A person whom a roster has made a member in the meantime also gets the meeting recorded.
    """
    member = _lock_tracked_member(user, member_id, action="admission.admit")
    track = _lock_running_track(member)
    if member.stage not in (Stage.CANDIDATE, Stage.MEMBER):
        raise ValidationError(MOVED)
    _check_meeting(member, track, meeting, now)
    track.meeting_on = meeting.on
    with pghistory.context(user=user.pk, reason=f"{meeting.on:%Y-%m-%d} 支部大会接收入团"):
        if member.stage != Stage.MEMBER:
            _set_stage(member, Stage.MEMBER, on=meeting.on, today=timezone.localdate(now))
        track.save(update_fields=["meeting_on"])
        heard, branch = build_report(member, track, today=timezone.localdate(now)), member.branch
        names = {"name": member.name, "branch": branch.name, "college": branch.college.name}
        track.slip = freeze_report(heard, meeting=meeting, **names)
        track.state, track.admitted_at, track.admitted_by = State.ADMITTED, now or timezone.now(), user
        track.save(update_fields=["state", "slip", "admitted_at", "admitted_by"])
    _notify_admitted(member, track)
    return track


# --- helpers shared by these services --------------------------------------------------------------------------


def _lock_tracked_member(user, member_id: int, action: str = "admission.edit") -> Member:
    member = lock_member(user=user, member_id=member_id, action=action)
    if user.member_id == member.pk:
        raise ValidationError(OWN)
    if member.state != Member.State.ACTIVE:
        raise ValidationError(f"{member.name}目前{member.get_state_display()}，不能办理。")
    return member


def _lock_running_track(member: Member) -> Admission:
    track = member.admissions.running().select_for_update().first()
    if track is not None:
        return track
    decided = member.admissions.filter(state=State.ADMITTED).latest_first().first()
    if decided and member.stage == Stage.MEMBER:
        raise ValidationError(
            f"{member.name}已登记为共青团员（{decided.meeting_on:%Y-%m-%d} 支部大会），无需重复登记。"
        )
    raise ValidationError("请先登记提出入团申请的日期。")


def _set_stage(member: Member, stage: str, *, on: date, today: date) -> None:
    """Change the stage from the day of the step; from today if the person's present spell began later.

    An earlier day would then rewrite another change, for instance of the branch.
    """
    held = member.spells.get(ends_on=None)
    day = (
        today if effective_day_problem(on, today=today, since=None if held.first else held.starts_on) else on
    )
    _write_stage(member, stage, on=day, kind=Kind.CHANGE)


def _write_stage(member: Member, stage: str, *, on: date | None, kind: str) -> None:
    member.stage = stage
    move_people(moves={member.pk: Place(member.branch_id, stage, member.state)}, on=on, kind=kind)


def _read_verified(member: Member) -> Verified | None:
    return Verified(member.counts_from, member.registered_on) if member.counts_from else None


def _check_days(
    member: Member, days: Days, now: datetime | None, *, shown: dict[str, str] | None = None
) -> None:
    """Check the order of the days and the gate for each of them.

    `shown`: the form's name for the only day that it asks for; a problem with another day concerns the whole
    form.
    """
    problems = gate_problems(days, verified=_read_verified(member))
    problems |= days_problems(days, today=timezone.localdate(now))
    if shown is not None:
        problems = {shown.get(name, NON_FIELD_ERRORS): text for name, text in problems.items()}
    if problems:
        raise ValidationError(problems)


def _check_meeting(member: Member, track: Admission, meeting: Meeting, now: datetime | None) -> None:
    if meeting.on > timezone.localdate(now):
        raise ValidationError({"on": "支部大会还没有召开。"})
    if problem := step_problem("candidate", "member", on=meeting.on, verified=_read_verified(member)):
        raise ValidationError({"on": problem})
    missing = [name for name in ("activist_on", "candidate_on") if getattr(track, name) is None]
    if missing and member.stage == Stage.CANDIDATE:
        raise ValidationError("请先补登列为入团积极分子和发展对象的日期。")
    days = {name: getattr(track, name) for name in list_open_days(Stage.CANDIDATE)} | {
        "meeting_on": meeting.on
    }
    _check_days(member, days, now, shown={"meeting_on": "on"})
    if problem := meeting.entitled_problem(count_voters_at(member, meeting.on)):
        raise ValidationError({"entitled": problem})
    if problems := meeting.problems:
        raise ValidationError(problems)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise ValidationError({"reason": "请填写原因。"})


def _notify_admitted(member: Member, track: Admission) -> None:
    notify(member, "admitted", reverse("me"), key=f"admission:{track.pk}:admitted", track=track)
