"""Create accounts and grant them roles on parts of the organisation, each for a term."""

import secrets
from datetime import date
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from members.models import ActivationCode, Branch, College, Grant, Member, School, Street, User
from members.models.accounts import build_username
from members.permissions import Role, may
from members.queries.offices import describe_term
from members.sheets.account_cells import clean_account_name, clean_account_number
from members.sheets.cells import CellError, make_name_key, tidy_number

Organisation = School | College | Branch | Street

# For each role the model of its place, the column of Grant and the Chinese label.
PLACES = {
    Role.SCHOOL_ADMIN: (School, "school", "学校"),
    Role.COLLEGE_SECRETARY: (College, "college", "学院"),
    Role.BRANCH_SECRETARY: (Branch, "branch", "团支部"),
    Role.LIAISON: (Street, "street", "街乡"),
}
TAKEN = "账号“{}”已存在。"
NUMBER_CONSTRAINTS = (
    "account_number_once_per_school",
    "members_user_username_key",
    "members_user_member_id_key",
)
# Without 0 O 1 l I, which people confuse when they read out or copy a password.
LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def generate_password() -> str:
    """Return a random password of 16 characters (92 bits)."""
    return "".join(secrets.choice(LETTERS) for _ in range(16))


@transaction.atomic
def create_account(*, school: School, number: str, name: str, password: str | None = None) -> User:
    """Create an account that signs in with its number; for a person of the roster it also opens their own
    page.

    Without a password nobody can sign in yet. Raises ValidationError if the number already has an account, if
    the roster has the number under another name (the account would open another person's page), or if somebody in
    no roster gives an ID-card number or a name that is none.
    """
    number = tidy_number(number)
    name = name.strip()
    if not number or not name:
        raise ValidationError("请填写学号（工号）和姓名。")
    username = build_username(number, school)
    if known := User.objects.of_number(number, school).first():
        raise ValidationError(TAKEN.format(known.username))
    people = Member.objects.select_for_update(of=("self",)).filter(school=school, student_no__iexact=number)
    member = people.with_number_first(number).first()
    if member and member.name_key != make_name_key(name):
        raise ValidationError(f"花名册中学号“{number}”的姓名与“{name}”不符，请核对。")
    if member is None:
        name = _read_stranger(number, name)
    user = User(username=username, school=school, number=number, name=name, member=member)
    if password is not None:
        validate_password(password, user)
    user.set_password(password)
    _save_new(user)
    return user


def _save_new(user: User) -> None:
    """Save a new account; refuse it if somebody has just opened one with the number (ValidationError)."""
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if constraint not in NUMBER_CONSTRAINTS:
            raise
        raise ValidationError(TAKEN.format(user.username)) from error


def _read_stranger(number: str, name: str) -> str:
    """Return the name of somebody in no roster; raise ValidationError where number or name cannot be kept (§4, §6)."""
    try:
        clean_account_number(number)
        read = clean_account_name(name)
    except CellError as error:
        raise ValidationError(f"{error}。") from error
    if not read:
        raise ValidationError("请填写学号（工号）和姓名。")
    return read


@transaction.atomic
def grant_role(
    *,
    user: User,
    role: str,
    on: Organisation,
    starts_on: date | None = None,
    ends_on: date | None = None,
    by: User | None = None,
    school: School | None = None,
) -> Grant:
    """Grant a role on a place; the term includes both days (default: from today, no end).

    `school` is the school for which a liaison works at the street; default: the school of the account.

    A term after a gap is a row of its own, so that the earlier term stays true. A term that begins on the day of
    an earlier one corrects its end; any other overlap is refused, except that a liaison's term is prolonged. `by` is
    the user who grants the role, None for the operator. An activation code of somebody below the new office becomes
    void. Raises ValidationError also if role and place do not fit, or if `by` may not grant the role there.
    """
    role = Role(role)
    column = check_place(user=user, role=role, on=on)
    _check_may_grant(by, role, on, user, school)
    refuse_both_sides(user=user, role=role, on=on, school=school)
    starts_on = starts_on or timezone.localdate()
    _check_term_order(starts_on, ends_on)
    User.objects.select_for_update().get(pk=user.pk)
    places: dict[str, Any] = {place: on if place == column else None for _, place, _ in PLACES.values()}
    if role == Role.LIAISON:
        places["school"] = school or user.school
    held = find_overlapping_term(
        user=user, role=role, on=on, starts_on=starts_on, ends_on=ends_on, school=places["school"]
    )
    if held is None:
        held = Grant.objects.create(user=user, role=role, **places, starts_on=starts_on, ends_on=ends_on)
    else:
        _change_term(held, starts_on, ends_on)
    void_codes_from_below(user)
    return held


