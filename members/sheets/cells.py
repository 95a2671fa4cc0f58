"""Convert a raw cell to a clean value. Pure functions; each raises CellError with a reason in Chinese."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache


class CellError(ValueError):
    """A cell has a value that does not fit its column; the message gives the reason in Chinese."""


HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\ue000-\uf8ff\uf900-\ufaff\U00020000-\U0003ffff"

# Control, zero-width, direction and soft-hyphen characters, which come with text pasted from chats and web
# pages.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_SPACE = re.compile(r"\s+")
_NOTHING = frozenset({"-", "--", "—", "——", "/", "\\", "无", "暂无", "没有", "空", "n/a", "null", "none"})
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－", "-"))
_EXACT_INTEGERS = 10**15  # a spreadsheet keeps 15 digits of a number and replaces the rest by zeros


def clean_text(v: object) -> str:
    """Return any cell as text in NFC: None is "", 3.0 is "3".

    Spaces around the text and invisible characters are removed.
    """
    if type(v) is str:
        if v.isascii() and v.isprintable():
            return v.strip()
        return unicodedata.normalize("NFC", _INVISIBLE.sub("", v)).strip()
    if v is None:
        return ""
    if isinstance(v, float):
        return str(int(v)) if v.is_integer() else repr(v)
    if isinstance(v, datetime):
        return v.strftime("%Y-%m-%d %H:%M:%S") if v.time() != time() else v.date().isoformat()
    if isinstance(v, date):
        return v.isoformat()
    return str(v)


def _remove_spaces(text: str) -> str:
    """Return the text in NFKC (full-width digits become digits), with plain hyphens and without white space."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_DASHES)
    return _SPACE.sub("", text)


# Space, control and format characters (zero-width, direction, byte order marks), combining and variation marks.
_MARKS = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Me"})
_BLANKS = frozenset("\u115f\u1160\u2800")  # letters by name, but with no glyph


def tidy_number(text: str) -> str:
    """Return a student or staff number that a person typed, without anything that cannot belong to a number.

    Full width becomes half width, every dash becomes a hyphen; spaces and invisible characters are removed. Upper
    and lower case stay; compare without regard to case.
    """
    if text.isascii() and text.isalnum():
        return text
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return "".join(c for c in plain if unicodedata.category(c) not in _MARKS and c not in _BLANKS)


def make_number_key(number: str) -> str:
    """Return a form of a student, staff or volunteer number that is equal in every case and width.

    For comparison only: pages show the number as it was written. In SQL it is upper(number), because every number
    is written in half width.
    """
    return tidy_number(number).upper()


def _shorten(v: object) -> str:
    """Return a cell's text for an error message, at most 30 characters and an ellipsis."""
    text = clean_text(v)
    return text if len(text) <= 30 else text[:30] + "…"


# 留2018001 is a real student number; text without digits is a name in the wrong column.
_NUMBER = re.compile(rf"(?:[{HAN}]{{1,4}}(?=.*[0-9]))?[0-9A-Za-z][0-9A-Za-z_\-./#()]*")
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]+")


def clean_number(v: object) -> str:
    """Return an identifier (student number, volunteer number, code) as text, with leading zeros and letters.

    Raises CellError for other text, and for a number that the spreadsheet has shortened.
    """
    if type(v) is str:
        return _parse_number_text(v)
    if v is None:
        return ""
    if isinstance(v, bool) or not isinstance(v, int | float):
        raise CellError(f"“{_shorten(v)}”不是编号，请把单元格设为文本后重填")
    if v < 0 or v != v or (isinstance(v, float) and not v.is_integer()):
        raise CellError(f"“{_shorten(v)}”不是编号")
    if isinstance(v, float) and v >= _EXACT_INTEGERS:
        raise CellError("编号超过 15 位，被表格软件存成了数字，末尾几位已丢失，请设为文本后重填")
    return str(int(v))


@lru_cache(maxsize=65536)
def _parse_number_text(v: str) -> str:
    text = v if v.isascii() and v.isalnum() else _remove_spaces(v).strip("'’‘`")
    if _SCIENTIFIC.fullmatch(text):
        raise CellError(f"“{text}”是科学记数法，后几位已丢失，请把单元格设为文本后重填")
    if text.casefold() in _NOTHING:
        return ""
    whole, point, decimals = text.partition(".")
    if point and whole.isdecimal() and decimals and not decimals.strip("0"):
        text = whole
    if not text:
        return ""
    if not _NUMBER.fullmatch(text):
        raise CellError(f"“{_shorten(v)}”不是编号")
    return text


_DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅･ㆍ᛫⸱·\u0387\u2022\u25cf\u2981", "·"))
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_AROUND_DOT = re.compile(r"\s*·[\s·]*")
_DOT_IN_HAN = re.compile(rf"(?<=[{HAN}])[\s·.。]*[·.。][\s·.。]*(?=[{HAN}])")
_SPACE_IN_HAN = re.compile(rf"(?<=[{HAN}])\s+(?=[{HAN}])")
_TEXT_MARK = re.compile(rf"^['’‘][\s·'’‘]*(?=[{HAN}])")  # an apostrophe marks a cell as text
_PLAIN_NAME = re.compile("[\u4e00-\u9fff]+")


def clean_name(v: object) -> str:
    """Return a person's name: 张　三 becomes 张三, John  Smith keeps one space, every middle dot becomes ·."""
    if v is None:
        return ""
    if type(v) is not str:
        raise CellError(f"“{_shorten(v)}”不是姓名")
    if _PLAIN_NAME.fullmatch(v):
        return v
    return _parse_name_text(v)


@lru_cache(maxsize=16384)
def _parse_name_text(v: str) -> str:
    text = clean_text(v).translate(_HALF_WIDTH).translate(_DOTS)
    text = _AROUND_DOT.sub("·", _SPACE.sub(" ", text))
    text = _SPACE_IN_HAN.sub("", _DOT_IN_HAN.sub("·", text))
    return unicodedata.normalize("NFC", _TEXT_MARK.sub("", text.strip("· ")))


