"""Say what a person sees in a cell: what a number-format code makes of a number or a text. Pure functions.

ECMA-376 part 1, 18.8.30 and 18.8.31; the built-in numbers 27–36 and 50–58 as in Chinese.
"""

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from fractions import Fraction
from functools import lru_cache

from members.sheets.codes import Section, parse_code
from members.sheets.values import Unreadable

_EXACT_DIGITS = 15  # a spreadsheet shows no more digits of a number
_NOISE = Decimal(
    "1e-9"
)  # a larger difference between the kept and the shown number is no rounding error of doubles
_FINE_DECIMALS = 2  # two decimals of an hour tell every minute
_ID_DIGITS = 15
_EXACT_INTEGERS = 10**15
_TOO_LARGE = Decimal("1e15")  # a spreadsheet has replaced the last digits by zeros
_MOST_DECIMALS = 12  # with 15 digits before the point, within the 28 digits of a Decimal
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)?(?:\.[0-9]*)?")
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (a spreadsheet knows no zone)
_DAYS_BETWEEN_EPOCHS = 1462
_LAST_SERIAL = 2_958_466  # 10000-01-01
_SECONDS_A_DAY = 86_400
_FIRST_YEAR = 366  # a moment in 1900 is no moment, but a duration of days

HIDDEN = Unreadable("这一格的内容被单元格格式隐藏，看不到，请改为“常规”格式、核对后重填")


class Look(Enum):
    """When a cell under a format has to be looked at."""

    NEVER = "the number, date or text itself is seen"
    FRACTIONS = "only numbers with decimals can look different"
    NO_DATES = "only numbers that are no date can look different"
    ALWAYS = "the cell can look different"


@lru_cache(maxsize=4096)
def choose_look(code: str) -> Look:
    """Return which cells under the code can look different from what a reader makes of their value."""
    sections = parse_code(code)
    if len(sections) > 4 or any(section.condition for section in sections):
        return Look.ALWAYS
    if any(section.kind == "unknown" for section in sections):
        return Look.ALWAYS
    first = sections[0]
    if first.kind == "date":
        others_plain = all(s.kind == "text" and s.is_bare for s in sections[1:])
        return Look.NO_DATES if others_plain and _COMMON_DATE.fullmatch(code) else Look.ALWAYS
    if len(sections) == 4 and not (sections[3].kind == "text" and sections[3].is_bare):
        return Look.ALWAYS
    if len(sections) == 1 and first.kind in ("general", "text"):
        return Look.NEVER if first.is_bare else Look.ALWAYS
    looks = {_choose_number_look(section, place) for place, section in enumerate(sections[:3])}
    return next(look for look in (Look.ALWAYS, Look.FRACTIONS, Look.NEVER) if look in looks)


# The codes of dates that calamine knows as dates (held by a test) and that show year, month and day, or the day
# and the month in which no hour can be lost.
_COMMON_DATE = re.compile(
    r"(?=.*(?<!d)dd?(?!d))(?:\[\$-[0-9A-Fa-f]{1,8}\])?(?:(?:yyyy|yy|mm?|dd?|mmm)(?:[-/.\s]|\\[-/. ]|\"[年月日]\"|[年月日])?){2,3}(?:;@)?"
)


def _choose_number_look(section: Section, place: int) -> Look:
    if section.kind == "text":
        return Look.NEVER if section.is_bare else Look.ALWAYS
    if section.kind == "general":
        return Look.NEVER if section.literals.strip() in ("", "-") and place < 3 else Look.ALWAYS
    if section.kind == "date" or section.is_special:
        return Look.ALWAYS
    if section.zeros > 1 or section.is_split or not section.digits:
        return Look.ALWAYS
    literals = section.literals.strip()
    if literals not in (("",) if place != 1 else ("", "-", "()")):
        return Look.ALWAYS
    if place == 1 and not literals:
        return Look.ALWAYS  # 0;0 shows -2 as 2
    return Look.NEVER if section.decimals >= _FINE_DECIMALS else Look.FRACTIONS


def show_text(text: str, code: str) -> object:
    """Return the text that a person sees in a text cell, or Unreadable for a hidden one."""
    sections = parse_code(code)
    last = sections[-1]
    section = last if len(sections) >= 4 or last.kind == "text" else None
    if section is None or not text.strip():
        return text
    if section.kind != "text":
        return text if section.parts else HIDDEN
    return section.fill_text(text)


