"""Offices as receivers of messages, and the office in which somebody acted."""

from collections.abc import Iterable

from members.models import Branch, Grant, User
from members.permissions import BRANCH, COLLEGE, Role, RoleHeld


def build_branch_office(branch_id: int) -> RoleHeld:
    """Return the office of a branch's 团支书."""
    return RoleHeld(Role.BRANCH_SECRETARY, branch_id=branch_id)


def build_college_office(college_id: int) -> RoleHeld:
    """Return the office of a college's 团委书记."""
    return RoleHeld(Role.COLLEGE_SECRETARY, college_id=college_id)


def build_school_office(school_id: int) -> RoleHeld:
    """Return the office of a school's 校团委."""
    return RoleHeld(Role.SCHOOL_ADMIN, school_id=school_id)


def build_liaison_office(street_id: int, school_id: int) -> RoleHeld:
    """Return the office of a street's liaisons, told by one school."""
    return RoleHeld(Role.LIAISON, school_id=school_id, street_id=street_id)


def find_offices_of(acts: Iterable[tuple[User, Branch]]) -> list[RoleHeld | User]:
    """Return the office in which each account acted for a branch, each once; one query.

    An office counts also if the term has ended, that of the branch before that of its college. An account that held
    neither is returned itself.
    """
    acts = list(acts)
    held = Grant.objects.filter(user__in={user.pk for user, _ in acts}, role__in=(BRANCH, COLLEGE))
    offices = set(held.values_list("user", "branch", "college"))
    found: dict[RoleHeld | User, None] = {}
    for user, branch in acts:
        if (user.pk, branch.pk, None) in offices:
            found[build_branch_office(branch.pk)] = None
        elif (user.pk, None, branch.college_id) in offices:
            found[build_college_office(branch.college_id)] = None
        else:
            found[user] = None
    return list(found)
