"""Days as people write them: in Chinese numerals, without a year, and what a spreadsheet makes of 3-1. Pure.

All functions take a text without white space, in NFKC.
"""

import re

TIME_BEHIND = (
    r"(?:[T,、/|-]?(?:[(\[【〔<]?(?:星期|礼拜|周)[一二三四五六日天][)\]】〕>]?|[(\[【][一二三四五六日天][)\]】]|\(?(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?\)?)?[T,]?"
    r"(?:上午|下午|中午|晚上|凌晨|早上)?"
    r"(?:(?:24(?=[:时点]0{0,2}(?![0-9]*[1-9]))|2[0-3]|[01]?[0-9])(?:[:时点](?:[0-5]?[0-9](?![0-9]))?){1,2}(?:分(?:[0-5]?[0-9])?秒?|秒)?(?:\.[0-9]+)?(?:\+08:?00)?(?:am|pm)?)?)?"
)
SEPARATED = re.compile(
    rf"([0-9]{{4}})([-/.年])([0-9]{{1,2}})[-/.月]([0-9]{{1,2}})([日号]?){TIME_BEHIND}", re.I
)
_HAN_DAY = re.compile(
    "(?:公元)?([〇零○O0-9一二三四五六七八九]{4})年([0-9一二三四五六七八九十]{1,2})月([0-9一二三四五六七八九十]{1,3})[日号](.*)"
)
_HAN_NUMERALS = {"〇": 0, "零": 0, "○": 0, "O": 0} | {
    character: place for place, character in enumerate("一二三四五六七八九", 1)
}
_ENGLISH_DAY = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]*)?(?:([0-9]{1,2})[-/.,]?([a-z]{3,9})|([a-z]{3,9})[-/.,]?([0-9]{1,2}))[-/.,]+([0-9]{4})"
    r"|([0-9]{1,2})([a-z]{3,9})([0-9]{4})",
    re.I,
)
_NO_YEAR = re.compile(rf"[0-9]{{1,2}}(?:月[0-9]{{1,2}}[日号]?|[-/.][0-9]{{1,2}}){TIME_BEHIND}", re.I)
_SHORT_YEAR = re.compile(r"[0-9]{2}(?:年[0-9]{1,2}月[0-9]{1,2}[日号]?|([-/.])[0-9]{1,2}\1[0-9]{1,2})", re.I)
_YEAR_BEHIND = re.compile(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}.*")
# What a spreadsheet makes of 3-1, when its text is saved: 2018/3/1, 3月1日, 1-Mar, Mar-01.
_MONTH_NAMES = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MADE_A_DAY = re.compile(
    rf"[0-9]{{1,2}}月[0-9]{{1,2}}日|[0-9]{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-[0-9]{{2}}|[0-9]{{4}}年[0-9]{{1,2}}月",
    re.I,
)


def write_digits(day: str) -> str:
    """Return 二〇一八年十月二十一日 and 21-Oct-2018 as 2018年10月21日, with what is behind; any other text as it is."""
    if found := _HAN_DAY.fullmatch(day):
        year = "".join(str(_HAN_NUMERALS.get(character, character)) for character in found[1])
        return f"{year}年{_read_numeral(found[2])}月{_read_numeral(found[3])}日{found[4]}"
    if found := _ENGLISH_DAY.fullmatch(day):
        date, word, year = (
            part or ""
            for part in (
                found[1] or found[4] or found[6],
                found[2] or found[3] or found[7],
                found[5] or found[8],
            )
        )
        if month := _read_month(word):
            return f"{year}年{month}月{int(date)}日"
    return day


def _read_month(word: str) -> int:
    """Return 10 for Oct or October; 0 for another word."""
    names = [name for name in _MONTH_NAMES if len(word) >= 3 and name.startswith(word.lower())]
    return _MONTH_NAMES.index(names[0]) + 1 if names else 0


def _read_numeral(text: str) -> int:
    """Return 一 to 九十九 as a number; 0 for other characters of numbers, which is no day."""
    if text.isdecimal():
        return int(text)
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