def show_number(value: float, code: str) -> object:
    """Return what a person sees of a number: the number itself, the text, or Unreadable if it means another thing.

    A code of a date gives the number itself; convert it with `make_date`.
    """
    if 0 < value < _EXACT_INTEGERS and value == int(value) and (frame := _find_frame(code)):
        digits = str(int(value))
        shown = f"{frame[0]}{digits.zfill(frame[1])}{frame[2]}".strip()
        return value if shown == digits else shown
    if value != value or value in (float("inf"), float("-inf")):
        return value
    section, signed = _choose_section(parse_code(code), value)
    if section is None:
        return _refuse(value, "")
    if section.kind == "date":
        return value
    if section.kind == "unknown":
        return _refuse(value, "")
    number = Decimal(format(value, f".{_EXACT_DIGITS}g"))
    if section.kind in ("general", "text"):
        return _show_general(value, number, section, signed)
    if not section.digits:
        return _show_words(value, section)
    if section.is_fraction:
        return value if section.can_show_fraction(Fraction(number)) else _refuse(value, "")
    return _show_digits(value, number, section, signed)


@lru_cache(maxsize=4096)
def _find_frame(code: str) -> tuple[str, int, str] | None:
    """Return what is in front of and behind the digits of a whole positive number, and the fewest digits.

    The short way for the codes that most cells have; None for every other code.
    """
    first, *others = parse_code(code)
    plain = first.kind == "number" and not (
        first.condition or first.is_special or first.decimals or first.points
    )
    if not plain or first.has_thousands or first.is_split or not first.digits or len(others) > 3:
        return None
    if any(section.condition for section in others) or any(part.text == "?" for part in first.parts):
        return None
    kinds = [part.kind for part in first.parts]
    start, end = kinds.index("digit"), len(kinds) - kinds[::-1].index("digit")
    texts = [part.text if part.kind in ("literal", "slash") else "" for part in first.parts]
    return "".join(texts[:start]), first.zeros, "".join(texts[end:])


def _choose_section(sections: tuple[Section, ...], value: float) -> tuple[Section | None, bool]:
    """Return the section for the number and whether a minus sign is added in front of it."""
    numeric = sections
    if len(sections) == 4 or (len(sections) > 1 and sections[-1].kind == "text"):
        numeric = sections[:-1]
    if len(sections) > 4:
        return None, False
    if any(section.condition for section in numeric):
        return _choose_by_condition(numeric, value)
    if value < 0 and len(numeric) > 1:
        return numeric[1], False
    if value == 0 and len(numeric) > 2:
        return numeric[2], False
    return numeric[0], value < 0


def _choose_by_condition(sections: tuple[Section, ...], value: float) -> tuple[Section | None, bool]:
    for section in sections[:2]:
        if section.condition and section.meets_condition(value):
            return section, value < 0
        if not section.condition and len(sections) == 3:
            return None, False  # what Excel takes as the condition depends on the other sections
    last = sections[-1]
    return (None, False) if last.condition else (last, value < 0)


def _show_general(value: float, number: Decimal, section: Section, signed: bool) -> object:
    if section.is_bare and (signed or value >= 0):
        return value
    plain = format(abs(number).normalize(), "f")
    shown = ("-" if signed else "") + section.fill_text(plain)
    if value < 0 and "-" not in shown:
        return _refuse(value, shown)
    return value if shown == format(number.normalize(), "f") else shown


def _show_words(value: float, section: Section) -> object:
    """Show a section without a place for digits: the words replace the number."""
    words = section.literals.strip()
    if words and (section.condition or value == 0):
        return words  # [=1]"男", or a dash for zero
    if not words:
        return "" if value == 0 else HIDDEN
    return _refuse(value, words)


def _show_digits(value: float, number: Decimal, section: Section, signed: bool) -> object:
    scaled = abs(number) * (Decimal(100) ** section.percents) / (Decimal(1000) ** section.scalings)
    if section.is_scientific:
        return _refuse(value, f"{value:.{section.decimals}E}")
    if scaled >= _TOO_LARGE or section.decimals > _MOST_DECIMALS:
        return _refuse(value, "")
    rounded = scaled.quantize(Decimal(1).scaleb(-section.decimals), ROUND_HALF_UP)
    shown = section.fill_digits(rounded)
    if shown is None:
        return _refuse(value, "")
    sign = "-" if signed and rounded else ""
    shown = (sign + shown).strip()
    if section.percents or section.scalings or section.is_special:
        return value if value == 0 else _refuse(value, shown)
    is_rounded = abs(rounded - scaled) > _NOISE * max(Decimal(1), scaled)
    if (is_rounded and section.decimals < _FINE_DECIMALS) or (value < 0 and "-" not in shown):
        return _refuse(value, shown)
    plain = shown.replace(",", "") if section.has_thousands else shown
    same = -rounded if number < 0 else rounded
    is_same = _PLAIN.fullmatch(plain) and plain not in ("", "-", ".") and Decimal(plain) == same
    return value if is_same else shown


