"""Issue activation codes: to one account, to one person of the roster, or to all people of a place.

A code is returned once, by the function that issues it, and stored only as a keyed hash. How codes are entered and
used is in `members.services.activation_entry`.
"""

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone

from members.activation_rules import build_code, compute_expiry, count_codes, read_code
from members.models import AccountEvent, ActivationCode, Branch, College, Grant, Member, School, User
from members.models.accounts import build_username
from members.permissions import SCHOOL
from members.queries.activation import (
    compute_digest,
    filter_officers,
    list_offices_without_roster,
    list_people_to_activate,
    mark_activation,
    mark_manageable,
)
from members.queries.offices import find_office_of_school, name_office_to_tell
from members.services.accounts import get_school_of, is_street_account, may_manage_account
from members.services.activation_entry import find_end
from members.services.export_log import log_export
from members.services.notify import notify
from members.sheets.cells import make_name_key, make_number_key

Place = School | College | Branch

# Why a person of the place gets no code.
ACTIVATED, HAS_CODE, ABOVE, DISABLED, TAKEN = (
    "已经激活",
    "已有有效的激活码",
    "担任职务或是您本人，由上级发放",
    "账号已停用",
    "学号已是另一个账号的号码",
)


@dataclass(frozen=True)
class IssuedCode:
    """A code that was issued just now. `address_path` is the portal's address that opens it (the QR code).

    `office`: of somebody in no roster, among the codes of a place.
    """

    account: User
    code: str
    expires_at: datetime
    address_path: str
    office: str = ""


@dataclass(frozen=True)
class IssuedCodes:
    """The codes of a place, in the order of its lists; `left_out`: how many people got none, by reason."""

    codes: list[IssuedCode]
    accounts_created: int
    left_out: dict[str, int]


def explain_refusal(*, by: User, account: User) -> str:
    """Return why `by` may not issue a code for the account, in Chinese; "" if they may.

    Nobody of a school gets into a street's account: the person who issues a code sees it, and the street checks the school.
    """
    if account.pk == by.pk:
        return f"这是您自己的账号，不能给自己发放激活码。{_explain_own(by)}"
    if not by.is_superuser and is_street_account(account):
        return (
            "街乡负责人的账号不能由学校发放激活码。对方忘记密码时，请重新邀请，"
            "经另一位校团委核实后由对方开通新账号，再停用这个账号。"
        )
    if not may_manage_account(by, account):
        return "您不能为这个账号发放激活码：这个账号担任的职务由上一级授予，请由上一级团委发放。"
    return ""


def _explain_own(by: User) -> str:
    """Return who issues a code for the own account: the office above, for a school's admin another admin."""
    if not any(held.role == SCHOOL for held in by.active_grants):
        return "忘记密码时，请由上一级团委发放。"
    if find_office_of_school(by.school, timezone.localdate(), but=by).holders:
        return "忘记密码时，请由另一位管理员发放。"
    return "本校没有另一位管理员能为您发放，请先任命一位校团委管理员；一时没有人选的，由平台运维发放。"


@transaction.atomic
def issue_code(*, account: User, by: User | None, now: datetime | None = None) -> IssuedCode:
    """Issue a new code for one account and void its earlier one, also for somebody who forgot the password.

    `by`: the person who hands it over, None for the operator. Writes the audit log and tells the person in 消息.
    Raises ValidationError if `by` may not manage the account, or if it is disabled or its person has left.
    """
    held = User.objects.select_for_update(of=("self",)).select_related("member", "school").get(pk=account.pk)
    if by is not None and (refusal := explain_refusal(by=by, account=held)):
        raise ValidationError(refusal)
    if not held.is_active:
        raise ValidationError("这个账号已停用，请先恢复账号。")
    if held.member and not list_people_to_activate().filter(pk=held.member_id).exists():
        raise ValidationError(f"{held.name}已{held.member.get_state_display()}，不能再发放激活码。")
    (issued,) = _write_codes([held], by, now or timezone.now())
    office = by.name if by else "系统管理员"
    values = {
        "by": office,
        "expires_at": timezone.localtime(issued.expires_at),
        "ends": find_end(held),
        "office": name_office_to_tell(held),
    }
    key = f"activation:{compute_digest(read_code(issued.code))[:32]}"
    notify(held, "activation_code", reverse("home"), key=key, **values)
    return issued


