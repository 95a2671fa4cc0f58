"""Names of units: which spellings of a college's or branch's name mean one unit (requirements §3). Pure: no Django.

信息1班, 信息1班支部 and 信息1班团支部 of one college are one branch, 信息学院 and 信息学院团委 one college. A 总支 or
党支部 is another unit than a 团支部.
"""

import re
import unicodedata
from collections.abc import Iterable

from members.rules import parse_college_name

UNSEEN = re.compile("[\\s\u200b-\u200f\u2060\ufeff]+")
BRANCH_ENDING = re.compile(r"(?<![党总])(?:共青团|团)?(?<![党总])支部(?:委员会)?$")


def make_college_key(name: str, school: str = "") -> str:
    """Return the text that all spellings of a college's name share; `school` is the name of its school.

    >>> make_college_key("共青团京华大学信息学院委员会", "京华大学"), make_college_key("信息学院 分团委")
    ('信息学院', '信息学院')
    """
    text = _tidy(name)
    return parse_college_name(text, _tidy(school)) or text


def make_branch_key(name: str, college: str = "", school: str = "") -> str:
    """Return the text that all spellings of a branch's name share inside its college.

    >>> make_branch_key("信息１班 团支部"), make_branch_key("共青团京华大学信息学院信息1班支部", "信息学院", "京华大学")
    ('信息1班', '信息1班')
    >>> make_branch_key("教工党支部"), make_branch_key("2018级团总支部")
    ('教工党支部', '2018级团总支部')
    """
    text = _tidy(name)
    short = BRANCH_ENDING.sub("", text.removeprefix("共青团").removeprefix(_tidy(school)))
    if college:
        inside = short.removeprefix(make_college_key(college, school)).removeprefix("团委")
        short = inside or short
    return short or text


def choose_name(spellings: Iterable[str]) -> str:
    """Return the fullest of several spellings of one unit's name; among equally long ones the first by text.

    >>> choose_name(["信息1班", "信息1班团支部", "信息1班支部"])
    '信息1班团支部'
    """
    return max(sorted(spellings), key=len)


def _tidy(text: str) -> str:
    return UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()
