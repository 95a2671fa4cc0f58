"""Objects for the walk: terms that may be ended, and accounts that may be disabled, by the level above."""

from members.models import Grant
from members.permissions import Role
from tests.factories import GrantFactory, UserFactory, make_school_admin
from tests.places import Place, Target, make_place
from tests.world import World


def make_office_targets(world: World) -> dict[str, list[Target]]:
    """Return terms with the places of those who appoint to them: a college to its branches, a school to all.

    Accounts: of a teacher without office (only the school's), of a branch secretary who is no person of the roster.
    """
    offices = [
        (world.branch_secretary.grants.get(), make_place(world.a1)),
        (_appoint_teacher(world.school, world.b1), make_place(world.b1)),
        (world.secretary.grants.get(), Place(world.school)),
        (make_school_admin(world.school).grants.get(), Place(world.school)),
        (world.bh.secretary.grants.get(), Place(world.bh.school)),
    ]
    terms = [Target((grant.pk,), place) for grant, place in offices]
    accounts = [Target((grant.user_id,), place) for grant, place in offices]
    accounts += [
        Target((world.nobody.pk,), Place(world.school)),
        Target((world.member.pk,), make_place(world.missing)),
    ]
    return {
        **dict.fromkeys(("office_end", "office_extend"), terms),
        **dict.fromkeys(("account_disable", "account_enable"), accounts),
    }


def _appoint_teacher(school, branch) -> Grant:
    user = UserFactory(school=school)
    return GrantFactory(user=user, role=Role.BRANCH_SECRETARY, branch=branch)