@transaction.atomic
def issue_code_for_person(*, member_id: int, by: User | None, now: datetime | None = None) -> IssuedCode:
    """Issue a code for one person of the roster; opens their account if there is none.

    Raises ValidationError if the person is out of scope, has left, or may not get a code from `by`.
    """
    people = (
        list_people_to_activate() if by is None else list_people_to_activate().visible_to(by, "account.codes")
    )
    person = people.select_for_update(of=("self",)).select_related("school").filter(pk=member_id).first()
    if person is None:
        raise ValidationError("没有找到这个人，或者已经转出、毕业，不能发放激活码。")
    account = User.objects.filter(member=person).first()
    if account is None:
        opened, _ = _open_accounts([person], by)
        if not opened:
            raise ValidationError(f"学号“{person.student_no}”已是另一个账号的号码，请联系校团委核对。")
        (account,) = opened
    return issue_code(account=account, by=by, now=now)


@transaction.atomic
def issue_codes(
    *,
    by: User | None,
    place: Place,
    only_missing: bool = False,
    only_officers: bool = False,
    now: datetime | None = None,
) -> IssuedCodes:
    """Issue a code for everybody of a school, college or branch who has not activated, and void their earlier codes.

    The people of the roster come first, then for a school or college those who hold an office there and are in no
    roster. Opens the missing accounts without a password. The number of queries does not depend on the number of
    people. `only_missing`: leave out people who hold a valid code. `only_officers`: only people with an office.
    People who may not get a code from `by` are left out. Raises ValidationError if nobody is left. Writes the audit
    log: one event an account, one export.
    """
    now = now or timezone.now()
    found = _lock_people(by, place, only_officers, now)
    offices = _list_offices(by, place, now)
    locked = _lock_accounts(found, offices, now)
    accounts = {account.member_id: account for account in locked if account.member_id}
    refusals = [_explain_refusal(person, accounts.get(person.pk), only_missing) for person in found]
    wanted = [person for person, refusal in zip(found, refusals, strict=True) if not refusal]
    teachers = [account for account in locked if account.member_id is None]
    refusals += [_explain_state(account, only_missing) for account in teachers]
    left_out = Counter(refusal for refusal in refusals if refusal)
    opened, taken = _open_accounts([person for person in wanted if person.pk not in accounts], by)
    if taken:
        left_out[TAKEN] = taken
    accounts |= {account.member_id: account for account in opened if account.member_id}
    chosen = [_attach(accounts[person.pk], person) for person in wanted if person.pk in accounts]
    chosen += _sort_by_office([one for one in teachers if not _explain_state(one, only_missing)], offices)
    if not chosen:
        raise ValidationError("没有需要发放激活码的人：都已激活，已有有效的激活码，或者由上一级发放。")
    codes = _name_offices(_write_codes(chosen, by, now), offices)
    filters = {type(place).__name__.lower(): str(place.pk)} if not isinstance(place, School) else {}
    log_export(
        user=by, kind="activation_slips", filters=filters, rows=len(codes), school=get_school_of(place)
    )
    return IssuedCodes(codes, len(opened), dict(left_out))


_PATHS: dict[type, str] = {School: "school", College: "branch__college", Branch: "branch"}


def _get_list_order(person: Member) -> tuple:
    return person.branch.college.name, person.branch.name, person.sort_key, person.student_no


def _attach(account: User, person: Member) -> User:
    """Let the account know its person, whose branch a slip prints, without a query."""
    account.member = person
    return account


def _lock_people(by: User | None, place: Place, only_officers: bool, now: datetime) -> list[Member]:
    """Return the people of the place's rosters, locked, in the order of its lists, each with `manageable`."""
    people = list_people_to_activate().filter(**{_PATHS[type(place)]: place})
    if by is not None:
        people = people.visible_to(by, "account.codes")
    if only_officers:
        people = filter_officers(people, today=timezone.localdate(now))
    marked = mark_manageable(people, by, today=timezone.localdate(now)).select_related(
        "branch__college", "school"
    )
    return sorted(marked.order_by("pk").select_for_update(of=("self",)), key=_get_list_order)


def _list_offices(by: User | None, place: Place, now: datetime) -> dict[int, Grant]:
    """Return the offices of people in no roster by the key of their account; those of a branch are the college's."""
    if isinstance(place, Branch):
        return {}
    offices = list_offices_without_roster(by, today=timezone.localdate(now)).on_place(place)
    return {
        office.user_id: office for office in offices.select_related("school", "college", "branch__college")
    }


