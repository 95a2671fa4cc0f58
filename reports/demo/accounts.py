"""Accounts of the invented school: one per role to sign in with, and the secretaries of all other places."""

from datetime import date
from itertools import count

from django.contrib.auth.hashers import check_password, make_password
from django.utils import timezone

from members.models import Branch, College, Grant, Member, School, Street, User
from members.models.accounts import build_username
from members.permissions import Role
from members.services.accounts import create_account, grant_role
from reports.demo.names import draw_name
from reports.demo.school import Demo

PASSWORD = "zhiyuan-demo-2018"  # noqa: S105 - opens invented accounts only; production refuses to seed


def open_accounts(demo: Demo) -> None:
    """Open the accounts. Terms have begun and do not end, so that a demo of any year can be opened today."""
    starts_on = min(date(demo.newest_grade, 9, 1), timezone.localdate())
    leads = {
        branch: demo.list_counted(branch)[0]
        for plan, branch in zip(demo.plans, demo.branches, strict=True)
        if plan.has_secretary
    }
    shown = next(branch for branch, lead in leads.items() if _has_work_left(demo, branch, lead))
    _open_one_per_role(demo, branch=shown, lead=leads.pop(shown), starts_on=starts_on)
    _open_other_secretaries(demo, leads, shown=shown.college, starts_on=starts_on)


def list_accounts_to_show(school: School, *, just_made: bool = False) -> list[User]:
    """Return the accounts that the demo's password opens; an account with a changed password is left out."""
    accounts = [user for user in school.users.order_by("pk") if user.has_usable_password()]
    if just_made:
        return accounts
    # They share one hash until a user changes the password; one check takes a large part of a second.
    fits = {encoded: check_password(PASSWORD, encoded) for encoded in {user.password for user in accounts}}
    return [user for user in accounts if fits[user.password]]


def _has_work_left(demo: Demo, branch: Branch, lead: Member) -> bool:
    """Return whether the branch has at least 20 people and one besides the secretary never registers."""
    counted = demo.list_counted(branch)
    return len(counted) >= 20 and any(not demo.registers(member) for member in counted if member != lead)


def _open_one_per_role(demo: Demo, *, branch: Branch, lead: Member, starts_on: date) -> None:
    missing = next(m for m in demo.list_counted(branch) if m != lead and not demo.registers(m))
    # A street that has room, so that the college to sign in as can be paired with it.
    streets, opened = Street.objects.filter(kind=Street.Kind.URBAN, taken_elsewhere__lt=3), []
    street = streets.earliest("pk")
    for number, name, role, place in (
        ("T0001", draw_name(demo.random, Member.Gender.MALE), Role.SCHOOL_ADMIN, demo.school),
        ("T0002", draw_name(demo.random, Member.Gender.FEMALE), Role.COLLEGE_SECRETARY, branch.college),
        (lead.student_no, lead.name, Role.BRANCH_SECRETARY, branch),
        (missing.student_no, missing.name, None, None),
        ("S0001", street.contact, Role.LIAISON, street),
    ):
        user = create_account(school=demo.school, number=number, name=name)
        opened.append(user.pk)
        if role:
            grant_role(user=user, role=role, on=place, starts_on=starts_on)
    User.objects.filter(pk__in=opened).update(password=make_password(PASSWORD))


def _open_other_secretaries(
    demo: Demo, leads: dict[Branch, Member], *, shown: College, starts_on: date
) -> None:
    """Open accounts with a role for all other secretaries; nobody knows a password for them."""
    grants, numbers = [], count(101)
    for college in demo.school.colleges.exclude(pk=shown.pk).order_by("pk"):
        user = User(number=f"T0{next(numbers)}", name=draw_name(demo.random, Member.Gender.FEMALE))
        grants.append(Grant(user=user, role=Role.COLLEGE_SECRETARY, college=college, starts_on=starts_on))
    for branch, lead in leads.items():
        user = User(number=lead.student_no, name=lead.name, member=lead)
        grants.append(Grant(user=user, role=Role.BRANCH_SECRETARY, branch=branch, starts_on=starts_on))
    for held in grants:
        held.user.school, held.user.password = demo.school, make_password(None)
        held.user.username = build_username(held.user.number, demo.school)
    User.objects.bulk_create(held.user for held in grants)
    Grant.objects.bulk_create(grants)