def _change_term(held: Grant, starts_on: date, ends_on: date | None) -> None:
    """Correct the end of a term that begins on the same day, or prolong a liaison's; refuse any other overlap."""
    if held.starts_on != starts_on and held.role != Role.LIAISON:
        raise ValidationError(
            f"{held.user}已任“{held}”（{describe_term(held)}），任期不能重叠。请延长或先结束该任期。"
        )
    held.starts_on, held.ends_on = min(held.starts_on, starts_on), ends_on
    held.save(update_fields=["starts_on", "ends_on"])


def find_overlapping_term(
    *,
    user: User,
    role: str,
    on: Organisation,
    starts_on: date,
    ends_on: date | None,
    school: School | None = None,
) -> Grant | None:
    """Return the user's first term in this role on this place that shares a day with the given term, or None.

    `school` is the school for which a liaison works at the street.
    """
    terms = user.grants.filter(
        Q(ends_on=None) | Q(ends_on__gte=starts_on), role=role, **{PLACES[Role(role)][1]: on}
    )
    if role == Role.LIAISON:
        terms = terms.filter(school=school)
    if ends_on:
        terms = terms.filter(starts_on__lte=ends_on)
    return terms.order_by("starts_on").first()


@transaction.atomic
def end_grant(*, grant: Grant, on: date, by: User | None = None) -> Grant:
    """End a role; `on` is the last day of its term. Raises ValidationError if `by` may not grant the role."""
    held = Grant.objects.select_for_update().get(pk=grant.pk)
    _check_may_grant(by, Role(held.role), held.place, held.user, held.school)
    _check_term_order(held.starts_on, on)
    held.ends_on = on
    held.save(update_fields=["ends_on"])
    return held


def check_place(*, user: User, role: Role, on: Organisation) -> str:
    """Return Grant's column for the place.

    Raises ValidationError if the role does not fit the place, or if the place belongs to another school.
    """
    if role not in PLACES:
        raise ValidationError("团员身份来自花名册，不能授权。")
    kind, column, label = PLACES[role]
    if not isinstance(on, kind):
        raise ValidationError(f"“{role.label}”须指定{label}。")
    if isinstance(on, Street) and user.school is None:
        raise ValidationError("账号不属于任何学校，不能担任街乡负责人。")
    if not isinstance(on, Street) and get_school_of(on) != user.school:
        raise ValidationError(f"“{on}”不属于该账号所在的学校。")
    return column


def find_other_side(user: User, school: School) -> str:
    """Return why an account must not act for a street towards this school, in Chinese; "" if it may.

    The street agrees projects and confirms attendance; nobody does so for their own school (三(四)3).
    """
    if user.is_superuser:
        return ""  # the operator's repair account, which holds no office
    if user.member_id:
        return "这是学生本人的账号，不能担任街乡负责人。"
    held = user.grants.open_on(timezone.localdate()).exclude(role=Role.LIAISON)
    here = Q(school=school) | Q(college__school=school) | Q(branch__college__school=school)
    if held.filter(here).exists():
        return f"该账号在{school}担任团委工作，不能同时担任街乡负责人。"
    return ""