def _lock_accounts(people: Iterable[Member], offices: Iterable[int], now: datetime) -> list[User]:
    """Return the accounts of the people and office holders, locked, with `is_activated` and `has_code`."""
    accounts = User.objects.filter(Q(member__in=[person.pk for person in people]) | Q(pk__in=list(offices)))
    marked = mark_activation(accounts, now=now).order_by("pk")
    return list(marked.select_related("school").select_for_update(of=("self",)))


def _explain_refusal(person: Member, account: User | None, only_missing: bool) -> str:
    """Return why this person gets no code; "" for a person who gets one."""
    state = _explain_state(account, only_missing) if account else ""
    if state in (DISABLED, ACTIVATED):
        return state
    return state if person.manageable else ABOVE


def _explain_state(account: User, only_missing: bool) -> str:
    """Return why nobody gets a code for the account as it is; "" if somebody may."""
    if not account.is_active:
        return DISABLED
    if account.is_activated:
        return ACTIVATED
    return HAS_CODE if account.has_code and only_missing else ""


def _sort_by_office(accounts: Iterable[User], offices: dict[int, Grant]) -> list[User]:
    """Return the accounts in the order of the office's name, then of the number."""
    return sorted(accounts, key=lambda account: (_name_office(offices[account.pk]), account.number))


def _name_offices(codes: list[IssuedCode], offices: dict[int, Grant]) -> list[IssuedCode]:
    """Return the codes with the office of each account that has one here."""
    return [
        replace(one, office=_name_office(offices[one.account.pk])) if one.account.pk in offices else one
        for one in codes
    ]


def _name_office(office: Grant) -> str:
    college = f"{office.branch.college} " if office.branch else ""
    return f"{college}{office.place} {office.get_role_display()}"


def _open_accounts(people: list[Member], by: User | None) -> tuple[list[User], int]:
    """Open an account without a password for each of the people, in two queries and without hashing.

    Returns the accounts, and how many people get none because an account of another name has their number.
    An account of the same number and name, opened before the roster came, becomes theirs.
    """
    of_key = {(person.school_id, make_number_key(person.student_no)): person for person in people}
    accounts = User.objects.filter(school__in={person.school_id for person in people}).alias(
        any_case=Upper("number")
    )
    taken = accounts.filter(any_case__in={key for _, key in of_key}).select_for_update()
    known = {(account.school_id, make_number_key(account.number)): account for account in taken}
    own = {
        key: known[key]
        for key, person in of_key.items()
        if key in known and known[key].member_id is None and make_name_key(known[key].name) == person.name_key
    }
    for key, account in own.items():
        account.member = of_key[key]
    made = [_build_account(person) for key, person in of_key.items() if key not in known]
    with pghistory.context(**({"user": by.pk} if by else {})):
        if own:
            User.objects.bulk_update(own.values(), ["member"])
        made = User.objects.bulk_create(made)
    return [*made, *own.values()], len(people) - len(made) - len(own)


def _build_account(person: Member) -> User:
    username = build_username(person.student_no, person.school)
    account = User(
        username=username, school=person.school, number=person.student_no, name=person.name, member=person
    )
    account.set_unusable_password()
    return account


def _write_codes(accounts: list[User], by: User | None, now: datetime) -> list[IssuedCode]:
    """Void the open codes of the locked accounts, write new ones and the events; return the codes."""
    ActivationCode.objects.outstanding().filter(account__in=[account.pk for account in accounts]).update(
        voided_at=now
    )
    expires_at = compute_expiry(now)
    issued = [
        IssuedCode(account, code, expires_at, reverse("activate_code", args=[code]))
        for account in accounts
        for code in [build_code(secrets.randbelow(count_codes()))]
    ]
    ActivationCode.objects.bulk_create(
        ActivationCode(
            account=one.account,
            digest=compute_digest(read_code(one.code)),
            issued_at=now,
            issued_by=by,
            expires_at=expires_at,
        )
        for one in issued
    )
    AccountEvent.objects.bulk_create(
        AccountEvent(school_id=account.school_id, user=account, kind=AccountEvent.Kind.CODE_ISSUED, by=by)
        for account in accounts
    )
    return issued
