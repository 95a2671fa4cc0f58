"""Options with which an operator's command names its school and year."""

from argparse import ArgumentTypeError
from datetime import date

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from members.models import School, ServiceYear


def add_school_argument(parser: CommandParser) -> None:
    """Add the option --school to a command."""
    parser.add_argument("--school", metavar="CODE", help="may be left out where there is only one school")


def get_school(code: str | None) -> School:
    """Return the school with this code; without a code the only school of the portal.

    Raises CommandError where there is no such school, or several and no code.
    """
    schools = list(School.objects.filter(code=code) if code else School.objects.all()[:2])
    if len(schools) == 1:
        return schools[0]
    if code:
        raise CommandError(f"没有代码为 {code} 的学校。")
    raise CommandError(
        "平台有多所学校，请用 --school 指定代码。" if schools else "请先用 create_school 建立学校。"
    )


def add_as_of_argument(parser: CommandParser) -> None:
    """Add the option --as-of to a command that answers for a past day."""
    parser.add_argument(
        "--as-of",
        type=parse_past_day,
        metavar="DATE",
        help="people and registrations of this day (2018-10-12); default: today, or the last day of a year that is over",
    )


def parse_past_day(text: str) -> date:
    """Return the day that an option names, today or earlier."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"“{text}”不是日期，请写成 2018-10-12。") from error
    if day > timezone.localdate():
        raise ArgumentTypeError(f"{day:%Y-%m-%d} 还没有到，只能查询今天及以前的数据。")
    return day


def get_year(school: School, year: int | None, *, day: date | None = None) -> ServiceYear:
    """Return the school's year with this number; without a number the year of `day` or today, else the latest.

    Raises CommandError where the school has no such year.
    """
    found = school.years.filter(year=year).first() if year else ServiceYear.objects.current(school, today=day)
    if found is None:
        raise CommandError(f"{school.name}没有设置{f'{year}年度' if year else '年度'}的规则。")
    return found
