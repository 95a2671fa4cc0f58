"""Hand out, reveal, withdraw and void the city's codes within a school. The history records every step."""

from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members.models import College, ServiceYear
from members.permissions import may
from pairing.models import PairingCode
from pairing.rules import suggest_kinds

State = PairingCode.State


@transaction.atomic
def hand_out_code(*, user, code_id: int, college_id: int, now: datetime | None = None) -> PairingCode:
    """Hand a code of the stock to a college that has none this year; raise ValidationError otherwise."""
    college = College.objects.visible_to(user, "code.hand").select_for_update().filter(pk=college_id).first()
    if college is None:
        raise ValidationError("没有找到这个学院。")
    code = _lock_code(user, code_id, "code.hand")
    if code.state not in (State.STOCK, State.RETURNED):
        raise ValidationError(f"这个结对码{code.get_state_display()}，不能再分配。")
    if PairingCode.objects.filter(year=code.year, college=college).exists():
        raise ValidationError(f"{college.name}已有结对码。如需更换，请先收回原来的。")
    _assign_code(code, college, now or timezone.now(), user)
    return code


@transaction.atomic
def hand_out_suggested_codes(*, user, year: ServiceYear) -> int:
    """Hand codes to all colleges without one, by name, in the proportion 7:3 as far as the stock allows.

    Returns the number of codes; raises ValidationError if there are none to hand out.
    """
    if not may(user, "code.hand"):
        raise ValidationError("只有校团委可以分配结对码。")
    colleges = College.objects.visible_to(user, "code.hand").filter(school=year.school)
    colleges = list(colleges.select_for_update().order_by("pk"))
    codes = PairingCode.objects.visible_to(user, "code.hand").filter(year=year)
    codes = list(codes.select_for_update(of=("self",)).order_by("pk"))
    held = {code.college_id: code.kind for code in codes if code.college_id}
    stock: dict[str, list[PairingCode]] = {kind: [] for kind in ("urban", "suburban")}
    for code in codes:
        if code.state in (State.STOCK, State.RETURNED):
            stock[code.kind].append(code)
    wanted = suggest_kinds(len(colleges), year.urban_quota, year.suburban_quota)
    for kind in held.values():
        if kind in wanted:
            wanted.remove(kind)
    handed = 0
    for college in sorted((c for c in colleges if c.pk not in held), key=lambda c: c.name):
        kind = next((kind for kind in wanted if stock[kind]), None)
        if kind is None:
            break
        wanted.remove(kind)
        _assign_code(stock[kind].pop(0), college, timezone.now(), user)
        handed += 1
    if not handed:
        raise ValidationError("没有可以分配的：各学院已有结对码，或库存中没有合适的码。")
    return handed


@transaction.atomic
def reveal_code(*, user, college_id: int, now: datetime | None = None) -> PairingCode:
    """Return the college's code for its secretary and record who saw it and when.

    The history keeps every viewer.
    """
    code = (
        PairingCode.objects.visible_to(user, "code.reveal")
        .filter(college=college_id, year__in=_list_current_years(user))
        .select_for_update(of=("self",))
        .order_by("-year__year")
        .first()
    )
    if code is None:
        raise ValidationError("校团委还没有给本学院分配结对码。")
    if code.revealed_by_id != user.pk:
        code.revealed_at, code.revealed_by = now or timezone.now(), user
        with pghistory.context(user=user.pk):
            code.save(update_fields=["revealed_at", "revealed_by"])
    return code


@transaction.atomic
def withdraw_code(*, user, code_id: int, reason: str, void: bool = False) -> PairingCode:
    """Take an unused code back from a college, or void it; raise ValidationError for a used or void code."""
    code = _lock_code(user, code_id, "code.hand")
    if code.state == State.USED:
        raise ValidationError("这个结对码已用于结对，不能收回。如需更改，请先解除结对。")
    if code.state == State.VOID:
        raise ValidationError("这个结对码已作废。")
    if not void and code.state != State.HANDED_OUT:
        raise ValidationError("这个结对码没有分配给学院，不需要收回。")
    if not reason.strip():
        raise ValidationError({"reason": "请写明原因。"})
    code.state = State.VOID if void else State.RETURNED
    code.college = code.handed_at = code.revealed_at = code.revealed_by = None
    with pghistory.context(user=user.pk, reason=reason):
        code.save()
    return code


def _assign_code(code: PairingCode, college: College, now: datetime, user) -> None:
    code.state, code.college, code.handed_at = State.HANDED_OUT, college, now
    with pghistory.context(user=user.pk):
        code.save()


def _lock_code(user, code_id: int, action: str) -> PairingCode:
    codes = PairingCode.objects.visible_to(user, action).select_for_update(of=("self",))
    code = codes.select_related("year").filter(pk=code_id).first()
    if code is None:
        raise ValidationError("没有找到这个结对码。")
    return code


def _list_current_years(user):
    year = ServiceYear.objects.current(user.school)
    return [year.pk] if year else []
