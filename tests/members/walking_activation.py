"""Objects for the addresses of activation codes."""

from tests.places import Place, Target
from tests.world import World


def make_activation_targets(
    world: World, member: list[Target], branch: list[Target], college: list[Target], accounts: list[Target]
) -> dict[str, list[Target]]:
    """Return the targets; a code that nobody has opens for everybody, with the form."""
    schools = [Target((school.pk,), Place(school)) for school in (world.school, world.bh.school)]
    return {
        "activate_code": [Target(("3467-9ACD-EFHJ",))],
        "activation_branch": branch,
        "activation_college": college,
        "activation_school": schools,
        "member_code": member,
        "account_code": accounts,
    }
