"""Deadlines of the college for hours and objections, in working days of the year's rules."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from functools import cached_property

from django.utils import timezone

from activities.models import Objection
from activities.rules.hours import add_working_days
from members.models import ServiceYear
from members.queries.working_days import load_working_days
from members.working_days import WorkingDays


class Years:
    """The rules of several schools' years and their calendars, each read once."""

    def __init__(self, schools: Iterable[int]):
        schools = set(schools)
        self._years: dict[int, dict[int, ServiceYear]] = defaultdict(dict)
        for year in ServiceYear.objects.filter(school__in=schools):
            self._years[year.school_id][year.year] = year
        for school in schools - self._years.keys():  # no year set up yet: the notice's own values
            self._years[school][0] = ServiceYear(school_id=school, year=0)
        self._schools = schools
        self._due: dict[tuple[int, date], date] = {}

    def get_year(self, school_id: int, day: date) -> ServiceYear:
        """Return the year of the day; if the school has not opened that year, its latest one."""
        years = self._years[school_id]
        return years.get(day.year) or years[max(years)]

    def due_on(self, school_id: int, since: datetime) -> date:
        """Return the last day of the deadline for something handed in at that moment."""
        day = timezone.localdate(since)
        if (school_id, day) not in self._due:
            count = self.get_year(school_id, day).confirm_working_days
            self._due[school_id, day] = add_working_days(day, count, self._calendars[school_id])
        return self._due[school_id, day]

    @cached_property
    def _calendars(self) -> dict[int, WorkingDays]:
        return load_working_days(self._schools)


def add_terms(objections: Iterable[Objection], *, today: date) -> list[Objection]:
    """Add `due_on` to each, and `late` if it is still open after that day.

    Their members are already loaded.
    """
    objections = list(objections)
    years = Years(objection.member.school_id for objection in objections)
    for objection in objections:
        objection.due_on = years.due_on(objection.member.school_id, objection.raised_at)
        objection.late = objection.state == Objection.State.OPEN and today > objection.due_on
    return objections
