"""Convert a raw cell to a clean value. Pure functions; each raises CellError with a reason in Chinese."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from functools import lru_cache

from members.sheets.characters import (
    HAN,
    holds_controls,
    is_damaged,
    is_damaged_name,
    is_damaged_unit,
    is_recoded,
    loses_sign,
)
from members.sheets.days import SEPARATED, TIME_BEHIND, explain_day, is_made_a_day, write_digits
from members.sheets.nothing import is_error_value, is_truth_value, is_zero, means_nothing, names_nothing
from members.sheets.papers import holds_id_card
from members.sheets.phones import find_mobiles, tidy_phone
from members.sheets.plausible import SURNAMES, can_be_name
from members.sheets.texts import (
    DASHES,
    SPACE,
    CellError,
    clean_text,
    refuse_dates_and_ticks,
    remove_spaces,
    shorten,
    unquote,
)
from members.sheets.values import Doubtful

_EXACT_INTEGERS = 10**15  # a spreadsheet keeps 15 digits of a number and replaces the rest by zeros


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
    plain = unicodedata.normalize("NFKC", text).translate(DASHES)
    return "".join(c for c in plain if unicodedata.category(c) not in _MARKS and c not in _BLANKS)


def make_number_key(number: str) -> str:
    """Return a form of a student, staff or volunteer number that is equal in every case and width.

    For comparison only: pages show the number as it was written. In SQL it is upper(number), because every number
    is written in half width.
    """
    return tidy_number(number).upper()


# 留2018001 is a real student number; text without digits is a name in the wrong column.
_NUMBER = re.compile(
    rf"(?!(?:约|共|第|{SURNAMES}[{HAN}]))(?:[{HAN}](?=.*[0-9])|[{HAN}]{{2,4}}(?=.*[0-9]{{5}}))?[0-9A-Za-z](?:[0-9A-Za-z_\-./#()]*[0-9A-Za-z)#_])?"
)
# Signs that are a digit only in another form: ①, ², Ⅳ, ½, and ellipses.
_ALTERED = re.compile("[²³¹¼-¾⁰-₟⅐-\u218b①-⓿❶-➓…]|\\.\\.")
_SCIENTIFIC = re.compile(
    r"[0-9]+(?:\.[0-9]*)?[eE]\+[0-9]+|[0-9]+\.[0-9]+[eE]-?[0-9]+|[0-9][eE][0-9]{1,2}|[0-9]{5,}\.[0-9]*[1-9][0-9]*"
)
# 学号2018010006: the name of a column that somebody wrote in front of the number.
_COLUMN_NAME = re.compile(
    "(?:学籍|学工|学|工|证|卡|编|序|账|帐|证件)号|[Nn][Oo][.:]|编码|代码|姓名|手机|电话|志愿者"
)


def clean_number(v: object) -> str:
    """Return an identifier (student number, volunteer number, code) as text, with leading zeros and letters.

    Raises CellError for other text, and for a number that the spreadsheet has shortened.
    """
    if type(v) is str:
        return _parse_number_text(v)
    if v is None:
        return ""
    refuse_dates_and_ticks(v)
    if not isinstance(v, int | float):
        raise CellError(f"“{shorten(v)}”不是编号，请把单元格设为文本后重填")
    if v < 0 or v != v or (isinstance(v, float) and not v.is_integer()):
        raise CellError(f"“{shorten(v)}”不是编号")
    if isinstance(v, float) and v >= _EXACT_INTEGERS:
        raise CellError("编号超过 15 位，被表格软件存成了数字，末尾几位已丢失，请设为文本后重填")
    return str(int(v)) if v else ""


@lru_cache(maxsize=65536)
def _parse_number_text(v: str) -> str:
    if v.isascii() and v.isdigit():
        return v if v.strip("0") else ""
    text = v if v.isascii() and v.isalnum() else unquote(remove_spaces(v).strip("'’‘`"))
    if _SCIENTIFIC.fullmatch(text):
        raise CellError(f"“{text}”是科学记数法，后几位已丢失，请把单元格设为文本后重填")
    if not text or names_nothing(text) or is_zero(text):
        return ""
    whole, point, decimals = text.partition(".")
    if point and whole.isdecimal() and decimals and not decimals.strip("0"):
        text = whole
    if name := _COLUMN_NAME.match(text):
        raise CellError(f"“{shorten(v)}”前面多了列名“{name[0]}”，请只填写编号")
    if is_day_text(text):
        raise CellError(f"“{shorten(v)}”是日期，可能被表格软件改过，请设为文本后重填")
    if not _NUMBER.fullmatch(text) or is_truth_value(text) or is_damaged(text) or _ALTERED.search(v):
        raise CellError(f"“{shorten(v)}”不是编号")
    return text


_DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅･ㆍ᛫⸱·﹒｡\u0387\u2022\u25cf\u2981", "·"))
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_AROUND_DOT = re.compile(r"\s*·[\s·]*")
_DOT_IN_HAN = re.compile(rf"(?<=[{HAN}])[\s·.。]*[·.。][\s·.。]*(?=[{HAN}])")
_SPACE_IN_HAN = re.compile(rf"(?<=[{HAN}])\s+(?=[{HAN}])")
_TEXT_MARK = re.compile(rf"^['’‘][\s·'’‘]*(?=[{HAN}])")  # an apostrophe marks a cell as text
_END_MARK = re.compile(rf"(?<=[{HAN}]{{2}})[,;、.。]$")
_PLAIN_NAME = re.compile("[\u4e00-\u9fff]+")
_NAMES_OF_THE_COLUMN = frozenset({"姓名", "名字"})


def clean_name(v: object) -> str:
    """Return a person's name: 张　三 becomes 张三, John  Smith keeps one space, every middle dot becomes ·.

    A word for nothing gives "". Raises CellError for what is no name, and for a name that lost a character.
    """
    if v is None:
        return ""
    if type(v) is not str:
        refuse_dates_and_ticks(v)
        if v == 0:
            return ""
        raise CellError(f"“{shorten(v)}”不是姓名")
    return _read_name(v)


@lru_cache(maxsize=16384)
def _read_name(v: str) -> str:
    name = _parse_name_text(v)
    if not name or name in _NAMES_OF_THE_COLUMN or names_nothing(name) or is_zero(name):
        return ""
    if _PLAIN_NAME.fullmatch(v) and not is_damaged(v) and can_be_name(v):
        return v
    if holds_controls(v):
        raise CellError(f"“{shorten(v)}”含有看不见的控制字符，可能缺字，请重新填写姓名")
    if holds_id_card(name):
        raise CellError("这里填成了身份证号，平台不保存身份证号，请填写姓名")
    # Full width and invisible characters may be bytes of another encoding: the cell itself is looked at too.
    if is_damaged_name(name) or is_damaged(clean_text(v)) or is_recoded(v) or loses_sign(v, name):
        raise CellError(f"“{shorten(v)}”有缺字或被遮住的字，请填写完整姓名")
    if is_error_value(name) or is_truth_value(name) or not can_be_name(name):
        raise CellError(f"“{shorten(v)}”不是姓名，请填写真实姓名")
    return name


@lru_cache(maxsize=16384)
def _parse_name_text(v: str) -> str:
    if _PLAIN_NAME.fullmatch(v):
        return v
    text = unquote(clean_text(clean_text(v).translate(_HALF_WIDTH))).translate(_DOTS)
    text = _AROUND_DOT.sub("·", SPACE.sub(" ", text))
    text = _SPACE_IN_HAN.sub("", _DOT_IN_HAN.sub("·", text))
    return unicodedata.normalize("NFC", _END_MARK.sub("", _TEXT_MARK.sub("", text.strip("· "))))


def make_name_key(name: str) -> str:
    """Return a form of the name that is equal for all its spellings; for matching only, never shown."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    folded = unicodedata.normalize("NFKC", _parse_name_text(name)).casefold()
    return SPACE.sub("", unicodedata.normalize("NFKC", folded).translate(_DOTS))


