"""Objects of campus sign-in for the walk over all addresses."""

from allauth.socialaccount.models import SocialAccount

from members.models import CampusLink, User
from tests.factories import UserFactory
from tests.places import Target, make_place
from tests.world import World


def make_campus_targets(world: World) -> dict[str, list[Target]]:
    """Return identities bound to accounts, and first sign-ins that wait for a decision."""
    people = [world.missing, world.lead, world.zhang_wei_b, world.bh.zhang_wei]
    # Whoever reaches a person without an office may unlink their identity; offices are in tests/members/campus.
    without_office = [world.missing, world.registered, world.zhang_wei_b, world.bh.zhang_wei]
    return {
        "campus_link": [Target((_make_link(person).pk,), make_place(person)) for person in people],
        "campus_unlink": [Target((_bind(person).pk,), make_place(person)) for person in without_office],
    }


def _make_link(person) -> CampusLink:
    return CampusLink.objects.create(
        school=person.school,
        provider=f"campus-{person.school.code}",
        uid=f"walk-{person.pk}",
        number=person.student_no,
        name="别名",
        member=person,
    )


def _bind(person) -> SocialAccount:
    account = User.objects.filter(member=person).first() or UserFactory(
        school=person.school, member=person, number=person.student_no, name=person.name
    )
    return SocialAccount.objects.create(
        user=account, provider=f"campus-{person.school.code}", uid=f"bound-{person.pk}"
    )
