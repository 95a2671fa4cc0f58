"""Ask for an exception from 二(二), and grant, refuse or revoke it."""

from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members.models import Member, ServiceYear
from members.queries.as_of import get_day_of
from members.queries.receivers import build_school_office, find_offices_of
from members.services.notify import notify
from reports.models import ExcellentException
from reports.queries.eligibility import judge_person
from reports.rules.eligibility import freeze_verdict
from reports.services.result_changes import note_changes

State = ExcellentException.State


@transaction.atomic
def ask_exception(
    *, user, member_id: int, year: ServiceYear, grounds: str, now: datetime | None = None
) -> ExcellentException:
    """Ask as the branch or its college. Refused where nothing bars 优秀, or an exception is open already."""
    member = _lock_asking_member(user, member_id, year)
    if year.school_id != member.school_id:
        raise ValidationError("没有找到这个年度。")
    if ExcellentException.objects.open().filter(member=member, year=year).exists():
        raise ValidationError("此人本年度已有例外申请。")
    verdict = judge_person(member, year).verdict
    if verdict.not_judged:
        raise ValidationError(f"不能申请例外：{verdict.not_judged}。")
    if verdict.excellent:
        raise ValidationError("此人已符合优秀的条件，不需要例外。")
    with pghistory.context(user=user.pk):
        exception = ExcellentException.objects.create(
            year=year, member=member, grounds=grounds, asked_at=now or timezone.now(), asked_by=user
        )
    _notify_school(exception)
    return exception


@transaction.atomic
def decide_exception(
    *, user, exception_id: int, granted: bool, reason: str, now: datetime | None = None
) -> ExcellentException:
    """Record the school's answer, with what barred 优秀 at that moment."""
    exception = _lock_exception(user, exception_id)
    if exception.state != State.ASKED:
        raise ValidationError("这项申请已经审批，请刷新页面查看。")
    if user.member_id == exception.member_id:
        raise ValidationError("不能审批本人的例外申请。")
    if not reason.strip():
        raise ValidationError({"reason": "请填写审批理由。"})
    exception.state = State.GRANTED if granted else State.REFUSED
    exception.decided_at, exception.decided_by = now or timezone.now(), user
    exception.reason = reason.strip()
    exception.judged = freeze_verdict(judge_person(exception.member, exception.year).verdict)
    with pghistory.context(user=user.pk):
        exception.save(update_fields=["state", "decided_at", "decided_by", "reason", "judged"])
    _notify_exception_asker(exception, exception.reason)
    return exception


@transaction.atomic
def revoke_exception(
    *, user, exception_id: int, reason: str, now: datetime | None = None
) -> ExcellentException:
    """Revoke a granted exception; it stays readable with both reasons.

    The offices of results that were given on it are asked to decide about them.
    """
    exception = _lock_exception(user, exception_id)
    if exception.state != State.GRANTED:
        raise ValidationError("只有已同意的例外可以撤销，请刷新页面查看。")
    if not reason.strip():
        raise ValidationError({"reason": "请填写撤销原因。"})
    exception.state, exception.revoke_reason = State.REVOKED, reason.strip()
    exception.revoked_at, exception.revoked_by = now or timezone.now(), user
    with pghistory.context(user=user.pk):
        exception.save(update_fields=["state", "revoke_reason", "revoked_at", "revoked_by"])
    _notify_exception_asker(exception, exception.revoke_reason)
    year_id, people = exception.year_id, [exception.member_id]
    transaction.on_commit(lambda: note_changes(year_id=year_id, people=people))
    return exception


def _lock_asking_member(user, member_id: int, year: ServiceYear) -> Member:
    people = Member.objects.visible_on(user, "exception.ask", get_day_of(year)).select_for_update(
        of=("self",), no_key=True
    )
    member = people.filter(pk=member_id).first()
    if member is None:
        raise ValidationError("没有找到此人，或此人不在您的管理范围内。")
    return member


def _lock_exception(user, exception_id: int) -> ExcellentException:
    """Return the exception with the person locked, so that asking and deciding follow one another."""
    seen = ExcellentException.objects.visible_to(user, "exception.decide").filter(pk=exception_id)
    member_id = seen.values_list("member", flat=True).first()
    if member_id is None:
        raise ValidationError("没有找到这项申请。")
    Member.objects.select_for_update(no_key=True).get(pk=member_id)
    rows = ExcellentException.objects.select_related("member", "year").select_for_update(of=("self",))
    return rows.get(pk=exception_id)


def _notify_school(exception: ExcellentException) -> None:
    office = build_school_office(exception.year.school_id)
    link, key = exception.get_absolute_url(), f"exception:{exception.pk}:asked"
    notify(office, "exception_asked", link, key=key, exception=exception)


def _notify_exception_asker(exception: ExcellentException, reason: str) -> None:
    """Tell the present holders of the office that asked."""
    asker = find_offices_of([(exception.asked_by, exception.member.branch)])
    link, key = exception.get_absolute_url(), f"exception:{exception.pk}:{exception.state}"
    notify(asker, "exception_decided", link, key=key, exception=exception, reason=reason)
