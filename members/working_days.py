"""Working days, as a value that rules take as an argument. Pure: no Django, no library.

`members.queries.working_days` builds it from the state's calendar and the school's own table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

SATURDAY = 5


@dataclass(frozen=True)
class WorkingDays:
    """A calendar of working days: Monday to Friday, unless `exceptions` says otherwise ({day: is it worked})."""

    exceptions: Mapping[date, bool] = field(default_factory=dict)

    def is_worked(self, day: date) -> bool:
        return self.exceptions.get(day, day.weekday() < SATURDAY)

    def add(self, day: date, count: int) -> date:
        """Return the last day of a term of `count` working days that begins after `day`.

        A term without a day left ends on `day` itself.

        >>> WorkingDays({date(2018, 10, 1): False}).add(date(2018, 9, 28), 1)
        datetime.date(2018, 10, 2)
        """
        left = count
        while left > 0:
            day += timedelta(days=1)
            left -= self.is_worked(day)
        return day


WEEKDAYS = WorkingDays()
