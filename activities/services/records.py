"""The ledger's own records: made from attendance, changed while they wait, later voided and corrected."""

from collections.abc import Collection, Mapping
from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities.models import ServiceRecord, SignUp
from activities.queries.recipients import find_accounts
from activities.rules.hours import Span, count_whole_minutes, cut_span, span_problem
from activities.services.deciding import confirm_records
from activities.services.linking import link_members
from members.calendar import duration_text
from members.models import Member
from members.models.history import build_event_key
from members.services.notify import notify
from members.services.unchanged import Check, accept_all
from members.transfer.services.imports.undoing import UNDONE

State = ServiceRecord.State


def make_record_from_signup(
    *, signup: SignUp, start: datetime, end: datetime, user, now: datetime | None = None
) -> ServiceRecord | None:
    """Make the waiting record of a person's attendance; None if no whole minute is left."""
    return make_records_from_signups(spans={signup: (start, end)}, user=user, now=now).get(signup.pk)


@transaction.atomic
def make_records_from_signups(
    *, spans: Mapping[SignUp, Span], user, now: datetime | None = None
) -> dict[int, ServiceRecord]:
    """Make the records of attendance, by sign-up id: the given time of each, cut to the planned span.

    Called again while a record waits, it changes the record; a decided record stays and is returned
    unchanged. The caller has locked activity and sign-ups and checked the scope.
    """
    now, spans = now or timezone.now(), _cut_spans_to_plan(spans)
    people = sorted(signup.member_id for signup in spans)
    list(Member.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk").values_list("pk"))
    standing = ServiceRecord.objects.filter(signup__in=spans).exclude(
        state__in=[State.VOIDED, State.REJECTED]
    )
    kept = standing.select_for_update(of=("self",)).order_by("pk")
    found = {record.signup_id: record for record in kept if record.signup_id}
    written = []
    for signup, span in spans.items():
        record = found.setdefault(signup.pk, _build_attendance_record(signup, user, now))
        if record.state == State.PENDING:
            record.starts_at, record.ends_at = span
            record.served_on, record.minutes = timezone.localdate(span[0]), count_whole_minutes(*span)
            written.append(record)
    with pghistory.context(user=user.pk):
        for record in (record for record in written if record.pk):
            record.save()
        ServiceRecord.objects.bulk_create(record for record in written if record.pk is None)
        link_members(people)
    return found


def _cut_spans_to_plan(spans: Mapping[SignUp, Span]) -> dict[SignUp, Span]:
    """Return the spans with at least a whole minute within the planned span, cut to it."""
    found = {}
    for signup, (start, end) in spans.items():
        inside = cut_span(start, end, signup.activity.starts_at, signup.activity.ends_at)
        if inside and count_whole_minutes(*inside):
            found[signup] = inside
    return found


def _build_attendance_record(signup: SignUp, user, now: datetime) -> ServiceRecord:
    """Return an unsaved record of the attendance, without times."""
    activity = signup.activity
    project = activity.project
    return ServiceRecord(
        school_id=signup.member.school_id,
        member=signup.member,
        source=ServiceRecord.Source.ATTENDANCE,
        title=activity.name,
        signup=signup,
        activity=activity,
        project=project,
        street=activity.street,
        submitted_at=now,
        submitted_by=user,
        street_confirmed_at=signup.street_confirmed_at,
        street_confirmed_by_id=signup.street_confirmed_by_id,
    )


@transaction.atomic
def mark_street_confirmed(*, signup_ids: Collection[int], user, now: datetime | None = None) -> int:
    """Note on the waiting records that the street confirms these people came; return how many were marked.

    If a record is already decided, the mark is kept at the sign-up, and the record's history shows it from
    there.
    """
    waiting = ServiceRecord.objects.pending().filter(signup__in=signup_ids, street_confirmed_at=None)
    locked = waiting.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True)
    with pghistory.context(user=user.pk):
        return ServiceRecord.objects.filter(pk__in=list(locked)).update(
            street_confirmed_at=now or timezone.now(), street_confirmed_by=user
        )


# --- while a record waits -------------------------------------------------------------------------------------


@transaction.atomic
def change_record(
    *,
    user,
    record_id: int,
    start: datetime,
    end: datetime,
    reason: str,
    unchanged: Check = accept_all,
    now: datetime | None = None,
) -> ServiceRecord:
    """Change the time of a waiting record before the college decides: within the cap, or clear of an overlap.

    A first signature was given to other times, so it is removed. The person is told. `unchanged` refuses if the page
    showed something else.
    """
    record = _lock_record(user, record_id, State.PENDING)
    unchanged(record)
    _refuse_own_record(user, record)
    if not reason.strip():
        raise ValidationError({"reason": "请写明原因，本人会看到。"})
    _set_span(record, start, end, now or timezone.now())
    record.signed_at = record.signed_by = None
    with pghistory.context(user=user.pk, reason=reason.strip()):
        record.save()
        link_members([record.member_id])
    _notify_person(
        record,
        "hours_changed",
        reason,
        key=build_event_key(ServiceRecord, record.pk),
    )
    return record


