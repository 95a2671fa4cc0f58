"""The series of a year and its dates that have no issue yet, and the figures that an issue freezes."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from members.models import Branch, College, Member, School, ServiceYear
from members.queries.rates import BranchRate, compute_branch_rates
from members.rules import Rate
from reports.models import Bulletin
from reports.rules.bulletins import Schedule


@dataclass
class CollegeFigures:
    """A college's rate with the rates of its branches."""

    college_id: int
    name: str
    rate: Rate
    branches: list[BranchRate] = field(default_factory=list)


def count_figures(school: School, *, floor_percent: int) -> list[CollegeFigures]:
    """Return every college with its branches, counted by one statement, so that the three levels agree.

    The sums over branches are the college's figures; a college without branches is listed with zeros.
    """
    branches = compute_branch_rates(
        Branch.objects.filter(college__school=school), floor_percent=floor_percent
    )
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


def get_schedule(year: ServiceYear) -> Schedule:
    return Schedule(year.bulletin_anchor, year.bulletin_interval_days, year.bulletin_ends_on)


def find_year_of(*, school: School, on: date) -> ServiceYear | None:
    """Return the year whose series contains the date, else the calendar year's.

    The latter can tell why the date is wrong.
    """
    years = school.years.filter(Q(bulletin_anchor__lte=on, bulletin_ends_on__gte=on) | Q(year=on.year))
    return min(
        years, key=lambda year: (not get_schedule(year).is_due(on), year.year != on.year), default=None
    )


def list_open_dates(*, school: School, year: ServiceYear, today: date) -> list[date]:
    """Return due dates of the year up to today that have no issue, the newest first.

    They can be published by hand.
    """
    schedule = get_schedule(year)
    issued = set(Bulletin.objects.regular().filter(school=school).values_list("due_on", flat=True))
    return [day for day in schedule.dates(since=schedule.anchor, until=today) if day not in issued][::-1]


def get_next_date(*, school: School, year: ServiceYear, today: date) -> date | None:
    """Return today's date if it is due and not issued, else the next one of the series."""
    schedule = get_schedule(year)
    issued = Bulletin.objects.regular().filter(school=school, due_on=today).exists()
    return today if schedule.is_due(today) and not issued else schedule.next_on(today)