_MOBILE = re.compile(r"\(?(?:\+?86|0086)?\)?-?(1[3-9][0-9])-?([0-9]{4})-?([0-9]{4})")
_MASKED = re.compile(r"\(?(?:\+?86|0086)?\)?-?(1[3-9][0-9])-?[*xX×•·●✱]{3,5}-?([0-9]{4})")
_HIDDEN = re.compile(r"\*{4}[0-9]{4}")  # the form in which mask_phone returns any other number
_LANDLINE = re.compile(
    r"(?:(?:\+?86|0086)-?)?\(?(0?10|0?2[0-9]|0[3-9][0-9]{2})\)?-?([2-9][0-9]{6,7})(?:(?:-|转|ext\.?)([0-9]{1,6}))?"
)
_LOCAL = re.compile(r"[2-9][0-9]{6,7}|[48]00[0-9]{7}")
_FOREIGN = re.compile(r"\+(?!86)[1-9][0-9]{6,14}")
FEWEST_PHONE_DIGITS = 7  # a local number without its area code
_BETWEEN_PHONES = re.compile(r"[/\\、,;|\s或和及]+")
_PARTS = re.compile(r"(1[3-9][0-9])(?:[0-9]{4}|\*{4})([0-9]{4})")


def clean_phone(v: object) -> str:
    """Return a phone number: 13706690743, masked 137****0743, landline 010-60509356, foreign +85291234567.

    Raises CellError for other text; an empty cell gives "".
    """
    if type(v) is str:
        return _parse_phone_text(v)
    if v is None:
        return ""
    if isinstance(v, bool) or not isinstance(v, int | float) or v < 0:
        raise CellError(f"“{shorten(v)}”不是电话号码")
    return _parse_phone_text(clean_text(v))


