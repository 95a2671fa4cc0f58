"""Change a person's data by hand. Changes by a file go through members.transfer.services.imports."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from members.models import Branch, Member
from members.models.history import event_rows
from members.rules import ON_THE_WAY, effective_day_problem, stage_gate_problem
from members.services.spells import Kind, Place, move_people
from members.services.unchanged import Check, accept_all
from members.sheets.cells import make_name_key
from members.sheets.names import make_sort_key

EDITABLE = frozenset({"name", "gender", "grade", "branch", "phone", "stage", "party", "state"})
# Where a person belongs: it changes from a day on, or is corrected.
PLACED = frozenset({"branch", "stage", "state"})


def lock_member(*, user, member_id: int, action: str) -> Member:
    """Lock and return a person until the end of the transaction.

    Raises ValidationError if `user` may not (or may no longer) do `action` on the person.
    """
    members = Member.objects.visible_to(user, action).select_for_update(of=("self",))
    member = members.filter(pk=member_id).first()
    if member is None:
        raise ValidationError("此人已不在您的管理范围内，请返回花名册刷新后再试。")
    return member


@transaction.atomic
def edit_member(
    *,
    user,
    member_id: int,
    values: Mapping[str, Any],
    reason: str,
    kind: str = Kind.CHANGE,
    on: date | None = None,
    unchanged: Check = accept_all,
) -> Member:
    """Save the given fields (of EDITABLE) of one person; the history records the reason.

    Branch, stage and state change from day `on` (None: today), or are corrected (`kind`). Raises
    ValidationError for no change, for a day that `effective_day_problem` refuses,
    for a stage that the gate of 二(一) refuses, and for a branch outside the user's scope: only the school moves
    a person between colleges. `unchanged` refuses if the page showed something else.
    """
    if unknown := set(values) - EDITABLE:
        raise ValueError(f"Not editable: {sorted(unknown)}")
    member = lock_member(user=user, member_id=member_id, action="member.edit")
    unchanged(member)
    changed = {name: value for name, value in values.items() if getattr(member, name) != value}
    if not changed:
        raise ValidationError("没有任何改动，无需保存。")
    if "branch" in changed:
        _check_branch(user, member, changed["branch"])
    if "stage" in changed:
        _check_stage(member, changed["stage"])
    if "name" in changed:
        changed |= {"name_key": make_name_key(changed["name"]), "sort_key": make_sort_key(changed["name"])}
    with pghistory.context(user=user.pk, reason=reason):
        _write_changes(member, changed, kind, on)
    return member


def _write_changes(member: Member, changed: Mapping[str, Any], kind: str, on: date | None) -> None:
    """Save the fields; branch, stage and state with their spell."""
    moves, day = bool(PLACED & changed.keys()), None
    if moves and kind != Kind.CORRECTION:
        day = on or timezone.localdate()
        _check_day(member, day)
    before = {member.pk: Place(member.branch_id, member.stage, member.state)}
    for name, value in changed.items():
        setattr(member, name, value)
    member.save(update_fields=changed)
    if moves:
        after = Place(member.branch_id, member.stage, member.state)
        move_people(moves={member.pk: after}, on=day, kind=kind, before=before)


def _check_day(member: Member, day: date) -> None:
    held = member.spells.get(ends_on=None)
    since = None if held.first else held.starts_on
    if problem := effective_day_problem(day, today=timezone.localdate(), since=since):
        raise ValidationError({"on": problem})


def _check_branch(user, member: Member, branch: Branch) -> None:
    own = Branch.objects.visible_to(user, "member.edit").filter(college__school=member.school_id)
    if not own.filter(pk=branch.pk).exists():
        raise ValidationError({"branch": "跨学院调整请联系校团委办理。"})
    if not hold_branch(branch):
        raise ValidationError({"branch": "这个团支部已随一次导入撤销，请重新选择。"})


def hold_branch(branch: Branch) -> bool:
    """Keep a branch from being deleted until the end of the transaction; return whether it still exists.

    An undone import deletes the branches that it had made.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM members_branch WHERE id = %s FOR KEY SHARE", [branch.pk])
        return cursor.fetchone() is not None


def _check_stage(member: Member, stage: str) -> None:
    former = event_rows(Member).filter(pgh_obj=member, stage__in=ON_THE_WAY)
    if problem := stage_gate_problem(
        member.stage, stage, registered=member.is_registered, was_on_the_way=former.exists()
    ):
        raise ValidationError({"stage": problem})
