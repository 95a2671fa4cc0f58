"""Find accounts by what a person types."""

from members.models import School, User
from members.sheets.cells import tidy_number


def find_accounts_by_number(number: str, school: School | None = None) -> list[User]:
    """Return the accounts with this student or staff number, in every school or only in one.

    Case, width, spaces and invisible marks do not matter. If two accounts of a school differ only in case, the one
    that is spelled exactly like the number wins.
    """
    typed = tidy_number(number)
    if not typed:
        return []
    accounts = User.objects.filter(number__iexact=typed).select_related("school").order_by("pk")
    if school:
        accounts = accounts.filter(school=school)
    found = list(accounts)
    exact = {account.school_id for account in found if account.number == typed}
    return [account for account in found if account.number == typed or account.school_id not in exact]
