"""Appoint people to offices for a term, end and prolong terms, and disable accounts (requirements §1).

Everything is done downwards and in scope: a school appoints its admins, college secretaries and branch secretaries, a
college its branch secretaries. Nobody appoints themselves. The history keeps each change with its author and reason,
and the person is told.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import pghistory
from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from members.account_querysets import UserQuerySet
from members.models import AccountEvent, Branch, College, Grant, Member, School, User
from members.models.accounts import build_username
from members.models.history import build_event_key
from members.permissions import Role
from members.queries.offices import describe_term
from members.services.account_events import log_account_event
from members.services.accounts import (
    create_account,
    find_overlapping_term,
    get_school_of,
    grant_role,
    may_grant,
    may_manage_account,
)
from members.services.notify import notify
from members.sheets.cells import make_name_key

# The offices of a school; a street's liaison is invited instead (pairing.services.invitations).
OFFICES = (Role.SCHOOL_ADMIN, Role.COLLEGE_SECRETARY, Role.BRANCH_SECRETARY)
LEFT = (Member.State.TRANSFERRED, Member.State.GRADUATED)
NOT_FOUND = "没有找到这项任职，请刷新页面后重试。"


@dataclass(frozen=True)
class Stranger:
    """Somebody whom no roster has, by staff number and name: a teacher."""

    number: str
    name: str


Appointee = Member | User | Stranger


@dataclass(frozen=True)
class Choice:
    """A person for an office on one place of the school."""

    person: Appointee
    role: Role
    on: School | College | Branch


@transaction.atomic
def appoint(*, by: User | None, choice: Choice, starts_on: date, ends_on: date | None) -> Grant:
    """Appoint a person for a term that includes both days; somebody without an account gets one, without password.

    `by` is None for the operator. Raises ValidationError if `by` may not appoint here or not this person, if the
    person has left the school, if the person already holds the office on one of these days, or if the term is over:
    a correction of history is no appointment.
    """
    if choice.role not in OFFICES:
        raise ValidationError("这个角色不能任命。")
    if ends_on and ends_on < timezone.localdate():
        raise ValidationError(f"任期到 {ends_on} 已经结束，不能任命。")
    if by is not None and not may_grant(by, choice.role, choice.on, by):
        raise ValidationError(f"您不能任命“{choice.on}”的{choice.role.label}。")
    account = User.objects.select_for_update().get(pk=find_or_create_account(by, choice).pk)
    refuse_appointee(by, account)
    if held := find_overlapping_term(
        user=account, role=choice.role, on=choice.on, starts_on=starts_on, ends_on=ends_on
    ):
        raise ValidationError(
            f"{account}已任“{held}”（{describe_term(held)}），任期不能重叠，可以延长该任期。"
        )
    with pghistory.context(**_name_author(by)):
        grant = grant_role(user=account, role=choice.role, on=choice.on, starts_on=starts_on, ends_on=ends_on)
    _tell(grant, "office_appointed")
    return grant


def find_accounts(choices: Iterable[Choice]) -> UserQuerySet:
    """Return the accounts of people who have been appointed."""
    people = [choice.person for choice in choices]
    strangers = [
        build_username(choice.person.number, get_school_of(choice.on))
        for choice in choices
        if isinstance(choice.person, Stranger)
    ]
    return User.objects.filter(
        Q(member__in=[person.pk for person in people if isinstance(person, Member)])
        | Q(pk__in=[person.pk for person in people if isinstance(person, User)])
        | Q(username__in=strangers)
    )


@transaction.atomic
def appoint_all(
    *, by: User | None, choices: Iterable[Choice], starts_on: date, ends_on: date | None
) -> list[Grant]:
    """Appoint several people at once; if one cannot be appointed, nobody is, and all reasons are told."""
    grants, problems = [], []
    # Always in one order, so that two people who appoint at the same time do not wait for each other.
    for choice in sorted(choices, key=lambda choice: (choice.on.pk, getattr(choice.person, "pk", 0))):
        try:
            grants.append(appoint(by=by, choice=choice, starts_on=starts_on, ends_on=ends_on))
        except ValidationError as refusal:
            name = choice.person.name
            problems += [text if name in text else f"{name}：{text}" for text in refusal.messages]
    if problems:
        raise ValidationError(list(dict.fromkeys(problems)))
    if not grants:
        raise ValidationError("请至少选择一人。")
    return grants


@transaction.atomic
def appoint_first_admin(*, school: School, number: str, name: str) -> Grant:
    """Appoint an admin of a school for the operator, without end: nobody else could prolong the only admin's term.

    A second call returns the same term.
    """
    on, role = timezone.localdate(), Role.SCHOOL_ADMIN
    account = User.objects.of_number(number, school).first()
    if account and (
        held := find_overlapping_term(user=account, role=role, on=school, starts_on=on, ends_on=None)
    ):
        return held
    member = Member.objects.filter(school=school).find_by_number(number)
    return appoint(
        by=None, choice=Choice(member or Stranger(number, name), role, school), starts_on=on, ends_on=None
    )


@transaction.atomic
def end_appointment(*, by: User | None, grant_id: int, on: date | None, reason: str) -> None:
    """End a term: `on` is its last day, None means at once.

    At once the last day is yesterday; a term that has not begun, or began today, is taken back as if it had never
    been (the history keeps it). Raises ValidationError if `by` may not do it, if the term has ended, if `on` would
    prolong it, or if no admin of the school would remain.
    """
    today = timezone.localdate()
    last = on or today - timedelta(days=1)
    grant = _lock_appointment(by, grant_id)
    if grant.ends_on and grant.ends_on < today:
        raise ValidationError(f"这项任职已于 {grant.ends_on} 结束。")
    if on and on < today - timedelta(days=1):
        raise ValidationError("结束日期不能早于昨天；要马上结束，请选择“立即结束”。")
    if grant.ends_on and last > grant.ends_on:
        raise ValidationError(f"任期原定于 {grant.ends_on} 结束；要推后请用“延长”。")
    if grant.role == Role.SCHOOL_ADMIN:
        _require_other_admin(grant, after=last)
    never_began, grant.ends_on = grant.starts_on > last, last
    with pghistory.context(**_name_author(by), reason=reason):
        if never_began:
            Grant.objects.filter(pk=grant.pk).delete()
        else:
            grant.save(update_fields=["ends_on"])
    _tell(grant, "office_ended", last=last, at_once=on is None)


@transaction.atomic
def extend_appointment(*, by: User | None, grant_id: int, ends_on: date | None, reason: str = "") -> Grant:
    """Prolong a term that is not over; None as its end means until further notice.

    Raises ValidationError if `by` may not do it or it is their own office, or if the new end is no later.
    """
    grant = _lock_appointment(by, grant_id)
    refuse_appointee(by, grant.user)
    if grant.ends_on and grant.ends_on < timezone.localdate():
        raise ValidationError(f"这项任职已于 {grant.ends_on} 结束，请重新任命。")
    if grant.ends_on is None or (ends_on and ends_on <= grant.ends_on):
        raise ValidationError("新的结束日期应晚于原来的结束日期。")
    later = grant.user.grants.filter(
        role=grant.role, school=grant.school, college=grant.college, branch=grant.branch,
        starts_on__gt=grant.ends_on,
    )  # fmt: skip
    if (
        following := (later.filter(starts_on__lte=ends_on) if ends_on else later)
        .order_by("starts_on")
        .first()
    ):
        raise ValidationError(f"与同一职务的下一任期（{describe_term(following)}）重叠。")
    grant.ends_on = ends_on
    with pghistory.context(**_name_author(by), reason=reason):
        grant.save(update_fields=["ends_on"])
    _tell(grant, "office_extended")
    return grant


@transaction.atomic
def disable_account(*, by: User, user_id: int, reason: str) -> User:
    """Disable an account: its sessions end at once, and nobody can sign in with it until it is enabled again."""
    account = _lock_account(by, user_id)
    if not account.is_active:
        raise ValidationError("这个账号已经停用。")
    for grant in account.grants.active_on(timezone.localdate()).filter(role=Role.SCHOOL_ADMIN):
        _require_other_admin(grant, after=timezone.localdate())
    _switch_account(account, by=by, reason=reason, active=False)
    for session in UserSession.objects.filter(user=account):
        session.end()
    return account


@transaction.atomic
def enable_account(*, by: User, user_id: int, reason: str) -> User:
    """Enable a disabled account; its offices open again for the rest of their terms."""
    account = _lock_account(by, user_id)
    if account.is_active:
        raise ValidationError("这个账号没有停用。")
    _switch_account(account, by=by, reason=reason, active=True)
    return account


def refuse_appointee(by: User | None, account: User) -> None:
    """Refuse somebody who cannot be appointed at all: oneself, a disabled account, a person who has left."""
    if by is not None and account.pk == by.pk:
        raise ValidationError("不能办理本人的任职，请由另一位管理员或上级办理。")
    if not account.is_active:
        raise ValidationError(f"{account}的账号已停用，请先恢复账号。")
    if account.member and account.member.state in LEFT:
        raise ValidationError(f"{account}已{account.member.get_state_display()}，不能任职。")


def find_or_create_account(by: User | None, choice: Choice) -> User:
    """Return the account of the chosen person; somebody without one gets one, without a password.

    A 团支书 is a person of the roster: a mistyped student number must not become a teacher who leads a branch.
    """
    person, school = choice.person, get_school_of(choice.on)
    if isinstance(person, Stranger):
        _require_roster(choice, school)
        return _find_or_create_stranger(by, person, school)
    action = "account.view"
    if isinstance(person, User):
        seen = User.objects.all() if by is None else User.objects.visible_to(by, action)
    else:
        seen = Member.objects.all() if by is None else Member.objects.visible_to(by, action)
    if not seen.filter(pk=person.pk).exists():
        raise ValidationError("没有找到这个人，请重新查找。")
    if isinstance(person, User):
        _require_roster(choice, school)
        return person
    # Two appointments of one person at the same time wait here for each other, so that one account is made.
    if not Member.objects.select_for_update().filter(pk=person.pk).first():
        raise ValidationError("没有找到这个人，请重新查找。")  # an undone import has taken the person back
    if account := User.objects.filter(member=person).first():
        return account
    # An account that was made before the roster came is that person's, if the name is the same.
    accounts = User.objects.of_number(person.student_no, person.school)
    account = accounts.select_for_update().filter(member=None).first()
    if account is None or make_name_key(account.name) != person.name_key:
        return create_account(school=person.school, number=person.student_no, name=person.name)
    account.member = person
    account.save(update_fields=["member"])
    return account


def _require_roster(choice: Choice, school: School) -> None:
    """Refuse a 团支书 who is in no roster (ValidationError)."""
    person = choice.person
    if choice.role != Role.BRANCH_SECRETARY or isinstance(person, Member):
        return
    if isinstance(person, User) and person.member_id:
        return
    roster = Member.objects.filter(school=school).of_number(person.number)
    if isinstance(person, User) or not roster.exists():
        raise ValidationError(
            f"花名册中没有学号“{person.number}”（{person.name}），不能任团支书；请核对学号，或先导入花名册。"
        )


def find_from_elsewhere(people: Iterable[Appointee], branch: Branch) -> list[Member]:
    """Return the people of the roster who belong to another branch; the person who appoints them is asked first."""
    members = [person.member if isinstance(person, User) else person for person in people]
    return [person for person in members if isinstance(person, Member) and person.branch_id != branch.pk]


def _find_or_create_stranger(by: User | None, person: Stranger, school: School) -> User:
    """Return the account with this number and name, new if there is none; the roster must not have the number."""
    School.objects.select_for_update(no_key=True).get(pk=school.pk)
    account = User.objects.of_number(person.number, school).first()
    if account is None:
        if Member.objects.filter(school=school).of_number(person.number).exists():
            raise ValidationError(f"“{person.number}”在花名册中，请用查找选择此人。")
        return create_account(school=school, number=person.number, name=person.name)
    if make_name_key(account.name) != make_name_key(person.name):
        raise ValidationError(f"“{person.number}”已有账号，姓名与“{person.name}”不符，请核对。")
    if account.member_id and by is not None:
        raise ValidationError(f"“{person.number}”在花名册中，请用查找选择此人。")
    return account


def _lock_appointment(by: User | None, grant_id: int) -> Grant:
    """Lock the school first where its admins change, then the term; raise ValidationError out of scope."""
    found = Grant.objects.filter(pk=grant_id, role__in=OFFICES).first()
    if found is None:
        raise ValidationError(NOT_FOUND)
    if found.role == Role.SCHOOL_ADMIN:
        School.objects.select_for_update(no_key=True).get(pk=found.place.pk)
    grant = (
        Grant.objects.select_for_update(of=("self",))
        .select_related("user__member")
        .filter(pk=grant_id)
        .first()
    )
    if grant is None or (by is not None and not may_grant(by, Role(grant.role), grant.place, grant.user)):
        raise ValidationError(NOT_FOUND)
    return grant


def _lock_account(by: User, user_id: int) -> User:
    account = User.objects.visible_to(by, "account.secure").filter(pk=user_id).first()
    if account is None or not may_manage_account(by, account):
        raise ValidationError("您不能停用或恢复这个账号。")
    if account.school_id:
        School.objects.select_for_update(no_key=True).get(pk=account.school_id)
    return User.objects.select_for_update().get(pk=user_id)


def _require_other_admin(grant: Grant, *, after: date) -> None:
    """Refuse to end an admin's term where nobody would be admin of the school on the next day; lock the school first."""
    others = Grant.objects.active_on(max(after + timedelta(days=1), timezone.localdate())).filter(
        role=Role.SCHOOL_ADMIN, school=grant.school_id, user__is_active=True
    )
    if not others.exclude(pk=grant.pk).exclude(user=grant.user_id).exists():
        raise ValidationError("这是本校最后一位校团委管理员。请先任命接任的管理员，再结束这一任期。")


def _switch_account(account: User, *, by: User, reason: str, active: bool) -> None:
    account.is_active = active
    with pghistory.context(user=by.pk, reason=reason):
        account.save(update_fields=["is_active"])
    kind = AccountEvent.Kind.ENABLED if active else AccountEvent.Kind.DISABLED
    log_account_event(kind=kind, user=account, by=by, note=reason)


def _tell(grant: Grant, template: str, **more) -> None:
    """Tell the person of an appointment, a new end or the end that was written just now."""
    key = build_event_key(Grant, grant.pk)
    notify(grant.user, template, reverse("home"), key=key, grant=grant, term=describe_term(grant), **more)


def _name_author(by: User | None) -> dict:
    return {"user": by.pk} if by is not None else {}
