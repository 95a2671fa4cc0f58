"""Read durations as sheets write them: 2.5, 1.33, 2小时30分钟, 2:30, 90分钟. Pure."""

import re
import unicodedata
from datetime import time, timedelta
from fractions import Fraction
from functools import lru_cache

from members.sheets.nothing import means_nothing
from members.sheets.texts import CellError, remove_spaces, shorten, unquote

_HOURS = r"(?:个?小时|个?钟头|时|h|hr|hrs|hours?)"
_MINUTES = r"(?:分钟?|m|mins?|minutes?)"
_CLOCK = re.compile(r"([0-9]+):([0-5][0-9])(?::([0-5][0-9]))?")
_SPOKEN = re.compile(
    rf"(?:([0-9]+(?:\.[0-9]+)?){_HOURS})?(?:[零又])?(?:([0-9]+(?:\.[0-9]+)?){_MINUTES})?(?:([0-9]+)秒)?", re.I
)
_HOURS_ALONE = re.compile(rf"([0-9]*\.?[0-9]+)(?:\(?{_HOURS}\)?)?", re.I)
_MINUTES_IN_BRACKETS = re.compile(rf"([0-9]+(?:\.[0-9]+)?)\({_MINUTES}\)", re.I)
# 2小时30 is two hours and thirty minutes; 2小时5 may be five minutes or half an hour.
_NO_UNIT = re.compile(rf"([0-9]+){_HOURS}([0-5][0-9])", re.I)
_BARE_HOURS = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+")
_QUARTER = re.compile(rf"(?:([0-9]+){_HOURS})?([13])刻钟?")
_HALF = re.compile(r"([0-9]*)个?半(?:个?小时|个?钟头)|([0-9]+)小时半")
_HAN_NUMBER = re.compile("[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九]+")
_HAN_DIGITS = str.maketrans("一二两三四五六七八九", "1223456789")
_SIGNS = re.compile("[①-⓿❶-➓Ⅰ-ⅿ]")  # no digits of a figure
_APART = re.compile(r"[0-9]\s+[0-9]")
_FEWEST_ROUNDED_PLACES = 2
_EXACT_DIGITS = (
    12  # of the 15 or 16 digits of a spreadsheet's number; the others are rounding errors of a sum
)


def clean_minutes(v: object) -> int | None:
    """Return whole minutes from hours as sheets write them: 2.5, 1.33, "2小时30分钟", "2.5h", "90分钟", "2:30".

    Hours with two or more places are whole minutes that were rounded or cut: 1.33 is 80 minutes. An empty cell gives
    None. Raises CellError for other text, negative durations and fractions of a minute.
    """
    if type(v) is str:
        return _parse_minutes_text(v)
    if v is None:
        return None
    if isinstance(v, time):
        v = timedelta(hours=v.hour, minutes=v.minute, seconds=v.second, microseconds=v.microsecond)
    if isinstance(v, timedelta):
        return _require_whole_minutes(Fraction(v // timedelta(microseconds=1), 60_000_000), v)
    if isinstance(v, bool) or not isinstance(v, int | float) or v != v or v in (float("inf"), float("-inf")):
        raise CellError(f"“{shorten(v)}”不是时长，请写成 2.5 或 2小时30分钟 这样")
    return _read_hours(f"{v:.{_EXACT_DIGITS}f}".rstrip("0").rstrip("."), v)


def _read_hours(text: str, shown: object) -> int:
    """Return the minutes of hours in digits: exact, or the one whole minute that was rounded or cut to these places."""
    minutes = Fraction(text) * 60
    places = len(text.partition(".")[2].rstrip("0"))
    if minutes >= 0 and minutes.denominator != 1 and places >= _FEWEST_ROUNDED_PLACES:
        written, unit = Fraction(text), Fraction(1, 10**places)
        for whole in (minutes.__floor__(), minutes.__ceil__()):
            exact = Fraction(whole, 60)
            if written <= exact < written + unit or abs(exact - written) <= unit / 2:
                return whole
    return _require_whole_minutes(minutes, shown)


def _require_whole_minutes(minutes: Fraction, shown: object) -> int:
    if minutes < 0:
        raise CellError(f"时长“{shorten(shown)}”是负数")
    whole = round(minutes)
    # A spreadsheet computes (end − start) × 24 with doubles; a smaller difference is their rounding error.
    if abs(minutes - whole) > Fraction(1, 10**6):
        raise CellError(f"时长“{shorten(shown)}”不是整分钟")
    return whole


@lru_cache(maxsize=8192)
def _parse_minutes_text(v: str) -> int | None:
    text = unquote(remove_spaces(v).lstrip("'’‘`")).rstrip("。;；").removesuffix("整")
    text = _HAN_NUMBER.sub(_write_number, text)
    if text and not text.strip("?"):  # somebody does not know: that is no empty cell
        raise CellError(f"“{shorten(v)}”不是时长，请写成 2.5 或 2小时30分钟 这样")
    if not text or means_nothing(text):
        return None
    if _SIGNS.search(v):
        raise CellError(f"“{shorten(v)}”不是时长，请写成 2.5 或 2小时30分钟 这样")
    if text.startswith("-") and _BARE_HOURS.match(text[1:]):
        raise CellError(f"时长“{shorten(v)}”是负数")
    if _APART.search(unicodedata.normalize("NFKC", v)):  # "2 30" is not 230
        raise CellError(f"“{shorten(v)}”看不出是多少时长，请写成 2.5 或 2小时30分钟 这样")
    if found := _HOURS_ALONE.fullmatch(text):
        return _read_hours(found[1], v)
    minutes = _sum_parts(text)
    if minutes is None:
        raise CellError(f"“{shorten(v)}”不是时长，请写成 2.5 或 2小时30分钟 这样")
    return _require_whole_minutes(minutes, v)


def _write_number(found: re.Match[str]) -> str:
    """Return 十二 as 12 and 三 as 3; 二三 (two or three) is no number and stays."""
    tens, ten, ones = found[0].rpartition("十")
    if len(ones) > 1:
        return found[0]
    return ((tens or "一") if ten else "").translate(_HAN_DIGITS) + (ones.translate(_HAN_DIGITS) or "0")


def _sum_parts(text: str) -> Fraction | None:
    """Return the minutes of a text of several parts: 2:30, 2小时半, 2小时30, 2小时30分15秒, 90(分钟)."""
    if found := _CLOCK.fullmatch(text):
        return int(found[1]) * 60 + int(found[2]) + Fraction(int(found[3] or 0), 60)
    if found := _HALF.fullmatch(text):
        return Fraction(int(found[1] or found[2] or 0) * 60 + 30)
    if found := _QUARTER.fullmatch(text):
        return Fraction(int(found[1] or 0) * 60 + int(found[2]) * 15)
    if found := _NO_UNIT.fullmatch(text):
        return Fraction(int(found[1]) * 60 + int(found[2]))
    if found := _MINUTES_IN_BRACKETS.fullmatch(text):
        return Fraction(found[1])
    if (found := _SPOKEN.fullmatch(text)) and any(found.groups()):
        hours, minutes, seconds = (Fraction(part or 0) for part in found.groups())
        return hours * 60 + minutes + seconds / 60
    return None
