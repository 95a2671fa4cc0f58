"""团员教育评议: the branch fills in its sheet and submits it; the college approves, returns or reopens it.

Everything is written here, under the appraisal's lock, for a page, an import and a second tab alike. Each
step checks the gate of 二(二) again; the database also limits the places of 优秀.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members.models import Branch, Member, ServiceYear
from members.permissions import RoleHeld
from members.queries.receivers import build_branch_office, build_college_office
from members.services.notify import notify
from members.services.unchanged import Check, accept_all
from reports.models import Appraisal, AppraisalGrade, AppraisalStep
from reports.queries.appraisal_sheets import (
    RollChanges,
    Row,
    build_sheet,
    filter_to_assess,
    find_roll_changes,
    get_excellent_quota,
    list_problems,
)
from reports.queries.eligibility import get_rules
from reports.rules.appraisal import (
    GRADES,
    Quota,
    entitled_problem,
    marks_problem,
    quorum_problem,
)
from reports.rules.eligibility import freeze_verdict
from reports.services.appraisal_versions import UNKNOWN, WRITTEN, find_meant_changes

State, Kind = Appraisal.State, AppraisalStep.Kind


# --- the branch's part ------------------------------------------------------------------------------------------


@transaction.atomic
def start_appraisal(*, user, branch_id: int, year: ServiceYear) -> Appraisal:
    """Create a sheet with everybody who is to be assessed in the branch."""
    seen = Branch.objects.visible_to(user, "appraisal.edit").select_for_update(of=("self",), no_key=True)
    branch = seen.select_related("college").filter(pk=branch_id).first()
    if branch is None:
        raise ValidationError("没有找到这个团支部，或不在您的管理范围内。")
    if year.school_id != branch.college.school_id:
        raise ValidationError("没有找到这个年度。")
    if Appraisal.objects.filter(branch=branch, year=year).exists():
        raise ValidationError("这个团支部本年度的评议已经开始，请刷新页面查看。")
    people = list(filter_to_assess(branch, year))
    if not people:
        raise ValidationError("这个团支部没有需要评议的在籍团员。")
    with pghistory.context(user=user.pk):
        appraisal = Appraisal.objects.create(branch=branch, year=year, entitled=len(people))
        AppraisalGrade.objects.bulk_create(
            AppraisalGrade(appraisal=appraisal, member=person) for person in people
        )
    return appraisal


@transaction.atomic
def refresh_roll(*, user, appraisal_id: int) -> RollChanges:
    """Update the sheet's people from the branch.

    Grades of those who left are dropped; the history keeps them.
    """
    appraisal = _lock_draft(user, appraisal_id, "appraisal.edit")
    changes = find_roll_changes(appraisal)
    leaving = {grade.pk for grade in changes.gone}
    staying = [grade for grade in appraisal.grades.in_list_order() if grade.pk not in leaving]
    joining = [AppraisalGrade(appraisal=appraisal, member=member) for member in changes.new]
    _refuse_over_quota(
        get_excellent_quota(appraisal, appraisal.grades.in_list_order()),
        get_excellent_quota(appraisal, staying + joining),
    )
    with pghistory.context(user=user.pk):
        AppraisalGrade.objects.bulk_create(joining)
        AppraisalGrade.objects.filter(pk__in=leaving).delete()
    return changes


@transaction.atomic
def save_meeting(
    *,
    user,
    appraisal_id: int,
    held_on: date,
    entitled: int,
    present: int,
    unchanged: Check = accept_all,
    now: datetime | None = None,
) -> Appraisal:
    """Save when the branch met and how many people came.

    Too few people are saved, but block the submission. `unchanged` refuses if the page showed something else.
    """
    appraisal = _lock_draft(user, appraisal_id, "appraisal.edit")
    unchanged(appraisal)
    if held_on > timezone.localdate(now or timezone.now()):
        raise ValidationError({"held_on": "评议会还没有召开，日期不能晚于今天。"})
    if held_on.year < appraisal.year.year:
        raise ValidationError({"held_on": f"{appraisal.year.year} 年度的评议会不能早于当年。"})
    if present > entitled:
        raise ValidationError({"present": quorum_problem(present=present, entitled=entitled) + "。"})
    members = appraisal.grades.count() - len(find_roll_changes(appraisal).gone)
    if problem := entitled_problem(entitled=entitled, members=members):
        raise ValidationError({"entitled": f"{problem}。"})
    appraisal.held_on, appraisal.entitled, appraisal.present = held_on, entitled, present
    with pghistory.context(user=user.pk):
        appraisal.save(update_fields=["held_on", "entitled", "present"])
    return appraisal


@transaction.atomic
def write_rows(
    *,
    user,
    appraisal_id: int,
    rows: Mapping[int, Mapping[str, object]],
    seen: Mapping[int, int] | None = None,
) -> list[int]:
    """Write the changed fields of the given rows ({grade id: {field: value}}): all rows or none.

    `seen`: {grade id: version of the row that the person who filled it in saw}; without it the rows are
    written as given. ValidationError: a row's problem is keyed by its grade id, a problem of the whole sheet
    has no key.
    """
    appraisal = _lock_draft(user, appraisal_id, "appraisal.edit")
    sheet_now = build_sheet(appraisal)
    if set(rows) - {row.grade.pk for row in sheet_now}:
        raise ValidationError(UNKNOWN)
    if seen is not None:
        rows = find_meant_changes([row.grade for row in sheet_now], rows, seen)
    before = get_excellent_quota(appraisal, (row.grade for row in sheet_now))
    changed = [row for row in sheet_now if _set_changed(row.grade, rows.get(row.grade.pk, {}))]
    problems = {str(row.grade.pk): marks_problem(row.grade.marks, row.verdict) for row in changed}
    if problems := {pk: f"{problem}。" for pk, problem in problems.items() if problem}:
        raise ValidationError(problems)
    _refuse_over_quota(before, get_excellent_quota(appraisal, (row.grade for row in sheet_now)))
    with pghistory.context(user=user.pk):
        AppraisalGrade.objects.bulk_update([row.grade for row in changed], WRITTEN)
    return [row.grade.pk for row in changed]


@transaction.atomic
def submit_appraisal(*, user, appraisal_id: int, now: datetime | None = None) -> Appraisal:
    """Submit the sheet. The branch cannot change it until the college answers."""
    appraisal = _lock_draft(user, appraisal_id, "appraisal.submit")
    rows = build_sheet(appraisal)
    _refuse_problems(list_problems(appraisal, rows))
    appraisal.state, appraisal.reason = State.SUBMITTED, ""
    appraisal.submitted_at, appraisal.submitted_by = now or timezone.now(), user
    with pghistory.context(user=user.pk):
        appraisal.save(update_fields=["state", "reason", "submitted_at", "submitted_by"])
        step = _add_step(appraisal, Kind.SUBMITTED, user, appraisal.submitted_at, rows)
    _notify_office(appraisal, build_college_office(appraisal.branch.college_id), "appraisal_submitted", step)
    return appraisal


# --- the college's part -----------------------------------------------------------------------------------------


@transaction.atomic
def approve_appraisal(*, user, appraisal_id: int, now: datetime | None = None) -> Appraisal:
    """Check everything once more, then freeze the sheet with its figures and each person's verdict."""
    appraisal = _lock_appraisal(user, appraisal_id, "appraisal.approve")
    _require_state(appraisal, State.SUBMITTED, "只有已提交的评议可以审核，请刷新页面查看。")
    if user.pk == appraisal.submitted_by_id:
        raise ValidationError("提交评议的人不能自己审核，请由学院其他负责人审核。")
    # Locked, so that a person on two sheets is not approved on both at the same time.
    people = Member.objects.filter(appraisal_grades__appraisal=appraisal).order_by("pk")
    if user.member_id in [person.pk for person in people.select_for_update(no_key=True)]:
        raise ValidationError("不能审核包含本人的评议，请由学院其他负责人审核。")
    rows = build_sheet(appraisal)
    _refuse_problems(list_problems(appraisal, rows))
    step = _freeze_appraisal(appraisal, rows, user, now or timezone.now())
    _notify_office(appraisal, build_branch_office(appraisal.branch_id), "appraisal_approved", step)
    return appraisal


