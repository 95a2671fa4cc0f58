"""The first page of a school or a college: its figures, the branches in need, and the next bulletin."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from members.queries.organisation import BranchNode, CollegeNode
from members.rules import Rate
from reports.rules.bulletins import Numbering, compute_ranks


@dataclass(frozen=True)
class Board:
    """Figures over one or all colleges of a school, from a tree that is loaded once."""

    colleges: list[CollegeNode]
    floor_percent: int

    @cached_property
    def total(self) -> Rate:
        return sum((college.rate for college in self.colleges), Rate(floor_percent=self.floor_percent))

    @cached_property
    def branches(self) -> list[tuple[CollegeNode, BranchNode]]:
        return [(college, branch) for college in self.colleges for branch in college.branches]

    @cached_property
    def ranked(self) -> list[tuple[int | None, CollegeNode]]:
        """Return (place, college), the highest rate first; equal rates share one, without members it is
        None."""
        places = compute_ranks([(college.rate.registered, college.rate.members) for college in self.colleges])
        pairs = zip(places, self.colleges, strict=True)
        return sorted(pairs, key=lambda pair: (pair[0] is None, pair[0], pair[1].name))

    @cached_property
    def below(self) -> list[tuple[CollegeNode, BranchNode]]:
        """Return branches under the penalty line, those that lack most people first."""
        found = [(college, branch) for college, branch in self.branches if "below" in branch.flags]
        return sorted(found, key=lambda pair: (-pair[1].rate.missing_for_floor, pair[0].name, pair[1].name))

    @cached_property
    def by_need(self) -> list[BranchNode]:
        """Return all branches, those that lack most people for the penalty line first, then for the goal."""
        nodes = [branch for _, branch in self.branches]
        return sorted(nodes, key=lambda node: (-node.rate.missing_for_floor, -node.rate.missing, node.name))

    @cached_property
    def without_secretary(self) -> int:
        return sum("no_secretary" in branch.flags for _, branch in self.branches)

    @cached_property
    def small(self) -> int:
        return sum("small" in branch.flags for _, branch in self.branches)

    @cached_property
    def colleges_without_secretary(self) -> list[CollegeNode]:
        return [college for college in self.colleges if "no_secretary" in college.flags]

    @cached_property
    def colleges_without_roster(self) -> list[CollegeNode]:
        return [college for college in self.colleges if "no_roster" in college.flags]


@dataclass(frozen=True)
class NextIssue:
    """The next bulletin: its number and date; `today` says whether it is due today."""

    number: int
    due_on: date
    today: bool


def get_next_issue(numbering: Numbering, *, issued: set[date], today: date) -> NextIssue | None:
    """Return the next bulletin of a year, also today's if not issued; None when the series has ended."""
    due_on = numbering.schedule.next_on(today if today in issued else today - timedelta(days=1))
    return NextIssue(numbering.number(due_on), due_on, due_on == today) if due_on else None