def refuse_both_sides(*, user: User, role: Role, on: Organisation, school: School | None = None) -> None:
    """Refuse a role that would put one account on both sides: the street's and the school's (ValidationError)."""
    if role == Role.LIAISON:
        host = school or user.school
        if host and (problem := find_other_side(user, host)):
            raise ValidationError(problem)
        return
    host = get_school_of(on) if not isinstance(on, Street) else None
    posts = user.grants.open_on(timezone.localdate()).filter(role=Role.LIAISON, school=host)
    if posts.exists():
        raise ValidationError(f"该账号是{host}的街乡负责人，不能同时担任团委工作。")


def get_school_of(on: School | College | Branch) -> School:
    """Return the school of a place."""
    if isinstance(on, Branch):
        return on.college.school
    return on.school if isinstance(on, College) else on


def may_manage_account(by: User, account: User) -> bool:
    """Return whether `by` may issue codes for an account, reset its second factor or lift its lock.

    The person must be in scope, and `by` must be allowed to appoint to every office that the account holds, now or
    later. So nobody takes over an account above their own. Own accounts are managed on the own pages (§1).
    """
    if account.pk == by.pk or (account.is_superuser and not by.is_superuser):
        return False
    if account.member_id:
        if not Member.objects.visible_to(by, "account.view").filter(pk=account.member_id).exists():
            return False
    elif not User.objects.visible_to(by, "account.view").filter(pk=account.pk).exists():
        return False
    offices = account.grants.open_on(timezone.localdate()).select_related(
        "school", "college__school", "branch__college__school", "street"
    )
    return all(may_grant(by, Role(held.role), held.place, account, held.school) for held in offices)


def is_street_account(account: User) -> bool:
    """Return whether the account acts for a street, now or later."""
    return account.grants.open_on(timezone.localdate()).filter(role=Role.LIAISON).exists()


def may_know_code(by: User, account: User) -> bool:
    """Return whether `by` may hold an activation code of the account, with which anybody takes the account over.

    Nobody of a school gets into a street's account, because the street checks the school.
    """
    if not by.is_active or not may_manage_account(by, account):
        return False
    return by.is_superuser or not is_street_account(account)


def void_codes_from_below(account: User) -> None:
    """Void the open codes of an account that people issued who may not manage it any more.

    The caller holds the account's lock. A code of the operator, and of somebody who still may issue one, stays valid.
    """
    codes = ActivationCode.objects.outstanding().filter(account=account.pk).exclude(issued_by=None)
    for code in codes.select_related("issued_by__member").select_for_update(of=("self",)):
        if not may_know_code(code.issued_by, account):
            code.voided_at = timezone.now()
            code.save(update_fields=["voided_at"])


def may_grant(by: User, role: Role, on: Organisation, user: User, school: School | None = None) -> bool:
    """Return whether `by` may grant and end this role of `user` on this place; `school` as in `grant_role`."""
    try:
        _check_may_grant(by, role, on, user, school)
    except ValidationError:
        return False
    return True


def _check_may_grant(
    by: User | None, role: Role, on: Organisation, user: User, school: School | None
) -> None:
    """Refuse a grant that `by` may not make (ValidationError).

    The school appoints its admins, college secretaries and liaisons; school and college appoint branch
    secretaries.
    """
    if by is None:
        return
    action = "grant.branch" if role == Role.BRANCH_SECRETARY else "grant.staff"
    # A street belongs to the city, so the school for which the liaison works decides.
    place: Any = (school or user.school) if isinstance(on, Street) else on
    known = place and type(place).objects.visible_to(by, action).filter(pk=place.pk)
    if not may(by, action) or not known or not known.exists():
        raise ValidationError(f"您不能授予“{on}”的“{role.label}”角色。")


def _check_term_order(starts_on: date, ends_on: date | None) -> None:
    if ends_on and ends_on < starts_on:
        raise ValidationError("结束日期不能早于开始日期。")
