"""Reading the beginning and end of a service from cells: a day, perhaps a time, perhaps both in one cell.

Pure.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from members.sheets.cells import CellError, clean_date, clean_text

DAY = 24 * 60
_HALF_OF_DAY = {"上午": 0, "早上": 0, "凌晨": 0, "中午": 12, "下午": 12, "晚上": 12, "am": 0, "pm": 12}
_CLOCK = re.compile(
    r"(?P<half>上午|早上|凌晨|中午|下午|晚上)?"
    r"(?P<hour>\d{1,2})(?:[:时点](?P<minute>\d{1,2})?(?:[:分](?P<second>\d{1,2}(?:\.\d+)?)?秒?)?)"
    r"(?:\+08:?00)?(?P<suffix>am|pm)?",
    re.I,
)
_FOUR_DIGITS = re.compile(r"(?P<hour>[01]\d|2[0-4])(?P<minute>[0-5]\d)")
# The time after a day: 2018-10-01 14:00, 2018年10月1日14:00, 20181001 1400, 2018-10-01T14:00.
_BEHIND_DAY = re.compile(
    r"(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{8})(?:T|\s|,)*"
    r"(?:[(\[【]?(?:星期|礼拜|周)[一二三四五六日天][)\]】]?)?(?:\s|,)*(?P<rest>.*)",
    re.I,
)
# Beginning and end in one cell; the first dash after a time of day divides them.
_FROM_TO = re.compile(r"(?P<first>.*\d[:时点].*?)\s*(?:[-~—–]+|至|到)\s*(?P<last>.+)")


@dataclass(frozen=True)
class Moment:
    """The meaning of a cell: a day, minutes since that day's midnight (24:00 is 1440), or both.

    A day at midnight may mean the day only, since spreadsheets store it so: `parse_service_span` decides by the other
    cells. `until`: the end, if the cell has both: 2018-10-01 9:00-11:30.
    """

    day: date | None
    minute: int | None
    until: "Moment | None" = None


def clean_moment(value: object) -> Moment | None:
    """Return a day with or without a time, or a time alone (9:00, 下午2点, 0.375, 14:00:00).

    None for an empty cell.
    """
    if value is None:
        return None
    if isinstance(value, datetime):
        return Moment(clean_date(value), _count_minutes_of_clock(value.time()))
    if isinstance(value, date):
        return Moment(clean_date(value), None)
    if isinstance(value, time):
        return Moment(None, _count_minutes_of_clock(value))
    if isinstance(value, timedelta):
        return Moment(None, _require_minute_of_day(value // timedelta(minutes=1), value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _parse_number_cell(float(value), value)
    return _parse_text_cell(clean_text(value))


def parse_service_span(
    day: Moment | None, start: Moment | None, end: Moment | None
) -> tuple[date, datetime | None, datetime | None]:
    """Return (day of service, start, end) from the cells.

    Times are naive local ones, None if no cell has them.

    A time in the day's own cell is the beginning. An end before the beginning and without a day of its own is
    on the next day. An end equal to the start gives no end; it is not a day of service. Raises ValueError
    with the reason in Chinese.
    """
    served = start.day if start and start.day else day.day if day else None
    if served is None:
        raise ValueError("缺少服务日期")
    if day and day.day and start and start.day and day.day != start.day:
        raise ValueError("服务日期与开始时间不是同一天")
    end = end or (start and start.until) or (day and day.until)
    start, end = _drop_midnight(start, end)
    minute = start.minute if start else None
    if minute is None and day:
        minute = day.minute or None
    if minute is None:
        return served, None, None
    begins = _combine_day_and_minute(served, minute)
    if end is None or end.minute is None or (end.day is None and end.minute == minute):
        return served, begins, None
    ends = _combine_day_and_minute(end.day or served, end.minute)
    if end.day is None and ends <= begins:
        ends += timedelta(days=1)
    if ends <= begins:
        raise ValueError("结束时间不晚于开始时间")
    return begins.date(), begins, ends


def _drop_midnight(start: Moment | None, end: Moment | None) -> tuple[Moment | None, Moment | None]:
    """Drop midnight beside a day, unless the other cell has a time that is not midnight."""

    def tells_time(moment: Moment | None) -> bool:
        return moment is not None and moment.minute is not None and not (moment.day and moment.minute == 0)

    if tells_time(start) or tells_time(end):
        return start, end
    return start and Moment(start.day, None), end and Moment(end.day, None)


def _combine_day_and_minute(day: date, minute: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def _count_minutes_of_clock(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _require_minute_of_day(minute: int, shown: object) -> int:
    if not 0 <= minute <= DAY:
        raise CellError(f"“{clean_text(shown)[:30]}”不是一天中的时间")
    return minute


def _parse_number_cell(value: float, shown: object) -> Moment:
    """Read a spreadsheet's number: a fraction is a time, a whole number is a day, both together are both."""
    if 0 <= value <= 1:
        return Moment(None, round(value * DAY))
    fraction = round(value % 1 * DAY)
    if fraction and 20000 <= value <= 60000:
        return Moment(clean_date(int(value)), fraction)
    return Moment(clean_date(shown), None)


def _parse_text_cell(text: str) -> Moment | None:
    plain = unicodedata.normalize("NFKC", text).strip("'’‘` ")
    if (alone := _parse_clock(plain)) is not None:
        return Moment(None, alone)
    if both := _parse_from_to(plain):
        return both
    behind = _BEHIND_DAY.fullmatch(plain)
    minute = _parse_clock(behind["rest"]) if behind and behind["rest"] else None
    day = clean_date(text)
    return Moment(day, minute) if day else None


def _parse_from_to(text: str) -> Moment | None:
    if not (found := _FROM_TO.fullmatch(text)):
        return None
    try:
        first, last = _parse_text_cell(found["first"]), _parse_text_cell(found["last"])
    except CellError:
        return None
    if first is None or last is None or first.minute is None or last.minute is None:
        return None
    return Moment(first.day, first.minute, last)


def _parse_clock(text: str) -> int | None:
    compact = re.sub(r"\s+", "", text)
    found = _CLOCK.fullmatch(compact) or _FOUR_DIGITS.fullmatch(compact)
    if not found:
        return None
    parts = found.groupdict()
    hour, minute = int(parts["hour"]), int(parts["minute"] or 0)
    half = _HALF_OF_DAY.get((parts.get("half") or parts.get("suffix") or "").lower())
    if parts.get("half") == "晚上" and hour in (*range(5), 12):
        # 晚上12:00 ends the day; a later one, as 晚上1点, could belong to either day and is refused.
        return _require_minute_of_day(DAY + minute + hour % 12, text)
    if half == 12 and hour < 12 and not (parts.get("half") == "中午" and hour > 3):
        hour += 12
    elif half == 0 and hour == 12:
        hour = 0
    if minute > 59:
        raise CellError(f"“{text[:30]}”不是一天中的时间")
    return _require_minute_of_day(hour * 60 + minute, text)
