"""三(四)4: the college confirms hours, or does not; never anybody the own."""

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
from activities.queries.recipients import accounts_of
from activities.rules.hours import BLOCKING, WORDS
from activities.services.linking import link_members
from members.calendar import duration_text
from members.models import Member
from members.services.messages import send

State = ServiceRecord.State
CHANGED = "名单已有变化，请刷新后重试。"
SIGNED_BY_SELF = "您已初审，时长超过 4 小时的补录须由另一人复核。"


@dataclass
class Decided:
    """`signed`: supplements of more than four hours that have one signature now and wait for the second."""

    confirmed: list[ServiceRecord] = field(default_factory=list)
    signed: list[ServiceRecord] = field(default_factory=list)


def decide(
    *, user, decision: str, record_ids: Collection[int], acknowledged: bool, reason: str
) -> Decided | list[ServiceRecord]:
    """What the list's two buttons do: "confirm" or "reject"."""
    if decision == "confirm":
        return confirm(user=user, record_ids=record_ids, acknowledged=acknowledged)
    return reject(user=user, record_ids=record_ids, reason=reason)


@transaction.atomic
def confirm(
    *, user, record_ids: Collection[int], acknowledged: bool, note: str = "", now: datetime | None = None
) -> Decided:
    """Confirm all of these or none. Each is judged as if those before it were confirmed already.

    `acknowledged`: the user has seen that some carry doubts. What blocks cannot be acknowledged.
    """
    now = now or timezone.now()
    records = _locked(user, record_ids)
    ground, decided, problems, doubtful = Ground(records, now=now), Decided(), [], 0
    for record in records:
        verdict = ground.verdict(record, user)
        needs_two = needs_two_signatures(record)
        if blocking := [WORDS[doubt] for doubt in verdict.doubts if doubt in BLOCKING]:
            problems.append(f"{_name(record)}：{'；'.join(blocking)}。")
        elif needs_two and record.signed_by_id == user.pk:
            problems.append(f"{_name(record)}：{SIGNED_BY_SELF}")
        elif needs_two and record.signed_by_id is None:
            decided.signed.append(record)
        else:
            decided.confirmed.append(record)
            ground.accept(record)
        doubtful += bool(verdict.doubts)
    if problems:
        raise ValidationError(problems)
    if doubtful and not acknowledged:
        raise ValidationError({"acknowledged": f"含 {doubtful} 条有提醒的记录，请逐条看过后勾选。"})
    with pghistory.context(user=user.pk, reason=note):
        _sign(decided.signed, user, now)
        _decide(decided.confirmed, State.CONFIRMED, user, note, now)
    return decided


@transaction.atomic
def reject(
    *, user, record_ids: Collection[int], reason: str, now: datetime | None = None
) -> list[ServiceRecord]:
    """These hours do not count; the person is told why, and may object or hand them in again."""
    if not reason.strip():
        raise ValidationError({"reason": "请写明原因，本人会看到。"})
    records = _locked(user, record_ids)
    if any(record.member_id == user.member_id for record in records):
        raise ValidationError("不能审核本人的时长。")
    with pghistory.context(user=user.pk, reason=reason):
        _decide(records, State.REJECTED, user, reason.strip(), now or timezone.now())
    return records


def _locked(user, record_ids: Collection[int]) -> list[ServiceRecord]:
    """The people first, so that two secretaries decide on one person's hours one after the other."""
    wanted = set(record_ids)
    if not wanted:
        raise ValidationError("请先勾选记录。")
    seen = ServiceRecord.objects.visible_to(user, "hours.decide").pending().from_portal()
    # Asked by itself: inside the other question it is slow as long as the planner does not know the tables.
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


def _sign(records: list[ServiceRecord], user, now: datetime) -> None:
    for record in records:
        record.signed_by, record.signed_at = user, now
        record.save(update_fields=["signed_by", "signed_at"])


def _decide(records: list[ServiceRecord], state: str, user, note: str, now: datetime) -> None:
    for record in records:
        record.state, record.decided_by, record.decided_at, record.decision_note = state, user, now, note
    ServiceRecord.objects.filter(pk__in=[record.pk for record in records]).update(
        state=state, decided_by=user, decided_at=now, decision_note=note
    )
    link_members({record.member_id for record in records})
    transaction.on_commit(lambda: _tell(records))


def _tell(records: list[ServiceRecord]) -> None:
    """To each person, what became of the own hours."""
    accounts = defaultdict(list)
    for account in accounts_of({record.member_id for record in records}):
        accounts[account.member_id].append(account)
    for record in records:
        what = f"{record.served_on.month}月{record.served_on.day}日“{record.title}”"
        if record.state == State.CONFIRMED:
            title, text = "服务时长已确认", f"{what}的 {duration_text(record.minutes)}已确认。"
        else:
            title = "服务时长未通过"
            text = f"{what}的时长未通过：{record.decision_note}。如有疑问，可以在记录页提出异议。"
        key = f"hours:{record.pk}:{record.state}"
        send(users=accounts[record.member_id], title=title, text=text, url=record.get_absolute_url(), key=key)


def _name(record: ServiceRecord) -> str:
    return f"{record.member.name} {record.served_on:%m-%d} {record.title}"
