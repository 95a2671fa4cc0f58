"""换届 and 代理: one office passes to another person on a day, or a second person holds it for a term.

Order of locks: the term, then the person who takes over. The second of two sees the first change.
"""

from datetime import date, timedelta

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from members.models import Grant, User
from members.permissions import Role
from members.queries.offices import describe_term
from members.services.accounts import end_grant, find_overlapping_term, grant_role, may_grant
from members.services.appointments import (
    Appointee,
    Choice,
    Stranger,
    find_or_create_account,
    refuse_appointee,
)
from members.services.notify import notify
from reports.queries.handover import find_successor, list_offices_to_hand_over, name_office

LATEST = timedelta(days=366)
NOT_FOUND = "没有找到这项任职，或任期已经结束，请返回换届列表查看。"


@transaction.atomic
def hand_over(*, by: User, grant_id: int, successor: Appointee, on: date, today: date | None = None) -> Grant:
    """Let the successor hold the office from `on`, and end the predecessor's term on the day before.

    `on` is today or later, so that nothing the predecessor has done becomes void. Raises ValidationError if `by` may
    not change this office, if the term has ended or somebody follows already, or if the successor cannot take it.
    """
    today = today or timezone.localdate()
    held = _lock_term(by, grant_id)
    _check_first_day(held, on, today)
    account = _lock_successor(by, held, successor, first=on, last=None)
    with pghistory.context(user=by.pk, reason="换届"):
        new = grant_role(user=account, role=held.role, on=held.place, starts_on=on, by=by)
        end_grant(grant=held, on=on - timedelta(days=1), by=by)
    _tell_of_handover(by, held, new, today)
    return new


@transaction.atomic
def appoint_stand_in(
    *,
    by: User,
    grant_id: int,
    person: Appointee,
    starts_on: date,
    ends_on: date,
    today: date | None = None,
) -> Grant:
    """Let a second person hold the office from the first to the last day; the holder's term does not change."""
    today = today or timezone.localdate()
    held = _lock_term(by, grant_id)
    if starts_on < max(today, held.starts_on):
        raise ValidationError({"starts_on": "代理从今天或以后开始，且不能早于现任的任期。"})
    if ends_on < starts_on:
        raise ValidationError({"ends_on": "最后一天不能早于第一天。"})
    if held.ends_on and ends_on > held.ends_on:
        raise ValidationError({"ends_on": f"现任的任期到 {held.ends_on:%Y-%m-%d} 为止，代理不能超过这一天。"})
    if ends_on - starts_on > LATEST:
        raise ValidationError({"ends_on": "代理最长一年；时间更长的请办理换届。"})
    account = _lock_successor(by, held, person, first=starts_on, last=ends_on)
    with pghistory.context(user=by.pk, reason="代理"):
        new = grant_role(
            user=account, role=held.role, on=held.place, starts_on=starts_on, ends_on=ends_on, by=by
        )
    values = {"office": name_office(held), "term": describe_term(new), "holder": held.user, "person": account}
    notify(account, "stand_in_begins", reverse("home"), key=f"stand-in:{new.pk}:{starts_on}", **values)
    notify(held.user, "stand_in_appointed", reverse("home"), key=f"stand-in:{new.pk}:{starts_on}", **values)
    return new


def _lock_term(by: User, grant_id: int) -> Grant:
    """Lock a term that has not ended and that `by` may change. Raises ValidationError."""
    seen = list_offices_to_hand_over(by).filter(pk=grant_id)
    held = Grant.objects.select_for_update(of=("self",)).filter(pk__in=seen.values("pk")).first()
    if held is None or not may_grant(by, Role(held.role), held.place, held.user):
        raise ValidationError(NOT_FOUND)
    return held


def _check_first_day(held: Grant, on: date, today: date) -> None:
    if follower := find_successor(held):
        raise ValidationError(
            f"已定由{follower.user.name}自 {follower.starts_on:%Y-%m-%d} 起接任，请刷新页面查看。"
        )
    if on < today:
        raise ValidationError({"on": "接任日期不能早于今天：前任已经办理的事项须保持有效。"})
    if on > today + LATEST:
        raise ValidationError({"on": "接任日期最晚在一年之内。"})
    if on <= held.starts_on:
        raise ValidationError({"on": f"现任自 {held.starts_on:%Y-%m-%d} 起任职，最早可从次日接任。"})
    if held.ends_on and on > held.ends_on + timedelta(days=1):
        raise ValidationError(
            {
                "on": f"现任的任期到 {held.ends_on:%Y-%m-%d} 为止，接任日期不能晚于次日；需要延长任期的请先延长。"
            }
        )


def _lock_successor(by: User, held: Grant, person: Appointee, *, first: date, last: date | None) -> User:
    """Return the account of the person, locked; somebody without one gets one, without a password.

    A 团支书 is a person of the roster; school and college may also pass to a teacher whom no roster has.
    """
    if held.role == Role.BRANCH_SECRETARY and isinstance(person, Stranger):
        raise ValidationError("团支书须是花名册中的人，请用查找选择。")
    found = find_or_create_account(by, Choice(person, Role(held.role), held.place))
    account = User.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if account.pk == held.user_id:
        raise ValidationError("接任者与现任是同一人，请另选一人。")
    refuse_appointee(by, account)
    term = find_overlapping_term(user=account, role=held.role, on=held.place, starts_on=first, ends_on=last)
    if term:
        raise ValidationError(f"{account.name}已任这一职务（{describe_term(term)}），请另选一人。")
    return account


def _tell_of_handover(by: User, held: Grant, new: Grant, today: date) -> None:
    values = {
        "office": name_office(held),
        "by": by,
        "first": new.starts_on,
        "last": new.starts_on - timedelta(days=1),
        "predecessor": held.user,
        "successor": new.user,
    }
    # Before the first day the successor cannot open the sheet yet.
    sheet = reverse("handover_sheet", args=[new.pk]) if new.starts_on <= today else reverse("home")
    key = f"handover:{new.pk}:{new.starts_on}"
    notify(new.user, "handover_begins", sheet, key=key, **values)
    notify(held.user, "handover_ends", reverse("home"), key=key, **values)
