"""Which issues somebody may read, and the figures that an issue freezes."""

from dataclasses import dataclass, field

from django.db import models
from django.db.models import Q

from members.models import Branch, College, Member, School
from members.permissions import scope
from members.queries.rates import BranchRate, branch_rates
from members.rules import Rate


class BulletinQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """An issue is about the whole school: whoever belongs to the school by any role reads all of it.

        Asked as subqueries; joining colleges, branches and members would multiply their rows.
        """
        seen = scope(user, action)
        if seen.everything:
            return self.all()
        return self.filter(
            Q(school__in=seen.schools)
            | Q(school__in=College.objects.filter(pk__in=seen.colleges).values("school"))
            | Q(school__in=Branch.objects.filter(pk__in=seen.branches).values("college__school"))
            | Q(school__in=Member.objects.filter(pk=seen.member).values("school"))
        )

    def regular(self):
        return self.filter(kind="regular")

    def in_force(self):
        """One issue per date, oldest first: the last correction where there is one, else the regular issue."""
        return self.order_by("school_id", "due_on", "-correction_no").distinct("school_id", "due_on")

    def with_figures(self):
        """With every line and branch: the same number of queries for one college and for thirty."""
        return self.select_related("previous", "corrects", "year").prefetch_related(
            "lines__annex", "corrections"
        )

    def latest_of(self, school):
        """What the school's public page shows, or None."""
        return self.filter(school=school).order_by("-due_on", "-correction_no").first()

    def before(self, school, year, due_on):
        """The issue that `due_on` is compared with: the one in force of the nearest earlier date, or None."""
        earlier = self.filter(school=school, year=year, due_on__lt=due_on)
        return earlier.order_by("-due_on", "-correction_no").first()


class ChannelQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(scope(user, action).q(school="college__school", college="college"))


class DeliveryQuerySet(models.QuerySet):
    def latest_per_channel(self):
        return self.order_by("channel_id", "-pk").distinct("channel_id")


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
