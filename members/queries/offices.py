"""Which office a person can turn to, and who holds it today. Names only: phones have rules of their own."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from members.account_querysets import GrantQuerySet
from members.models import College, Grant, School, User
from members.permissions import BRANCH, COLLEGE, LIAISON, SCHOOL, ActingOffice, Role, RoleHeld


@dataclass(frozen=True)
class Office:
    """An office by its Chinese name, with the names of the people who hold it."""

    name: str
    holders: list[str]

    def __str__(self):
        return f"{self.name}（{'、'.join(self.holders)}）" if self.holders else self.name


def find_office_in_scope(user: User, key: str) -> Grant | None:
    """Return the term with this key, whose office the user may see in 换届; None for anything else."""
    seen = Grant.objects.visible_to(user, "handover.view").exclude(role=LIAISON)
    offices = seen.select_related("school", "college__school", "branch__college__school")
    return offices.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 10 else None


def act_for(office: Grant) -> ActingOffice:
    """Return the office as a user, who sees what its holder sees."""
    held = RoleHeld(Role(office.role), office.school_id, office.college_id, office.branch_id)
    college = office.branch.college if office.branch else office.college
    return ActingOffice(college.school if college else office.school, held)


def find_office_of_college(college: College, today: date, *, but: User | None = None) -> Office:
    """Return the secretaries of a college, without `but`; if there are none, 校团委."""
    holders = list_holders(Grant.objects.filter(role=COLLEGE, college=college), today, but=but)
    if holders:
        return Office(f"{college}团委", holders)
    return find_office_of_school(college.school, today, but=but)


def find_office_of_school(school: School | None, today: date, *, but: User | None = None) -> Office:
    """Return the admins of a school, without `but`."""
    return Office("校团委", list_holders(Grant.objects.filter(role=SCHOOL, school=school), today, but=but))


def find_office_above(user: User, today: date) -> Office:
    """Return the office that decides on the roles of this account.

    For a person of a college or a former branch secretary it is the college, for everybody else the school.
    """
    if user.member:
        return find_office_of_college(user.member.branch.college, today)
    last = user.grants.select_related("branch__college__school").order_by("-starts_on", "-pk").first()
    if last and last.branch:
        return find_office_of_college(last.branch.college, today)
    return find_office_of_school(user.school, today)


def name_office_to_tell(user: User) -> str:
    """Return in words whom somebody tells that a stranger used their account: the level above all their offices."""
    # Not `active_grants`: allauth stores the account of a sign-in with all that is cached in it.
    roles = set(user.grants.active_on(timezone.localdate()).values_list("role", flat=True))
    if user.is_superuser:
        return "平台运维"
    if SCHOOL in roles:
        return "本校另一位校团委或平台运维"
    if COLLEGE in roles:
        return "校团委"
    if BRANCH in roles or user.member_id:
        return "本学院团委书记"
    return "邀请您的学校" if LIAISON in roles else "校团委"


def list_holders(grants: GrantQuerySet, today: date, *, but: User | None = None) -> list[str]:
    """Return the names of the people who hold one of the grants today; accounts switched off do not count.

    `but`: the reader, whom nobody sends to themselves.
    """
    if but is not None:
        grants = grants.exclude(user=but.pk)
    held = grants.active_on(today).filter(user__is_active=True).order_by("starts_on", "pk")
    return list(dict.fromkeys(held.values_list("user__name", flat=True)))


def describe_term(grant: Grant) -> str:
    """Return a term as text: 2018-09-01 至 2019-08-31, or 2018-09-01 起."""
    return f"{grant.starts_on} 至 {grant.ends_on}" if grant.ends_on else f"{grant.starts_on} 起"
