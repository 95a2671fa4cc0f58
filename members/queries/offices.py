"""Which office a person can turn to, and who holds it today. Names only: phones have rules of their own."""

from dataclasses import dataclass
from datetime import date

from members.models import College, Grant, School, User
from members.permissions import COLLEGE, LIAISON, SCHOOL, ActingOffice, Role, RoleHeld
from members.querysets import GrantQuerySet


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
