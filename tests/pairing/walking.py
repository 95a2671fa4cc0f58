"""Objects of pairing for the walk over all addresses: a liaison who works for two schools."""

from members.models import Grant, User
from members.permissions import Role
from tests.factories import GrantFactory, make_liaison
from tests.world import World

NUMBER = "S1000"


def get_liaison_of_two(world: World) -> User:
    """Return the account of JH that works for JH at `suburban` and for BH at `urban`; make it when first asked for.

    The other two pairs of street and school belong to other liaisons, and the account must not open them.
    """
    if found := User.objects.filter(school=world.school, number=NUMBER).first():
        return found
    user = make_liaison(world.suburban, world.school, number=NUMBER, name="双校干部")
    GrantFactory(user=user, role=Role.LIAISON, street=world.urban, school=world.bh.school)
    return user


def list_liaison_grants(world: World) -> list[Grant]:
    """Return the liaisons' roles for two schools, also those of one account."""
    other = make_liaison(world.urban, world.bh.school)
    users = [world.liaison, get_liaison_of_two(world), other]
    return list(
        Grant.objects.filter(user__in=users, role=Role.LIAISON).select_related("school").order_by("pk")
    )
