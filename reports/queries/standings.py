"""Verdicts as a list that can be filtered, sorted and counted.

Takes the rows of reports.queries.eligibility.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from reports.queries.eligibility import JudgedBranch, JudgedMember


def _compute_share(row: JudgedBranch) -> Fraction:
    """Return registered ÷ members; a branch without members sorts before all others."""
    rate = row.verdict.rate
    return Fraction(rate.registered, rate.members) if rate.members else Fraction(-1)


def _rank(bar: bool | None) -> int:
    """Return the sort rank: open honours, then barred ones, then people and branches without a verdict."""
    return 2 if bar is None else int(bar)


STANDINGS: dict[str, Callable[[JudgedMember], bool]] = {
    "risk": lambda row: row.verdict.excellent is False,
    "close": lambda row: row.verdict.standing == "close",
    "unregistered": lambda row: not row.verdict.figures.registered,
    "passes": lambda row: row.verdict.standing == "passes",
    "exception": lambda row: row.verdict.by_exception,
    "asked": lambda row: row.verdict.figures.asked,
    "not_judged": lambda row: bool(row.verdict.not_judged),
}
ORDERS: dict[str, Callable[[JudgedMember], tuple]] = {
    "name": lambda row: (row.sort_key, row.student_no),
    "number": lambda row: (row.student_no,),
    "branch": lambda row: (row.college, row.branch, row.sort_key),
    "registered": lambda row: (row.verdict.figures.registered, row.sort_key),
    "minutes": lambda row: (row.verdict.figures.minutes, row.sort_key),
    "missing": lambda row: (len(row.verdict.reasons), row.verdict.missing_minutes, row.sort_key),
    "honour": lambda row: (_rank(row.verdict.honour_bar), row.sort_key),
}
BRANCHES: dict[str, Callable[[JudgedBranch], bool]] = {
    "barred": lambda row: row.verdict.honour_bar is True,
    "open": lambda row: row.verdict.honour_bar is False,
    "empty": lambda row: row.verdict.honour_bar is None,
}
BRANCH_ORDERS: dict[str, Callable[[JudgedBranch], tuple]] = {
    "branch": lambda row: (row.college, row.branch),
    "rate": lambda row: (_compute_share(row), row.branch),
    "missing": lambda row: (row.verdict.rate.missing_for_floor, row.branch),
    "members": lambda row: (row.verdict.rate.members, row.branch),
}


def filter_by_standing(rows: Iterable[JudgedMember], standing: str) -> Iterator[JudgedMember]:
    """Return the rows of the given standing, in the order given; all of them if it is ""."""
    return filter(STANDINGS[standing], rows) if standing else iter(rows)


@dataclass
class Tally:
    """The number of people in each standing; `assessed` are those on whom something is decided."""

    name: str = ""
    assessed: int = 0
    passes: int = 0
    exception: int = 0
    risk: int = 0
    close: int = 0
    unregistered: int = 0
    asked: int = 0
    groups: dict[str, "Tally"] = field(default_factory=dict)

    def add(self, row: JudgedMember) -> None:
        if row.verdict.not_judged:
            return
        self.assessed += 1
        for standing in ("passes", "exception", "risk", "close", "unregistered", "asked"):
            setattr(self, standing, getattr(self, standing) + STANDINGS[standing](row))

    @property
    def assessed_text(self) -> str:
        return f"评议对象共 {self.assessed} 人"

    @property
    def behind(self) -> list["Tally"]:
        """Return the groups in which somebody is at risk, those with most first."""
        found = [group for group in self.groups.values() if group.risk]
        return sorted(found, key=lambda group: (-group.risk, group.name))


def count_standings(rows: Iterable[JudgedMember], *, group: Callable[[JudgedMember], str]) -> Tally:
    """Count all rows together, and each group by its name."""
    total = Tally()
    for row in rows:
        name = group(row)
        total.add(row)
        total.groups.setdefault(name, Tally(name)).add(row)
    return total
