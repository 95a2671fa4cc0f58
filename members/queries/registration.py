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
    "rate": lambda row: Fraction(row.rate.registered, row.rate.members) if row.rate.members else Fraction(-1),
    "members": lambda row: row.rate.members,
    "registered": lambda row: row.rate.registered,
    "missing": lambda row: row.rate.missing,
    "floor": lambda row: row.rate.missing_for_floor,
    "reported": lambda row: row.rate.reported,
    "activists": lambda row: row.rate.activists,
    "out": lambda row: row.rate.out,
}


def arranged(rows: list[Row], *, line: str = "", sort: str = "") -> list[Row]:
    """Return the rows that match `line` (a key of LINES), sorted by `sort` (a key of ORDERS; "-": largest
    first).

    Without `sort` the rows keep their order, by college and name.
    """
    kept = [row for row in rows if LINES[line](row.rate)] if line else list(rows)
    key = ORDERS.get(sort.removeprefix("-"))
    return sorted(kept, key=key, reverse=sort.startswith("-")) if key else kept