def make_name_key(name: str) -> str:
    """Return a form of the name that is equal for all its spellings; for matching only, never shown."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    folded = unicodedata.normalize("NFKC", _parse_name_text(name)).casefold()
    return _SPACE.sub("", unicodedata.normalize("NFKC", folded).translate(_DOTS))


_MOBILE = re.compile(r"\(?(?:\+?86|0086)?\)?-?(1[3-9][0-9])-?([0-9]{4})-?([0-9]{4})")
_MASKED = re.compile(r"\(?(?:\+?86|0086)?\)?-?(1[3-9][0-9])-?[*xX×•·●✱]{3,5}-?([0-9]{4})")
_HIDDEN = re.compile(r"\*{4}[0-9]{4}")  # the form in which mask_phone returns any other number
_LANDLINE = re.compile(
    r"(?:(?:\+86|0086)-?)?\(?(0?10|0?2[0-9]|0[3-9][0-9]{2})\)?-?([2-9][0-9]{6,7})(?:(?:-|转|ext\.?)([0-9]{1,6}))?"
)
_LOCAL = re.compile(r"[2-9][0-9]{6,7}|[48]00[0-9]{7}")
_FOREIGN = re.compile(r"\+(?!86)[1-9][0-9]{6,14}")
FEWEST_PHONE_DIGITS = 7  # a local number without its area code
_PARTS = re.compile(r"(1[3-9][0-9])(?:[0-9]{4}|\*{4})([0-9]{4})")


def clean_phone(v: object) -> str:
    """Return a phone number: 13706690743, masked 137****0743, landline 010-60509356, foreign +85291234567.

    Raises CellError for other text; an empty cell gives "".
    """
    if type(v) is str:
        return _parse_phone_text(v)
    if v is None:
        return ""
    if isinstance(v, bool) or not isinstance(v, int | float):
        raise CellError(f"“{_shorten(v)}”不是电话号码")
    return _parse_phone_text(clean_text(v))


@lru_cache(maxsize=65536)
def _parse_phone_text(v: str) -> str:
    if len(v) == 11 and v.isascii() and v.isdecimal() and _MOBILE.fullmatch(v):
        return v
    text = _remove_spaces(v).strip("'’‘`").removesuffix(".0")
    if not text or text.casefold() in _NOTHING:
        return ""
    if found := _MOBILE.fullmatch(text):
        return "".join(found.groups())
    if found := _MASKED.fullmatch(text):
        return f"{found[1]}****{found[2]}"
    if _HIDDEN.fullmatch(text):
        return text
    if found := _LANDLINE.fullmatch(text):
        area = found[1] if found[1].startswith("0") else "0" + found[1]
        if text.startswith(("0", "(", "+")):
            return f"{area}-{found[2]}" + (f"-{found[3]}" if found[3] else "")
    digits = text.replace("-", "")
    if _LOCAL.fullmatch(digits) or _FOREIGN.fullmatch(digits):
        return digits
    raise CellError(f"“{_shorten(v)}”不是电话号码")


def split_phone(phone: str) -> tuple[str, str] | None:
    """Return the first three and last four digits of a clean mobile number, masked or not.

    Returns None for any other number.
    """
    found = _PARTS.fullmatch(phone)
    return (found[1], found[2]) if found else None


def mask_phone(phone: str | None) -> str:
    """Return a masked phone number: 138****1234 for a mobile number, the last four digits for any other.

    A number of fewer than seven digits becomes ****.
    """
    if not phone or _HIDDEN.fullmatch(phone):
        return phone or ""
    if parts := split_phone(phone):
        return "****".join(parts)
    digits = "".join(filter(str.isdecimal, phone))
    return f"****{digits[-4:]}" if len(digits) >= FEWEST_PHONE_DIGITS else "****"


_TIME_BEHIND = (
    r"(?:[T,]?(?:星期[一二三四五六日天]|周[一二三四五六日天])?(?:上午|下午|中午|晚上|凌晨|早上)?"
    r"(?:[0-9]{1,2}(?:[:时点][0-9]{0,2}){1,2}[分秒]?[0-9]{0,2}秒?(?:\.[0-9]+)?(?:\+08:?00)?(?:am|pm)?)?)?"
)
_SEPARATED = re.compile(rf"([0-9]{{4}})([-/.年])([0-9]{{1,2}})[-/.月]([0-9]{{1,2}})(日?){_TIME_BEHIND}", re.I)
_EIGHT_DIGITS = re.compile(
    rf"([0-9]{{4}})([0-9]{{2}})([0-9]{{2}})(?:\.0|[0-9]{{4}}|[0-9]{{6}}|{_TIME_BEHIND})", re.I
)
_DAY_AND_TIME = re.compile(r"(?<=[0-9日])\s+(?=[0-9]{1,2}[:时点])")
_SERIAL = re.compile(r"[2-6][0-9]{4}(?:\.[0-9]+)?")
_EXCEL_EPOCH = date(1899, 12, 30)
# Words of a date that nobody knows; our own exports write the first.
_UNKNOWN_DAYS = frozenset({"日期不详", "不详", "日期未知", "未知", "不清楚", "日期不清楚", "未填", "未填写"})


def clean_date(v: object) -> date | None:
    """Return the day of a date, date with time, text or Excel serial number; None if empty.

    Serial numbers are 20000–60000. Raises CellError for other text and for years outside 1900–2100.
    """
    if type(v) is str:
        return _parse_date_text(v)
    if v is None:
        return None
    if isinstance(v, datetime):
        v = v.date()
    if isinstance(v, date):
        return _require_plausible_date(v, v)
    if not isinstance(v, int | float) or isinstance(v, bool):
        raise CellError(f"“{_shorten(v)}”不是日期")
    if 20000 <= v <= 60000:
        return _EXCEL_EPOCH + timedelta(days=int(v))
    return _parse_date_text(clean_text(v))


def _require_plausible_date(day: date, shown: object) -> date:
    if not 1900 <= day.year <= 2100:
        raise CellError(f"“{_shorten(shown)}”不是可信的日期")
    return day


def is_day_text(text: str) -> bool:
    """Return whether a text is a date with separators, with or without a time; 20181001 may be any number."""
    return bool(_SEPARATED.fullmatch(_normalise_day(text)))


def _normalise_day(text: str) -> str:
    # Without the space before the time, "2018-10-1 12:30" and "2018-10-11 2:30" would be equal.
    bare = clean_text(text).strip("'’‘`")
    return _remove_spaces(_DAY_AND_TIME.sub("T", unicodedata.normalize("NFKC", bare)))


@lru_cache(maxsize=8192)
def _parse_date_text(v: str) -> date | None:
    text = _normalise_day(v)
    if not text or text.casefold() in _NOTHING or text in _UNKNOWN_DAYS:
        return None
    if _SERIAL.fullmatch(text) and float(text) <= 60000:
        return _EXCEL_EPOCH + timedelta(days=int(float(text)))
    if found := _SEPARATED.fullmatch(text):
        year, month, day = found[1], found[3], found[4]
    elif found := _EIGHT_DIGITS.fullmatch(text):
        year, month, day = found.groups()
    else:
        raise CellError(f"“{_shorten(v)}”不是日期，请写成 2018-10-01 这样")
    try:
        return _require_plausible_date(date(int(year), int(month), int(day)), v)
    except ValueError as error:
        raise CellError(f"“{_shorten(v)}”不是存在的日期") from error


_HOURS = r"(?:个?小时|个?钟头|时|h|hr|hrs|hours?)"
_MINUTES = r"(?:分钟?|m|mins?|minutes?)"
_CLOCK = re.compile(r"([0-9]+):([0-5][0-9])(?::([0-5][0-9]))?")
_SPOKEN = re.compile(
    rf"(?:([0-9]+(?:\.[0-9]+)?){_HOURS})?(?:[零又])?(?:([0-9]+(?:\.[0-9]+)?){_MINUTES})?(?:([0-9]+)秒)?", re.I
)
_BARE_HOURS = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+")
_HALF = re.compile(r"([0-9]*)个?半(?:个?小时|个?钟头)|([0-9]+)小时半")
_HAN_DIGITS = str.maketrans("一二两三四五六七八九", "1223456789")


def clean_minutes(v: object) -> int | None:
    """Return whole minutes from hours as sheets write them: 2.5, "2小时30分钟", "2.5h", "90分钟", "2:30".

    An empty cell gives None. Raises CellError for other text, negative durations and fractions of a minute.
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
        raise CellError(f"“{_shorten(v)}”不是时长，请写成 2.5 或 2小时30分钟 这样")
    return _require_whole_minutes(Fraction(v) * 60, v)


