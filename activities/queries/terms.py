"""Until when the college is to decide on hours and to answer objections: working days, as the year's rules say."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.utils import timezone

from activities.models import Objection
from activities.rules.hours import working_day_after
from members.models import ServiceYear


class Years:
    """The rules of several schools' years, read once."""

    def __init__(self, schools: Iterable[int]):
        schools = set(schools)
        self._years = defaultdict(dict)
        for year in ServiceYear.objects.filter(school__in=schools):
            self._years[year.school_id][year.year] = year
        for school in schools - self._years.keys():  # nothing set up yet: the notice's own values
            self._years[school][0] = ServiceYear(school_id=school, year=0)

    def of(self, school_id: int, day: date) -> ServiceYear:
        """The year of the day; where the school has not opened that year, its latest."""
        years = self._years[school_id]
        return years.get(day.year) or years[max(years)]

    def due_on(self, school_id: int, since: datetime) -> date:
        """The last day of the term that began when something was handed in."""
        day = timezone.localdate(since)
        return working_day_after(day, self.of(school_id, day).confirm_working_days)


def with_terms(objections: Iterable[Objection], *, today: date) -> list[Objection]:
    """Each with `due_on`, and `late` where it is still open after that. Their members are loaded already."""
    objections = list(objections)
    years = Years(objection.member.school_id for objection in objections)
    for objection in objections:
        objection.due_on = years.due_on(objection.member.school_id, objection.raised_at)
        objection.late = objection.state == Objection.State.OPEN and today > objection.due_on
    return objections
