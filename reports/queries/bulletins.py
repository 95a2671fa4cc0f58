"""The series of a year and its dates that have no issue yet, and the figures that an issue freezes."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q
from django.utils import timezone

from members.models import Branch, College, Member, School, ServiceYear
from members.queries.rates import BranchRate, compute_branch_rates
from members.rules import Rate
from reports.models import Bulletin, BulletinBranch
from reports.rules.bulletins import Numbering, Schedule


@dataclass
class CollegeFigures:
    """A college's rate with the rates of its branches."""

    college_id: int
    name: str
    rate: Rate
    branches: list[BranchRate] = field(default_factory=list)


def count_figures(school: School, *, floor_percent: int, day: date | None = None) -> list[CollegeFigures]:
    """Return every college with its branches, counted by one statement, so that the three levels agree.

    The sums over branches are the college's figures; a college without branches is listed with zeros. `day`: count
    the people and registrations of that past day.
    """
    branches = compute_branch_rates(
        Branch.objects.filter(college__school=school), floor_percent=floor_percent, day=day
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


def recount_figures(original: Bulletin) -> list[CollegeFigures]:
    """Return the figures of an issue as they are now known for the day of its figures, by the floor of then.

    Colleges and branches founded later are left out, unless people belonged to them on that day.
    """
    day = timezone.localdate(original.as_of)
    colleges = count_figures(original.school, floor_percent=original.floor_percent, day=day)
    listed = set(BulletinBranch.objects.filter(line__bulletin=original).values_list("branch", flat=True))
    lines = set(original.lines.values_list("college", flat=True))
    for college in colleges:
        college.branches = [
            branch for branch in college.branches if branch.branch_id in listed or _has_people(branch.rate)
        ]
    return [college for college in colleges if college.college_id in lines or college.branches]


def _has_people(rate: Rate) -> bool:
    return bool(rate.members or rate.out or rate.activists)


def has_counted_members(school: School) -> bool:
    return Member.objects.counted().filter(branch__college__school=school).exists()


def get_schedule(year: ServiceYear) -> Schedule:
    return Schedule(year.bulletin_anchor, year.bulletin_interval_days, year.bulletin_ends_on)


def get_numbering(year: ServiceYear) -> Numbering:
    """Return the numbers of the year's issues."""
    return build_numbering(year, Bulletin.objects.get_first_of(year))


def build_numbering(year: ServiceYear, first: Bulletin | None) -> Numbering:
    """Return the numbers of a year's issues by its first one, or by the number that the school has chosen."""
    if first:
        return Numbering(get_schedule(year), first.due_on, first.number)
    return Numbering(get_schedule(year), first_number=year.bulletin_first_number or 1)


def get_first_day_to_publish(year: ServiceYear, first: Bulletin | None) -> date:
    """Return the day from which a date without an issue was missed: the portal existed, and the series had begun."""
    opened = timezone.localdate(year.created_at)
    return max(opened, first.due_on) if first else opened


def find_year_of(*, school: School, on: date) -> ServiceYear | None:
    """Return the year whose series contains the date, else the calendar year's.

    The latter can tell why the date is wrong.
    """
    years = school.years.filter(Q(bulletin_anchor__lte=on, bulletin_ends_on__gte=on) | Q(year=on.year))
    return min(
        years, key=lambda year: (not get_schedule(year).is_due(on), year.year != on.year), default=None
    )


def list_open_dates(*, school: School, year: ServiceYear, today: date) -> list[date]:
    """Return due dates of the year up to today that have no issue and can have a number, the newest first.

    They can be published by hand.
    """
    schedule, numbering = get_schedule(year), get_numbering(year)
    issued = set(Bulletin.objects.regular().filter(school=school).values_list("due_on", flat=True))
    dates = schedule.dates(since=schedule.anchor, until=today)
    return [day for day in dates if day not in issued and not numbering.problem(day)][::-1]


def get_next_date(*, school: School, year: ServiceYear, today: date) -> date | None:
    """Return today's date if it is due and not issued, else the next one of the series."""
    schedule = get_schedule(year)
    issued = Bulletin.objects.regular().filter(school=school, due_on=today).exists()
    return today if schedule.is_due(today) and not issued else schedule.next_on(today)