@transaction.atomic
def return_appraisal(*, user, appraisal_id: int, reason: str, now: datetime | None = None) -> Appraisal:
    """Return the sheet to the branch with a reason."""
    appraisal = _lock_appraisal(user, appraisal_id, "appraisal.approve")
    _require_state(appraisal, State.SUBMITTED, "只有已提交的评议可以退回，请刷新页面查看。")
    return _send_back(appraisal, Kind.RETURNED, user, reason, now or timezone.now())


@transaction.atomic
def reopen_appraisal(*, user, appraisal_id: int, reason: str, now: datetime | None = None) -> Appraisal:
    """Send an approved sheet back to the branch; its step keeps what was approved."""
    appraisal = _lock_appraisal(user, appraisal_id, "appraisal.approve")
    _require_state(appraisal, State.APPROVED, "只有已通过的评议可以重新开启，请刷新页面查看。")
    appraisal.reopened += 1
    return _send_back(appraisal, Kind.REOPENED, user, reason, now or timezone.now())


def _freeze_appraisal(appraisal: Appraisal, rows: list[Row], user, at: datetime) -> AppraisalStep:
    places = get_excellent_quota(appraisal, (row.grade for row in rows))
    for row in rows:
        row.grade.verdict = freeze_verdict(row.verdict) | {
            "name": row.grade.member.name,
            "answer": row.verdict.answer,
            "not_judged": row.verdict.not_judged,
            "at": at.isoformat(),
        }
    appraisal.state, appraisal.approved_at, appraisal.approved_by = State.APPROVED, at, user
    appraisal.assessed, appraisal.quota = places.assessed, places.places
    appraisal.rules = asdict(get_rules(appraisal.year)) | {
        "excellent_quota_percent": appraisal.year.excellent_quota_percent,
        "appraisal_sources": list(appraisal.year.appraisal_sources),
    }
    with pghistory.context(user=user.pk):
        AppraisalGrade.objects.bulk_update([row.grade for row in rows], ["verdict"])
        appraisal.save(update_fields=["state", "approved_at", "approved_by", "assessed", "quota", "rules"])
        return _add_step(appraisal, Kind.APPROVED, user, at, rows)


