"""Objects of the walk: what a secretary does for the safety of another account."""

from allauth.usersessions.models import UserSession

from tests.places import Target
from tests.world import World

PAGES = ("account_factor_reset", "account_unlock")


def make_safety_targets(accounts: list[Target]) -> dict[str, list[Target]]:
    """Return the targets of the pages below an account; the accounts are those of the page `account`."""
    return dict.fromkeys(PAGES, accounts)


def make_session_targets(world: World) -> list[Target]:
    """Return a session of an account; the page tells nobody whether it is theirs, and ends only the own."""
    session = UserSession.objects.create(
        user=world.secretary, ip="203.0.113.7", session_key="0" * 32, user_agent="Firefox"
    )
    return [Target((session.pk,))]