def _require_whole_minutes(minutes: Fraction, shown: object) -> int:
    if minutes < 0:
        raise CellError(f"时长“{_shorten(shown)}”是负数")
    whole = round(minutes)
    # A spreadsheet computes (end − start) × 24 with doubles; a smaller difference is their rounding error.
    if abs(minutes - whole) > Fraction(1, 10**6):
        raise CellError(f"时长“{_shorten(shown)}”不是整分钟")
    return whole


@lru_cache(maxsize=8192)
def _parse_minutes_text(v: str) -> int | None:
    text = _remove_spaces(v).strip("'’‘`").translate(_HAN_DIGITS)
    if not text or text.casefold() in _NOTHING:
        return None
    if text.startswith("-") and _BARE_HOURS.match(text[1:]):
        raise CellError(f"时长“{_shorten(v)}”是负数")
    if _BARE_HOURS.fullmatch(text):
        return _require_whole_minutes(Fraction(text) * 60, v)
    if found := _CLOCK.fullmatch(text):
        return _require_whole_minutes(
            int(found[1]) * 60 + int(found[2]) + Fraction(int(found[3] or 0), 60), v
        )
    if found := _HALF.fullmatch(text):
        return int(found[1] or found[2] or 0) * 60 + 30
    if found := _SPOKEN.fullmatch(text):
        hours, minutes, seconds = (Fraction(part or 0) for part in found.groups())
        return _require_whole_minutes(hours * 60 + minutes + seconds / 60, v)
    raise CellError(f"“{_shorten(v)}”不是时长，请写成 2.5 或 2小时30分钟 这样")


def clean_organisation(v: object) -> str:
    """Return the name of a college or branch in one spelling.

    法学(1)班, 法学 （1） 班 and 法学（１）班 all become 法学（1）班.
    """
    return _parse_organisation_text(clean_text(v))


@lru_cache(maxsize=20_000)
def _parse_organisation_text(text: str) -> str:
    if not re.search(f"[{HAN}]", text):
        return text
    return _remove_spaces(text).replace("(", "（").replace(")", "）")
