"""More people for the walk: roles that have ended, that rest or that add up, and the repair account.

Each is one more chance to see too much, so what they reach is written by hand from requirements §1 and §6.
"""

from datetime import timedelta

from django.utils import timezone

from members.models import User
from members.permissions import Role
from tests.factories import GrantFactory, UserFactory, make_account, make_secretary
from tests.walk import Actor
from tests.world import World


def make_more_actors(world: World) -> list[Actor]:
    """Create the accounts and return them as actors; call this once for each world."""
    return [
        _make_predecessor(world),
        _make_disabled(world),
        _make_transferred(world),
        _make_two_offices(world),
        _make_secretary_and_liaison(world),
        _make_repair_account(),
    ]


def _make_predecessor(world: World) -> Actor:
    """§1: a role ends at once when its term does; yesterday was the last day."""
    user = make_secretary(world.college_a, number="T1101", name="前书记")
    user.grants.update(ends_on=timezone.localdate() - timedelta(days=1))
    return Actor("学院团委书记 college_a until yesterday", user, {})


def _make_disabled(world: World) -> Actor:
    """Every page sends an account that was switched off to the sign-in page, also in an open browser."""
    user = make_secretary(world.college_a, number="T1102", name="停用书记", is_active=False)
    return Actor("学院团委书记 college_a, switched off", user, {}, signed_in=False)


def _make_transferred(world: World) -> Actor:
    """§6: somebody who left opens the own hours and nothing else."""
    user = make_account(world.transferred)
    return Actor(
        "a person who was transferred",
        user,
        {Role.FORMER: lambda place: place.person == world.transferred},
    )


def _make_two_offices(world: World) -> Actor:
    """Two offices add up, and neither lends its rights to the place of the other.

    So a1's people can be seen but not edited, and other branches of college_a not even seen.
    """
    user = UserFactory(school=world.school, number="T1103", name="双职教师")
    GrantFactory(user=user, role=Role.BRANCH_SECRETARY, branch=world.a1)
    GrantFactory(user=user, role=Role.COLLEGE_SECRETARY, college=world.college_b)
    reach = {
        Role.BRANCH_SECRETARY: lambda place: (
            place.branch == world.a1
            or (place.whole_college and place.college == world.college_a)
            or (place.whole_school and place.school == world.school)
        ),
        Role.COLLEGE_SECRETARY: lambda place: (
            place.college == world.college_b or (place.whole_school and place.school == world.school)
        ),
    }
    return Actor("团支书 a1 and 学院团委书记 college_b", user, reach)


def _make_secretary_and_liaison(world: World) -> Actor:
    """The post for BH at urban opens BH's projects there, not its people, and nothing of JH at the same street.

    The office opens the people of college_b. No service gives one account an office and a post of the same school.
    """
    user = UserFactory(school=world.school, number="T1104", name="兼任干部")
    GrantFactory(user=user, role=Role.LIAISON, street=world.urban, school=world.bh.school)
    GrantFactory(user=user, role=Role.COLLEGE_SECRETARY, college=world.college_b)
    reach = {
        Role.LIAISON: lambda place: (place.street, place.school) == (world.urban, world.bh.school),
        Role.COLLEGE_SECRETARY: lambda place: (
            place.college == world.college_b or (place.whole_school and place.school == world.school)
        ),
    }
    return Actor("学院团委书记 college_b and 街乡负责人 urban of BH", user, reach)


def _make_repair_account() -> Actor:
    """A superuser reaches everything, but has neither school nor person: pages may refuse, never crash."""
    user = User.objects.create_superuser("repair", None, name="维护账号")
    return Actor("the repair account", user, dict.fromkeys(Role, lambda place: True), repairs=True)
