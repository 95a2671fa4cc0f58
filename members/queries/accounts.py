"""Find accounts by what a person types."""

from django.db.models import Q

from members.models import School, StudentNumber, User
from members.sheets.cells import tidy_number


def find_accounts_by_number(number: str, school: School | None = None) -> list[User]:
    """Return the accounts with this student or staff number, in every school or only in one.

    Case, width, spaces and invisible marks do not matter, and a former number leads to the account too. If
    several accounts of a school fit, the one that is spelled exactly like the number wins, then one that has
    the number now.
    """
    typed = tidy_number(number)
    if not typed:
        return []
    former = StudentNumber.objects.filter(number__iexact=typed).values("member")
    fits = Q(number__iexact=typed) | Q(member__in=former)
    # Accounts without a number are not in the index.
    accounts = User.objects.filter(fits).exclude(number="").select_related("school").order_by("pk")
    if school:
        accounts = accounts.filter(school=school)
    found = list(accounts)
    best: dict[int | None, int] = {}
    for account in found:
        place = _rank_number(account, typed)
        best[account.school_id] = min(place, best.get(account.school_id, place))
    return [account for account in found if _rank_number(account, typed) == best[account.school_id]]


def _rank_number(account: User, typed: str) -> int:
    """Return 0 for the number as it is spelled, 1 in another case, 2 for a former number."""
    if account.number == typed:
        return 0
    return 1 if account.number.casefold() == typed.casefold() else 2