def read_phone(v: object) -> str | Doubtful:
    """Return a phone as `clean_phone` does; of several numbers in one cell the first full mobile, with a doubt."""
    try:
        return clean_phone(v)
    except CellError:
        if type(v) is not str:
            raise
        pieces = [piece for piece in _BETWEEN_PHONES.split(unicodedata.normalize("NFKC", v)) if piece]
        phones = list(dict.fromkeys(filter(None, map(_read_one_phone, pieces))))
        mobiles = [phone for phone in phones if _MOBILE.fullmatch(phone)] or find_mobiles(v)
        if not mobiles or holds_id_card(v):
            raise
    if not phones:
        others = [] if len(re.findall("[0-9]", v)) < 16 and len(mobiles) == 1 else [mobiles[0]]
        return Doubtful(mobiles[0], f"还有别的内容，取了 {mask_phone(mobiles[0])}") if others else mobiles[0]
    if len(phones) == 1 and len(pieces) == v.count(phones[0]):
        return phones[0]
    return Doubtful(mobiles[0], f"不止一个号码，取了 {mask_phone(mobiles[0])}")


def _read_one_phone(part: str) -> str:
    try:
        return clean_phone(part)
    except CellError:
        return ""


@lru_cache(maxsize=65536)
def _parse_phone_text(v: str) -> str:
    if len(v) == 11 and v.isascii() and v.isdecimal() and _MOBILE.fullmatch(v):
        return v
    text = remove_spaces(v).strip("'’‘`")
    if not text or names_nothing(text) or is_zero(text):
        return ""
    if text.startswith("-"):
        raise CellError(f"“{shorten(v)}”不是电话号码")
    text = tidy_phone(text)
    if found := _MOBILE.fullmatch(text):
        return "".join(found.groups())
    if found := _MASKED.fullmatch(text):
        return f"{found[1]}****{found[2]}"
    if _HIDDEN.fullmatch(text):
        return text
    if found := _LANDLINE.fullmatch(text):
        area = found[1] if found[1].startswith("0") else "0" + found[1]
        if text.startswith(("0", "(", "+", "86-")):
            return f"{area}-{found[2]}" + (f"-{found[3]}" if found[3] else "")
    digits = text.replace("-", "")
    if is_day_text(text):
        raise CellError(f"“{shorten(v)}”不是电话号码")
    if _LOCAL.fullmatch(digits) or _FOREIGN.fullmatch(digits):
        return digits
    raise CellError(f"“{shorten(v)}”不是电话号码")


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


