"""Filter and sort the rates that members.queries.rates returns."""

from collections.abc import Callable
from fractions import Fraction

from members.queries.rates import BranchRate, CollegeRate

Row = BranchRate | CollegeRate

LINES: dict[str, Callable] = {
    "below": lambda rate: rate.below_floor,
    "incomplete": lambda rate: rate.members > 0 and not rate.complete,
    "complete": lambda rate: rate.complete,
    "empty": lambda rate: rate.members == 0,
}
ORDERS: dict[str, Callable] = {
    "name": lambda row: (row.college, row.branch if isinstance(row, BranchRate) else ""),
    "rate": lambda row: Fraction(row.rate.registered, row.rate.members) if row.rate.members else Fraction(-1),
    "members": lambda row: row.rate.members,
    "registered": lambda row: row.rate.registered,
    "missing": lambda row: row.rate.missing,
    "floor": lambda row: row.rate.missing_for_floor,
    "reported": lambda row: row.rate.reported,
    "activists": lambda row: row.rate.activists,
    "out": lambda row: row.rate.out,
}


def narrow_rates(rows: list[Row], line: str) -> list[Row]:
    """Return the rows that match `line` (a key of LINES), all for ""; their order stays."""
    return [row for row in rows if LINES[line](row.rate)] if line else list(rows)


def find_behind(rows: list[Row]) -> list[Row]:
    """Return the rows below 100 %, those with most missing people first."""
    return sorted(narrow_rates(rows, "incomplete"), key=ORDERS["missing"], reverse=True)
