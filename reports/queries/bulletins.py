"""Which issues somebody may read, and the figures that an issue freezes."""

from dataclasses import dataclass, field

from members.models import Branch, College, Member, School
from members.queries.rates import BranchRate, branch_rates
from members.rules import Rate


@dataclass
class CollegeFigures:
    college_id: int
    name: str
    rate: Rate
    branches: list[BranchRate] = field(default_factory=list)


def figures_of(school: School, *, floor_percent: int) -> list[CollegeFigures]:
    """Every college with its branches, counted by one statement, so that the three levels agree.

    The sums over branches are the college's figures; a college without branches stands there with zeros.
    """
    branches = branch_rates(Branch.objects.filter(college__school=school), floor_percent=floor_percent)
    nobody = Rate(floor_percent=floor_percent)
    found = {
        pk: CollegeFigures(pk, name, nobody)
        for pk, name in College.objects.filter(school=school).values_list("pk", "name")
    }
    for branch in branches:
        college = found.setdefault(
            branch.college_id, CollegeFigures(branch.college_id, branch.college, nobody)
        )
        college.branches.append(branch)
        college.rate += branch.rate
    return sorted(found.values(), key=lambda college: college.name)


def has_counted_members(school: School) -> bool:
    return Member.objects.counted().filter(branch__college__school=school).exists()