def _send_back(appraisal: Appraisal, kind: str, user, reason: str, at: datetime) -> Appraisal:
    if not reason.strip():
        raise ValidationError({"reason": "请填写原因。"})
    rows = build_sheet(appraisal)
    appraisal.state, appraisal.reason = State.DRAFT, reason.strip()
    cleared = ("submitted_at", "submitted_by", "approved_at", "approved_by", "assessed", "quota", "rules")
    for name in cleared:
        setattr(appraisal, name, None)
    with pghistory.context(user=user.pk):
        appraisal.save(update_fields=["state", "reason", "reopened", *cleared])
        appraisal.grades.exclude(verdict=None).update(verdict=None)
        # What was approved counts no more, so nobody has to decide whether it is kept.
        appraisal.changes.open().update(outcome="gone", settled_at=at)
        step = _add_step(appraisal, kind, user, at, rows, reason=appraisal.reason)
    _notify_office(appraisal, build_branch_office(appraisal.branch_id), "appraisal_returned", step)
    return appraisal


def _add_step(
    appraisal: Appraisal, kind: str, user, at: datetime, rows: list[Row], *, reason=""
) -> AppraisalStep:
    """Record a step with the figures of the moment and everybody's final grade."""
    places = get_excellent_quota(appraisal, (row.grade for row in rows))
    finals = {str(row.grade.member_id): row.grade.final for row in rows if row.grade.taking_part}
    assert appraisal.held_on is not None  # nothing is submitted without the day of the meeting
    figures = {
        "held_on": appraisal.held_on.isoformat(),
        "entitled": appraisal.entitled,
        "present": appraisal.present,
        "assessed": places.assessed,
        "percent": places.percent,
        "grades": {grade: sum(final == grade for final in finals.values()) for grade in GRADES},
        "finals": finals,
    }
    return AppraisalStep.objects.create(
        appraisal=appraisal, kind=kind, at=at, by=user, reason=reason, figures=figures
    )


# --- locks and refusals -----------------------------------------------------------------------------------------


def _lock_appraisal(user, appraisal_id: int, action: str) -> Appraisal:
    seen = Appraisal.objects.visible_to(user, action).select_related("branch__college", "year")
    appraisal = seen.select_for_update(of=("self",), no_key=True).filter(pk=appraisal_id).first()
    if appraisal is None:
        raise ValidationError("没有找到这次评议，或不在您的管理范围内。")
    return appraisal


def _lock_draft(user, appraisal_id: int, action: str) -> Appraisal:
    appraisal = _lock_appraisal(user, appraisal_id, action)
    _require_state(appraisal, State.DRAFT, f"这次评议{appraisal.get_state_display()}，不能修改。")
    return appraisal


def _require_state(appraisal: Appraisal, state: str, problem: str) -> None:
    if appraisal.state != state:
        raise ValidationError(problem)


def _refuse_problems(problems: list[str]) -> None:
    if problems:
        raise ValidationError([f"{problem}。" for problem in problems])


def _refuse_over_quota(before: Quota, after: Quota) -> None:
    """Refuse a change that exceeds the places of 优秀.

    A sheet may already exceed them because the year's share was lowered; a change that does not make this
    worse is allowed.
    """
    if after.exceeded and (after.taken > before.taken or after.assessed < before.assessed):
        raise ValidationError(f"{after.problem}。")


def _set_changed(grade: AppraisalGrade, values: Mapping[str, object]) -> bool:
    """Put the values into the row; return whether any of them differ."""
    different = {name: value for name, value in values.items() if getattr(grade, name) != value}
    for name, value in different.items():
        setattr(grade, name, value)
    return bool(different)


# --- messages ---------------------------------------------------------------------------------------------------


def _notify_office(appraisal: Appraisal, office: RoleHeld, template: str, step: AppraisalStep) -> None:
    notify(
        office,
        template,
        appraisal.get_absolute_url(),
        key=f"appraisal:{appraisal.pk}:step:{step.pk}",
        appraisal=appraisal,
        step=step,
    )
