"""Which days are worked: the State Council's calendar by chinesecalendar, and each school's own table over it.

The library knows the years that the State Council has decreed and no later ones. A year that it does not know is
Monday to Friday, plus the school's table.
"""

from collections import ChainMap, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from chinese_calendar import Holiday
from chinese_calendar.constants import holidays, workdays

from members.models import CalendarDay
from members.working_days import SATURDAY, WorkingDays

STATE_DAYS: dict[date, bool] = dict.fromkeys(holidays, False) | dict.fromkeys(workdays, True)
STATE_NAMES: dict[date, str] = {**holidays, **workdays}
CHINESE_NAMES: dict[str, str] = {holiday.value: holiday.chinese for holiday in Holiday}
KNOWN_YEARS = range(min(holidays).year, max(holidays).year + 1)
DECEMBER = 12


@dataclass(frozen=True)
class SpecialDay:
    """A day of the 校历: a holiday, a weekend worked in exchange, or a day of the school's own table.

    `own`: the school's row, which precedes the state's calendar. `usual`: whether the day would be worked without it.
    """

    day: date
    works: bool
    name: str
    usual: bool
    own: CalendarDay | None = None

    @property
    def weekday(self) -> str:
        return "周" + "一二三四五六日"[self.day.weekday()]


def load_working_days(schools: Iterable[int]) -> dict[int, WorkingDays]:
    """Return the calendar of each school, by one query."""
    own: dict[int, dict[date, bool]] = defaultdict(dict)
    schools = set(schools)
    days = CalendarDay.objects.filter(school__in=schools).values_list("school_id", "day", "works")
    for school_id, day, works in days:
        own[school_id][day] = works
    return {school_id: WorkingDays(ChainMap(own[school_id], STATE_DAYS)) for school_id in schools}


def get_working_days(school_id: int) -> WorkingDays:
    """Return the calendar of one school."""
    return load_working_days([school_id])[school_id]


def is_decreed(year: int) -> bool:
    """Return whether the portal knows the State Council's holidays of a year."""
    return year in KNOWN_YEARS


def describe_missing_holidays(year: int) -> str:
    """Return the sentence of a year whose holidays the portal does not know, in Chinese; "" where it knows them."""
    if is_decreed(year):
        return ""
    return f"平台还没有收录国务院办公厅 {year} 年的放假安排：没有在校历中登记的日期，按周一至周五上班计算工作日。"


def list_years_to_enter(today: date) -> list[int]:
    """Return the years whose holidays a school has to enter itself: the current one, and in December the next.

    The State Council decrees a year in the November before.
    """
    years = [today.year, *([today.year + 1] if today.month == DECEMBER else [])]
    return [year for year in years if not is_decreed(year)]


def list_special_days(school_id: int, year: int) -> list[SpecialDay]:
    """Return the days of a year that are holidays, are worked in exchange, or are in the school's table."""
    own = {row.day: row for row in CalendarDay.objects.filter(school=school_id, day__year=year)}
    days = own.keys() | {day for day in STATE_DAYS if day.year == year}
    return [_describe_day(day, own.get(day)) for day in sorted(days)]


def _describe_day(day: date, row: CalendarDay | None) -> SpecialDay:
    usual = STATE_DAYS.get(day, day.weekday() < SATURDAY)
    if row is not None:
        return SpecialDay(day, row.works, row.note, usual, row)
    holiday = CHINESE_NAMES[STATE_NAMES[day]]
    return SpecialDay(day, usual, f"{holiday}调休" if usual else holiday, usual)
