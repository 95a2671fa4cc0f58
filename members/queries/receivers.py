"""Offices as receivers of messages, and the office in which somebody acted."""

from collections.abc import Iterable

from members.models import Branch, Grant, User
from members.models.history import event_rows
from members.permissions import BRANCH, COLLEGE, SCHOOL, Role, RoleHeld


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


def find_offices_of(acts: Iterable[tuple[User, Branch]]) -> list[RoleHeld]:
    """Return the office in which each account acted for a branch, each once; one query.

    An office counts also if its term has ended or was taken back: the people who hold it now are told, never the account
    itself. That of the branch comes before that of its college and of the school. Where the account held none of them,
    because the person has moved to another branch since, it is the office of the same level; an operator acts for the school.
    """
    acts = list(acts)
    held = event_rows(Grant).filter(
        user__in={user.pk for user, _ in acts}, role__in=(BRANCH, COLLEGE, SCHOOL)
    )
    places: dict[int, set[tuple]] = {}
    for user_id, *place in held.order_by().values_list("user", "role", "branch", "college").distinct():
        places.setdefault(user_id, set()).add(tuple(place))
    return list(dict.fromkeys(_find_office(places.get(user.pk, set()), branch) for user, branch in acts))


def _find_office(held: set[tuple], branch: Branch) -> RoleHeld:
    """Return the office of a branch, its college or its school, by the offices that an account has held."""
    roles = {role for role, _, _ in held}
    if (BRANCH, branch.pk, None) in held:
        return build_branch_office(branch.pk)
    if (COLLEGE, None, branch.college_id) in held or (COLLEGE in roles and BRANCH not in roles):
        return build_college_office(branch.college_id)
    if roles <= {SCHOOL}:
        return build_school_office(branch.college.school_id)
    return build_branch_office(branch.pk)
