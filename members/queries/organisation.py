"""The tree school → college → branch (三(一)), with the secretaries of each part and flags for what it lacks."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q, QuerySet

from members.models import Grant
from members.queries.rates import compute_branch_rates
from members.rules import Rate

# A branch needs at least three League members; a smaller one should be merged.
SMALLEST_BRANCH = 3


@dataclass(frozen=True)
class BranchNode:
    """A branch in the tree, with its rate and the names of its secretaries."""

    pk: int
    name: str
    outside_no: str
    secretaries: list[str]
    rate: Rate
    twin: bool = False

    @property
    def flags(self) -> set[str]:
        """`below` (the penalty line), `no_secretary`, `small` (fewer than three counted members), `twin`."""
        found = {
            "twin": self.twin,
            "below": self.rate.below_floor,
            "no_secretary": not self.secretaries,
            "small": self.rate.members < SMALLEST_BRANCH,
        }
        return {flag for flag, holds in found.items() if holds}


@dataclass(frozen=True)
class CollegeNode:
    """A college in the tree, with its branches; its rate is the sum of theirs."""

    pk: int
    name: str
    outside_no: str
    secretaries: list[str]
    rate: Rate
    branches: list[BranchNode] = field(default_factory=list)
    twin: bool = False

    @property
    def flags(self) -> set[str]:
        """`no_secretary`; `no_roster` where the portal has no people of the college yet; `twin`."""
        people = self.rate.members + self.rate.out + self.rate.activists
        found = {"twin": self.twin, "no_secretary": not self.secretaries, "no_roster": not people}
        return {flag for flag, holds in found.items() if holds}

    def list_flagged(self, flag: str) -> list[BranchNode]:
        """Return the branches with this flag."""
        return [branch for branch in self.branches if flag in branch.flags]

    @property
    def below(self) -> list[BranchNode]:
        return self.list_flagged("below")


def build_tree(
    colleges: QuerySet, branches: QuerySet, *, floor_percent: int, today: date
) -> list[CollegeNode]:
    """Return the given colleges with the given branches and their rates, by name, always in four queries.

    Secretaries are those in office on `today`.
    """
    in_college, in_branch = _list_secretaries(colleges, branches, today)
    told = {pk: more for pk, *more in branches.values_list("pk", "outside_no", "twin")}
    nodes = defaultdict(list)
    for row in compute_branch_rates(branches, floor_percent=floor_percent):
        outside_no, twin = told.get(row.branch_id, ("", False))
        node = BranchNode(row.branch_id, row.branch, outside_no, in_branch[row.branch_id], row.rate, twin)
        nodes[row.college_id].append(node)
    return [
        CollegeNode(
            pk,
            name,
            outside_no,
            in_college[pk],
            rate=sum((node.rate for node in nodes[pk]), Rate(floor_percent=floor_percent)),
            branches=nodes[pk],
            twin=twin,
        )
        for pk, name, outside_no, twin in colleges.order_by("name").values_list(
            "pk", "name", "outside_no", "twin"
        )
    ]


def _list_secretaries(colleges: QuerySet, branches: QuerySet, today: date) -> tuple[dict, dict]:
    """Return the names of secretaries by college and by branch; accounts that are switched off do not count.

    A secretary whose own person moved to another branch is marked: the college appoints a successor.
    """
    in_college, in_branch = defaultdict(list), defaultdict(list)
    here = Q(college__in=colleges.values("pk")) | Q(branch__in=branches.values("pk"))
    held = Grant.objects.active_on(today).filter(here, user__is_active=True).order_by("starts_on", "pk")
    for college, branch, name, own in held.values_list(
        "college", "branch", "user__name", "user__member__branch"
    ):
        if college:
            in_college[college].append(name)
        else:
            in_branch[branch].append(name if own in (branch, None) else f"{name}（已不在本支部）")
    return in_college, in_branch
