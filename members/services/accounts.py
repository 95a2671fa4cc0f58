"""Who gets an account, and which role it holds on which part of the organisation, from when to when."""

import secrets
from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members.models import Branch, College, Grant, Member, School, Street, User
from members.models.accounts import username_for
from members.permissions import Role, may
from members.sheets.cells import name_key

Organisation = School | College | Branch | Street

# What a role is held on: the column of Grant, and what it is called.
PLACES = {
    Role.SCHOOL_ADMIN: (School, "school", "学校"),
    Role.COLLEGE_SECRETARY: (College, "college", "学院"),
    Role.BRANCH_SECRETARY: (Branch, "branch", "团支部"),
    Role.LIAISON: (Street, "street", "街乡"),
}
# Without 0 O 1 l I, which are mistaken for each other when a password is read out or copied by hand.
LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def new_password() -> str:
    """A password nobody has to think up: 16 characters, 92 bits."""
    return "".join(secrets.choice(LETTERS) for _ in range(16))


@transaction.atomic
def create_account(*, school: School, number: str, name: str, password: str | None = None) -> User:
    """An account that signs in with its number; that of a person of the roster opens the own page as well.

    Without a password nobody can sign in yet. ValidationError where the number has an account already, or where
    the roster knows the number under another name: the account would open somebody else's page.
    """
    number, name = number.strip(), name.strip()
    if not number or not name:
        raise ValidationError("请填写学号（工号）和姓名。")
    username = username_for(number, school)
    if User.objects.filter(username=username).exists():
        raise ValidationError(f"账号“{username}”已存在。")
    member = Member.objects.select_for_update().filter(school=school, student_no=number).first()
    if member and member.name_key != name_key(name):
        raise ValidationError(f"花名册中学号“{number}”的姓名与“{name}”不符，请核对。")
    user = User(username=username, school=school, number=number, name=name, member=member)
    if password is not None:
        validate_password(password, user)
    user.set_password(password)
    user.save()
    return user


@transaction.atomic
def grant(
    *,
    user: User,
    role: str,
    on: Organisation,
    starts_on: date | None = None,
    ends_on: date | None = None,
    by: User | None = None,
) -> Grant:
    """The role on that place, from and to and including the given days (default: from today, no end).

    Held before on the same place, the term is replaced; history keeps the old one. `by` is who grants it, None for
    the operator. ValidationError where role and place do not fit, or where it is not theirs to grant.
    """
    role = Role(role)
    column = check_place(user=user, role=role, on=on)
    _check_may_grant(by, role, on, user)
    starts_on = starts_on or timezone.localdate()
    _check_order(starts_on, ends_on)
    User.objects.select_for_update().get(pk=user.pk)
    held, _ = Grant.objects.update_or_create(
        user=user,
        role=role,
        **{place: on if place == column else None for _, place, _ in PLACES.values()},
        defaults={"starts_on": starts_on, "ends_on": ends_on},
    )
    return held


@transaction.atomic
def end_grant(*, grant: Grant, on: date, by: User | None = None) -> Grant:
    """The role is held up to and including that day."""
    held = Grant.objects.select_for_update().get(pk=grant.pk)
    _check_may_grant(by, Role(held.role), held.place, held.user)
    _check_order(held.starts_on, on)
    held.ends_on = on
    held.save(update_fields=["ends_on"])
    return held


def check_place(*, user: User, role: Role, on: Organisation) -> str:
    """Grant's column for the place; ValidationError where the role is not held on it or it is another school's."""
    if role not in PLACES:
        raise ValidationError("团员身份来自花名册，不能授权。")
    kind, column, label = PLACES[role]
    if not isinstance(on, kind):
        raise ValidationError(f"“{role.label}”须指定{label}。")
    if not isinstance(on, Street) and _school_of(on) != user.school:
        raise ValidationError(f"“{on}”不属于该账号所在的学校。")
    return column


def _school_of(on: School | College | Branch) -> School:
    if isinstance(on, Branch):
        return on.college.school
    return on.school if isinstance(on, College) else on


def _check_may_grant(by: User | None, role: Role, on: Organisation, user: User) -> None:
    """The school appoints secretaries and opens a street's access; a college appoints those of its branches."""
    if by is None:
        return
    action = "grant.branch" if role == Role.BRANCH_SECRETARY else "grant.staff"
    # A street is the city's: there it is the account's own school that decides.
    place = user.school if isinstance(on, Street) else on
    known = type(place).objects.visible_to(by, action).filter(pk=place.pk)
    if not may(by, action) or not known.exists():
        raise ValidationError(f"您不能授予“{on}”的“{role.label}”角色。")


def _check_order(starts_on: date, ends_on: date | None) -> None:
    if ends_on and ends_on < starts_on:
        raise ValidationError("结束日期不能早于开始日期。")
