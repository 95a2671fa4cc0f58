"""三(四)4: the college confirms or rejects hours; nobody decides about their own."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities.models import ServiceRecord
from activities.queries.doubts import Ground, needs_two_signatures
from activities.queries.recipients import find_accounts
from activities.rules.hours import BLOCKING, WORDS
from activities.services.linking import link_members
from members.calendar import duration_text
from members.models import Member
from members.services.notify import notify

State = ServiceRecord.State
CHANGED = "名单已有变化，请刷新后重试。"
SIGNED_BY_SELF = "您已初审，时长超过 4 小时的补录须由另一人复核。"


@dataclass
class Decided:
    """The records a decision confirmed, and those it signed.

    `signed`: supplements of more than four hours that now have one signature and wait for the second.
    """

    confirmed: list[ServiceRecord] = field(default_factory=list)
    signed: list[ServiceRecord] = field(default_factory=list)


def decide_records(
    *, user, decision: str, record_ids: Collection[int], acknowledged: bool, reason: str
) -> Decided | list[ServiceRecord]:
    """Do the action of the list's two buttons: "confirm" or "reject"."""
    if decision == "confirm":
        return confirm_records(user=user, record_ids=record_ids, acknowledged=acknowledged)
    return reject_records(user=user, record_ids=record_ids, reason=reason)


@transaction.atomic
def confirm_records(
    *, user, record_ids: Collection[int], acknowledged: bool, note: str = "", now: datetime | None = None
) -> Decided:
    """Confirm all of these records or none; each is judged as if those before it were already confirmed.

    `acknowledged`: the user has seen that some carry doubts. Blocking doubts cannot be acknowledged. Raises
    ValidationError.
    """
    now = now or timezone.now()
    records = _lock_pending_records(user, record_ids)
    ground, decided, problems, doubtful = Ground(records, now=now), Decided(), [], 0
    for record in records:
        verdict = ground.judge(record, user)
        needs_two = needs_two_signatures(record)
        if blocking := [WORDS[doubt] for doubt in verdict.doubts if doubt in BLOCKING]:
            problems.append(f"{_describe_record(record)}：{'；'.join(blocking)}。")
        elif needs_two and record.signed_by_id == user.pk:
            problems.append(f"{_describe_record(record)}：{SIGNED_BY_SELF}")
        elif needs_two and record.signed_by_id is None:
            decided.signed.append(record)
        else:
            decided.confirmed.append(record)
            ground.count_as_confirmed(record)
        doubtful += bool(verdict.doubts)
    if problems:
        raise ValidationError(problems)
    if doubtful and not acknowledged:
        raise ValidationError({"acknowledged": f"含 {doubtful} 条有提醒的记录，请逐条看过后勾选。"})
    with pghistory.context(user=user.pk, reason=note):
        _sign_records(decided.signed, user, now)
        _write_decision(decided.confirmed, State.CONFIRMED, user, note, now)
    return decided


@transaction.atomic
def reject_records(
    *, user, record_ids: Collection[int], reason: str, now: datetime | None = None
) -> list[ServiceRecord]:
    """Reject these hours; the person is told why, and may object or hand them in again."""
    if not reason.strip():
        raise ValidationError({"reason": "请写明原因，本人会看到。"})
    records = _lock_pending_records(user, record_ids)
    if any(record.member_id == user.member_id for record in records):
        raise ValidationError("不能审核本人的时长。")
    with pghistory.context(user=user.pk, reason=reason):
        _write_decision(records, State.REJECTED, user, reason.strip(), now or timezone.now())
    return records


def _lock_pending_records(user, record_ids: Collection[int]) -> list[ServiceRecord]:
    """Lock the people, then the records.

    Two secretaries then decide on one person's hours one after the other. Raises ValidationError.
    """
    wanted = set(record_ids)
    if not wanted:
        raise ValidationError("请先勾选记录。")
    seen = ServiceRecord.objects.decided_by(user).pending().from_portal()
    # A query of its own: inside the other query it is slow as long as the planner has no statistics of the
    # tables.
    people = set(seen.filter(pk__in=wanted).order_by().values_list("member", flat=True))
    list(Member.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=people).order_by("pk"))
    records = list(
        seen.filter(pk__in=wanted)
        .select_for_update(of=("self",))
        .select_related("member", "activity")
        .order_by("pk")
    )
    if len(records) != len(wanted):
        raise ValidationError(CHANGED)
    return records


def _sign_records(records: list[ServiceRecord], user, now: datetime) -> None:
    for record in records:
        record.signed_by, record.signed_at = user, now
        record.save(update_fields=["signed_by", "signed_at"])


def _write_decision(records: list[ServiceRecord], state: str, user, note: str, now: datetime) -> None:
    for record in records:
        record.state, record.decided_by, record.decided_at, record.decision_note = state, user, now, note
    ServiceRecord.objects.filter(pk__in=[record.pk for record in records]).update(
        state=state, decided_by=user, decided_at=now, decision_note=note
    )
    link_members({record.member_id for record in records})
    transaction.on_commit(lambda: _notify_members(records))


def _notify_members(records: list[ServiceRecord]) -> None:
    """Tell each person the decision about their hours."""
    accounts = defaultdict(list)
    for account in find_accounts({record.member_id for record in records}):
        accounts[account.member_id].append(account)
    for record in records:
        notify(
            accounts[record.member_id],
            f"hours_{record.state}",
            record.get_absolute_url(),
            key=f"hours:{record.pk}:{record.state}",
            service=f"{record.served_on.month}月{record.served_on.day}日“{record.title}”",
            duration=duration_text(record.minutes),
            reason=record.decision_note,
        )


def _describe_record(record: ServiceRecord) -> str:
    return f"{record.member.name} {record.served_on:%m-%d} {record.title}"
