"""Rates as a list that can be narrowed and sorted. Takes the rows of members.queries.rates."""

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
    """Rows on the given side of the lines, in the given order ("-" in front: the largest first).

    Without an order they stay by college and name, as they come.
    """
    kept = [row for row in rows if LINES[line](row.rate)] if line else list(rows)
    key = ORDERS.get(sort.removeprefix("-"))
    return sorted(kept, key=key, reverse=sort.startswith("-")) if key else kept