def _refuse(value: float, shown: str) -> Unreadable:
    """Return Unreadable with both texts; a number as long as that of an ID card is not repeated (requirements §6)."""
    kept = format(value, f".{_EXACT_DIGITS}g")
    if not shown or _count_digits(shown) >= _ID_DIGITS or abs(value) >= 10 ** (_ID_DIGITS - 1):
        return Unreadable("这一格的数字格式使显示的内容与保存的数不同，请改为文本后重填")
    return Unreadable(f"这一格显示为“{shown}”，与保存的数 {kept} 不同，请改为文本后重填", shown)


def _count_digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def is_date_code(code: str) -> bool:
    """Return whether numbers under the code are shown as a date, a time or a duration."""
    return parse_code(code)[0].kind == "date"


def show_date(serial: float, cell: object, code: str, *, from_1904: bool) -> object:
    """Return the date, time or duration of a serial number, or Unreadable if the code shows another time.

    `cell` is what calamine made of the number; a date is kept as it is.
    """
    first = parse_code(code)[0]
    if serial < 0:
        return Unreadable("这一格显示为“####”：日期或时间不能是负数，请改为文本后重填", "####")
    if serial >= _LAST_SERIAL and not first.is_elapsed:
        return Unreadable("这一格显示为“####”：这个数不是日期，请把单元格设为文本后重填", "####")
    if hidden := _find_hidden_time(serial, first) or _find_hidden_day(serial, first, code):
        return hidden
    if isinstance(cell, date | time | timedelta) and first.is_elapsed == isinstance(cell, timedelta):
        return cell
    return make_date(serial, is_elapsed=first.is_elapsed, from_1904=from_1904)


def _find_hidden_time(serial: float, section: Section) -> Unreadable | None:
    """Return Unreadable for a time or duration of which the code hides hours or minutes that count."""
    letters = section.letters
    if letters & set("ydega") or section.has_month:
        return None
    seconds = round(serial * _SECONDS_A_DAY)
    hides_minutes = "h" in letters and "m" not in letters and seconds % 3600 >= 60
    hides_hours = "h" not in letters and seconds >= 3600
    if not section.is_elapsed and (hides_hours or 1 <= serial < _FIRST_YEAR):
        hides_minutes = True
    if not hides_minutes:
        return None
    kept = f"{seconds // 3600}:{seconds // 60 % 60:02}"
    return Unreadable(f"这一格的格式没有显示全部时间（保存的是 {kept}），请改为文本后重填", kept)


def _find_hidden_day(serial: float, section: Section, code: str) -> Unreadable | None:
    """Return Unreadable for a date of which the code shows only the year, the month or the weekday.

    A spreadsheet makes such a date of 2018-9: nobody has told the day.
    """
    letters = section.letters
    shows_date = section.has_month or letters & set("yegabd")
    if section.is_elapsed or serial < _FIRST_YEAR or not shows_date or letters & set("hs"):
        return None
    if any(len(days) < _SHORT_WEEKDAY for days in _DAY_LETTERS.findall(_QUOTED.sub("", code))):
        return None
    kept = (_EPOCH + timedelta(days=int(serial))).date()
    return Unreadable(f"这一格的格式没有显示是哪一天（保存的是 {kept}），请写明年月日后重填", str(kept))


_QUOTED, _DAY_LETTERS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]'), re.compile("d+", re.I)
_SHORT_WEEKDAY = 3  # ddd is the weekday, d and dd are the day


def make_date(serial: float, *, is_elapsed: bool, from_1904: bool) -> object:
    """Return the date, the date with time, the time or the duration of a serial number, as calamine does."""
    length = timedelta(milliseconds=round(serial * _SECONDS_A_DAY * 1000))
    if is_elapsed:
        return length
    if serial < 1:
        return (_EPOCH + length).time()
    if serial >= _LAST_SERIAL:
        return serial
    if from_1904:
        length += timedelta(days=_DAYS_BETWEEN_EPOCHS)
    elif serial < 60:
        length += timedelta(days=1)  # Excel has a 29 February 1900
    moment = _EPOCH + length
    return moment if moment.time() != time() else moment.date()
