"""Objects of the walk: what a secretary does for the safety of another account."""

from tests.places import Target

PAGES = ("account_factor_reset",)


def make_safety_targets(accounts: list[Target]) -> dict[str, list[Target]]:
    """Return the targets of the pages below an account; the accounts are those of the page `account`."""
    return dict.fromkeys(PAGES, accounts)
