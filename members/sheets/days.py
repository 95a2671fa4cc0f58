"""Days as people write them: in Chinese numerals, without a year, and what a spreadsheet makes of 3-1. Pure.

All functions take a text without white space, in NFKC.
"""

import re

TIME_BEHIND = (
    r"(?:[T,]?(?:[(\[【]?(?:星期|礼拜|周)[一二三四五六日天][)\]】]?|[(\[【][一二三四五六日天][)\]】]|\(?(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?\)?)?[T,]?"
    r"(?:上午|下午|中午|晚上|凌晨|早上)?"
    r"(?:[0-9]{1,2}(?:[:时点][0-9]{0,2}){1,2}[分秒]?[0-9]{0,2}秒?(?:\.[0-9]+)?(?:\+08:?00)?(?:am|pm)?)?)?"
)
SEPARATED = re.compile(
    rf"([0-9]{{4}})([-/.年])([0-9]{{1,2}})[-/.月]([0-9]{{1,2}})([日号]?){TIME_BEHIND}", re.I
)
_HAN_DAY = re.compile(
    "[〇零○一二三四五六七八九十]{4}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}[日号].*"
)
_HAN_NUMERALS = {"〇": 0, "零": 0, "○": 0} | {
    character: place for place, character in enumerate("一二三四五六七八九", 1)
}
_NO_YEAR = re.compile(rf"[0-9]{{1,2}}(?:月[0-9]{{1,2}}[日号]?|[-/.][0-9]{{1,2}}){TIME_BEHIND}", re.I)
_SHORT_YEAR = re.compile(r"[0-9]{2}(?:年[0-9]{1,2}月[0-9]{1,2}[日号]?|([-/.])[0-9]{1,2}\1[0-9]{1,2})", re.I)
_YEAR_BEHIND = re.compile(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}.*")
# What a spreadsheet makes of 3-1, when its text is saved: 2018/3/1, 3月1日, 1-Mar, Mar-01.
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MADE_A_DAY = re.compile(
    rf"[0-9]{{1,2}}月[0-9]{{1,2}}日|[0-9]{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-[0-9]{{2}}|[0-9]{{4}}年[0-9]{{1,2}}月",
    re.I,
)


def write_digits(day: str) -> str:
    """Return 二〇一八年十月二十一日 as 2018年10月21日, with what is behind it; any other text as it is."""
    if not _HAN_DAY.fullmatch(day):
        return day
    year, month, rest = re.split("[年月]", day, maxsplit=2)
    found = re.match("([一二三四五六七八九十]+)[日号]", rest)
    assert found  # _HAN_DAY has it
    year = "".join(str(_HAN_NUMERALS[character]) for character in year if character in _HAN_NUMERALS)
    return f"{year}年{_read_numeral(month)}月{_read_numeral(found[1])}日{rest[found.end() :]}"


def _read_numeral(text: str) -> int:
    """Return 一 to 九十九 as a number; 0 for other characters of numbers, which is no day."""
    tens, ten, ones = text.rpartition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in tens:
        return 0
    return (_HAN_NUMERALS.get(tens, 1) * 10 if ten else 0) + _HAN_NUMERALS.get(ones, 0)


def is_made_a_day(text: str) -> bool:
    """Return whether a name is nothing but a day, which a spreadsheet made of 3-1 or 12-5."""
    return bool(SEPARATED.fullmatch(text) or _MADE_A_DAY.fullmatch(text))


def explain_day(text: str, shown: str) -> str:
    """Return why a text is no day, in Chinese."""
    if _SHORT_YEAR.fullmatch(text):
        return f"日期“{shown}”的年份只有两位，请写成 2018-10-01 这样"
    if _NO_YEAR.fullmatch(text):
        return f"日期“{shown}”没有年份，请写成 2018-10-01 这样"
    if _YEAR_BEHIND.fullmatch(text):
        return f"日期“{shown}”看不出哪个是月、哪个是日，请写成 2018-10-01 这样"
    return f"“{shown}”不是日期，请写成 2018-10-01 这样"
