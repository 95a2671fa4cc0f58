"""台账核对: a person settles cases, one or many at a time (requirements §3)."""

from collections.abc import Collection, Sequence
from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities.models import MissingRecord, OverlapDecision, ServiceRecord, SettledCase
from activities.queries.differences import find_lines_of
from activities.rules.cases import list_actions
from activities.services.linking import link_members, link_records, unlink_records
from activities.services.records import void_locked_records
from members.models import Member

CHANGED = "名单已有变化，请核对后重新勾选。"
OWN = "不能处理本人的时长。"
Cases = list[list[ServiceRecord]]


@transaction.atomic
def settle_cases(
    *,
    user,
    kind: str,
    action: str,
    cases: Collection[Sequence[int]],
    reason: str,
    now: datetime | None = None,
) -> int:
    """Do one of the kind's ACTIONS to cases of 台账核对, all or none; return their number.

    `cases`: the record ids of each case, as the list shows them. Raises ValidationError for a case that is no
    longer open or not in the user's scope, for the user's own hours, and without a reason.
    """
    if action not in dict(list_actions(kind)):
        raise ValidationError({"decision": "请选择处理方式。"})
    found = _lock_cases(user, kind, cases, reason, settled=False)
    now = now or timezone.now()
    with pghistory.context(user=user.pk, reason=reason.strip()):
        SETTLE[action](user, kind, found, reason.strip(), now)
        if action != "same" and action != "apart":  # these two link anew themselves
            link_members(_list_people(found))
    return len(found)


@transaction.atomic
def reopen_cases(*, user, kind: str, cases: Collection[Sequence[int]], reason: str) -> int:
    """Take back the decisions on settled cases, which are open again; all or none; return their number.

    The history keeps the decisions. Raises ValidationError for a case that is not settled any more or not in the
    user's scope, for the user's own hours, and without a reason.
    """
    found = _lock_cases(user, kind, cases, reason, settled=True)
    firsts = [case[0].pk for case in found]
    with pghistory.context(user=user.pk, reason=reason.strip()):
        if kind == "missing":
            MissingRecord.objects.filter(record__in=firsts).update(
                outcome=MissingRecord.Outcome.OPEN, settled_at=None, settled_by=None, reason=""
            )
        if kind == "overlap":
            OverlapDecision.objects.filter(record__in=firsts).delete()
        for case in found:
            other = case[1] if len(case) > 1 else None
            SettledCase.objects.filter(kind=kind, record=case[0], other=other).delete()
        link_members(_list_people(found))
    return len(found)


def _lock_cases(user, kind: str, cases: Collection[Sequence[int]], reason: str, *, settled: bool) -> Cases:
    """Lock the records of open or settled cases; raises ValidationError, also without a reason."""
    if not reason.strip():
        raise ValidationError({"reason": "请写明原因。"})
    lines = sorted({tuple(case) for case in cases})
    records = _lock_records(user, lines)
    if not lines or find_lines_of(lines, kind, settled=settled) != set(lines):
        raise ValidationError(CHANGED)
    return [[records[pk] for pk in line] for line in lines]


def _list_people(cases: Cases) -> set[int]:
    return {record.member_id for case in cases for record in case}


def _lock_records(user, lines: list[tuple[int, ...]]) -> dict[int, ServiceRecord]:
    """Lock the people in order, then the records; return {id: record}. Raises ValidationError."""
    ids = {pk for line in lines for pk in line}
    seen = ServiceRecord.objects.visible_to(user, "hours.decide").filter(pk__in=ids)
    people = set(seen.order_by().values_list("member", flat=True))
    list(Member.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk").values_list("pk"))
    records = {record.pk: record for record in seen.select_for_update(of=("self",)).order_by("pk")}
    if len(records) != len(ids):
        raise ValidationError(CHANGED)
    if user.member_id in {record.member_id for record in records.values()}:
        raise ValidationError(OWN)
    return records


def _keep(user, kind: str, cases: Cases, reason: str, now: datetime) -> None:
    """Leave the cases as the rule counts them; a missing record stays in the ledger."""
    if kind == "missing":
        _settle_missing(user, cases, MissingRecord.Outcome.KEPT, reason, now)
        return
    SettledCase.objects.bulk_create(
        SettledCase(
            kind=kind,
            record=case[0],
            other=case[1] if len(case) > 1 else None,
            member_id=case[0].member_id,
            decided_at=now,
            decided_by=user,
            reason=reason,
        )
        for case in cases
    )


def _count_beside(user, kind: str, cases: Cases, reason: str, now: datetime) -> None:
    """Let the record that lost its time count like one without times; it then overlaps nothing."""
    OverlapDecision.objects.bulk_create(
        OverlapDecision(
            record=case[0], member_id=case[0].member_id, decided_at=now, decided_by=user, reason=reason
        )
        for case in cases
    )


def _void(user, kind: str, cases: Cases, reason: str, now: datetime) -> None:
    """Void the first record of each case, which then counts nothing; the person is told."""
    void_locked_records(user=user, records=[case[0] for case in cases], reason=reason, now=now)
    if kind == "missing":
        _settle_missing(user, cases, MissingRecord.Outcome.VOIDED, reason, now)


def _settle_missing(user, cases: Cases, outcome: str, reason: str, now: datetime) -> None:
    ids = [case[0].pk for case in cases]
    MissingRecord.objects.filter(record__in=ids).update(
        outcome=outcome, settled_at=now, settled_by=user, reason=reason
    )


def _join(user, kind: str, cases: Cases, reason: str, now: datetime) -> None:
    for ids in _merge_cases(cases):
        link_records(user=user, record_ids=ids, reason=reason)


def _separate(user, kind: str, cases: Cases, reason: str, now: datetime) -> None:
    for ids in _merge_cases(cases):
        unlink_records(user=user, record_ids=ids, reason=reason)


def _merge_cases(cases: Cases) -> list[set[int]]:
    """Return the record ids of each case; cases that share a record are one."""
    merged: list[set[int]] = []
    for case in cases:
        ids = {record.pk for record in case}
        for other in [found for found in merged if found & ids]:
            ids |= other
            merged.remove(other)
        merged.append(ids)
    return merged


SETTLE = {"keep": _keep, "count": _count_beside, "void": _void, "same": _join, "apart": _separate}