# --- after it is confirmed ------------------------------------------------------------------------------------


@transaction.atomic
def void_record(*, user, record_id: int, reason: str, now: datetime | None = None) -> ServiceRecord:
    """Void a confirmed record; it no longer counts and stays in the history with the reason."""
    record = _lock_record(user, record_id, State.CONFIRMED)
    _refuse_own_record(user, record)
    if not reason.strip():
        raise ValidationError({"reason": "请写明原因，本人会看到。"})
    with pghistory.context(user=user.pk, reason=reason.strip()):
        void_locked_records(user=user, records=[record], reason=reason, now=now)
        link_members([record.member_id])
    return record


def void_locked_records(
    *, user, records: Collection[ServiceRecord], reason: str, now: datetime | None = None
) -> None:
    """Void records that the caller has locked and checked, and tell their people.

    Records of an outside ledger too: only 台账核对 voids those. The caller links and counts anew. Raises
    ValidationError for the reason that marks records as never imported.
    """
    if reason.strip().startswith(UNDONE):
        raise ValidationError({"reason": f"“{UNDONE}”只用于撤销整份文件，请写明这条记录作废的原因。"})
    for record in records:
        record.state, record.void_reason = State.VOIDED, reason.strip()
        record.voided_at, record.voided_by = now or timezone.now(), user
        record.save(update_fields=["state", "void_reason", "voided_at", "voided_by"])
        _notify_person(record, "hours_voided", reason, key=f"hours:{record.pk}:voided")


@transaction.atomic
def correct_record(
    *,
    user,
    record_id: int,
    title: str,
    start: datetime,
    end: datetime,
    reason: str,
    acknowledged: bool,
    now: datetime | None = None,
) -> ServiceRecord:
    """Void a confirmed record and add another in its place, which is judged and confirmed like any other.

    A supplement of more than four hours then waits for the second signature.
    """
    now = now or timezone.now()
    old = void_record(user=user, record_id=record_id, reason=reason, now=now)
    kept = ("school", "member", "source", "signup", "activity", "project", "street", "description")
    new = ServiceRecord(**{name: getattr(old, name) for name in kept})
    new.title, new.corrects, new.submitted_at, new.submitted_by = title.strip(), old, now, user
    new.evidence, new.evidence_digest = old.evidence.name, old.evidence_digest
    # If the record was decided before the street confirmed, only the sign-up has the confirmation.
    seen = old if old.street_confirmed_at or not old.signup else old.signup
    new.street_confirmed_at, new.street_confirmed_by = seen.street_confirmed_at, seen.street_confirmed_by
    _set_span(new, start, end, now)
    with pghistory.context(user=user.pk, reason=reason.strip()):
        new.save()
        link_members([new.member_id])
    confirm_records(user=user, record_ids=[new.pk], acknowledged=acknowledged, now=now)
    new.refresh_from_db()
    return new


def _lock_record(user, record_id: int, state: str) -> ServiceRecord:
    """Lock the person, in the same order as when hours are confirmed; then the record.

    Raises ValidationError.
    """
    seen = ServiceRecord.objects.decided_by(user).from_portal()
    member_id = seen.filter(pk=record_id).values_list("member", flat=True).first()
    if member_id is None:
        raise ValidationError("没有找到这条记录；外部台账的记录请在来源处更正后重新导入。")
    Member.objects.select_for_update(no_key=True).get(pk=member_id)
    record = seen.select_for_update(of=("self",)).select_related("member", "activity").get(pk=record_id)
    if record.state != state:
        raise ValidationError(f"这条记录现在是“{record.get_state_display()}”，请刷新后重试。")
    return record


def _refuse_own_record(user, record: ServiceRecord) -> None:
    """Refuse if the record is the user's own."""
    if user.member_id == record.member_id:
        raise ValidationError("不能审核本人的时长。")


def _set_span(record: ServiceRecord, start: datetime, end: datetime, now: datetime) -> None:
    """Set start, end, date and minutes of the record. Raises ValidationError for an impossible time."""
    if problem := span_problem(start, end, now):
        raise ValidationError({"end": problem})
    activity = record.activity
    if activity and (start < activity.starts_at or end > activity.ends_at):
        raise ValidationError({"start": "不能超出活动的计划时间。"})
    record.starts_at, record.ends_at = start, end
    record.served_on, record.minutes = timezone.localdate(start), count_whole_minutes(start, end)


def _describe_service(record: ServiceRecord) -> str:
    return f"{record.served_on.month}月{record.served_on.day}日“{record.title}”"


def _notify_person(record: ServiceRecord, template: str, reason: str, *, key: str) -> None:
    accounts = find_accounts([record.member_id])
    link = record.get_absolute_url()
    values = {
        "service": _describe_service(record),
        "duration": duration_text(record.minutes),
        "reason": reason.strip(),
    }
    transaction.on_commit(lambda: notify(accounts, template, link, key=key, **values))