_EIGHT_DIGITS = re.compile(
    rf"([0-9]{{4}})([0-9]{{2}})([0-9]{{2}})(?:\.0|[0-9]{{4}}|[0-9]{{6}}|{TIME_BEHIND})", re.I
)
_DAY_AND_TIME = re.compile(r"(?<=[0-9日])\s+(?=[0-9]{1,2}[:时点])")
_SERIAL = re.compile(r"[2-6][0-9]{4}(?:\.[0-9]+)?")
_EXCEL_EPOCH = date(1899, 12, 30)
_PAIRS = frozenset({("(", ")"), ("（", "）")})
_UNKNOWN_DAYS = frozenset(
    {"日期不详", "日期未知", "日期不清楚", "时间不详"}
)  # our own exports write the first


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
        raise CellError(f"“{shorten(v)}”不是日期")
    if 20000 <= v <= 60000:
        return _EXCEL_EPOCH + timedelta(days=int(v))
    return _parse_date_text(clean_text(v))


def _require_plausible_date(day: date, shown: object) -> date:
    if not 1900 <= day.year <= 2100:
        raise CellError(f"“{shorten(shown)}”不是可信的日期")
    return day


def is_day_text(text: str) -> bool:
    """Return whether a text is a date with separators, with or without a time; 20181001 may be any number."""
    return bool(SEPARATED.fullmatch(_normalise_day(text)))


def _normalise_day(text: str) -> str:
    # Without the space before the time, "2018-10-1 12:30" and "2018-10-11 2:30" would be equal.
    bare = unquote(clean_text(text).strip("'’‘`")).rstrip("。.,，;；、/")
    if (bare[:1], bare[-1:]) in _PAIRS:
        bare = bare[1:-1]
    return write_digits(remove_spaces(_DAY_AND_TIME.sub("T", unicodedata.normalize("NFKC", bare))))


@lru_cache(maxsize=8192)
def _parse_date_text(v: str) -> date | None:
    text = _normalise_day(v)
    if not text or means_nothing(text) or text in _UNKNOWN_DAYS:
        return None
    if _SERIAL.fullmatch(text) and float(text) <= 60000:
        return _EXCEL_EPOCH + timedelta(days=int(float(text)))
    if found := SEPARATED.fullmatch(text):
        year, month, day = found[1], found[3], found[4]
    elif found := _EIGHT_DIGITS.fullmatch(text):
        year, month, day = found.groups()
    else:
        raise CellError(explain_day(text, shorten(v)))
    try:
        return _require_plausible_date(date(int(year), int(month), int(day)), v)
    except ValueError as error:
        raise CellError(f"“{shorten(v)}”不是存在的日期") from error


def clean_label(v: object) -> str:
    """Return a title or another word as text; "" for a word for nothing.

    Raises CellError for dates, TRUE and error values, which are never what a person called something.
    """
    return _read_label(_take_text(v))


def _take_text(v: object) -> str:
    if type(v) is not str:
        refuse_dates_and_ticks(v)
    return clean_text(v)


@lru_cache(maxsize=20_000)
def _read_label(text: str) -> str:
    if not text or names_nothing(text) or is_zero(text):
        return ""
    if is_error_value(text) or is_truth_value(text):
        raise CellError(f"“{shorten(text)}”是表格软件的错误值或逻辑值，请填写文字")
    if is_made_a_day(_normalise_day(text)):
        raise CellError(f"“{shorten(text)}”是日期，可能被表格软件改过，请设为文本后重填")
    return text


def clean_organisation(v: object) -> str:
    """Return the name of a college, branch or street in one spelling; "" for a word for nothing.

    法学(1)班, 法学 （1） 班 and 法学（１）班 all become 法学（1）班. Raises CellError as `clean_label` does, and for a
    name that lost a character.
    """
    return _parse_organisation_text(_take_text(v))


@lru_cache(maxsize=20_000)
def _parse_organisation_text(text: str) -> str:
    text = _read_label(text)
    if is_damaged_unit(text):
        raise CellError(f"“{shorten(text)}”有缺字，请填写完整名称")
    if not re.search(f"[{HAN}]", text):
        return text
    return remove_spaces(text).replace("(", "（").replace(")", "）")
