"""年度结转 (三(五)): what becomes of the open items of a year, and the dates of the next one. Pure.

Every kind of open item has one outcome, decided here once: it is carried into the new year, it stays open in
the old one and is settled there, or it ends with the year.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

CARRIED, OPEN, CLOSED = "carried", "open", "closed"
OUTCOMES = {CARRIED: "转入新年度", OPEN: "留在原年度继续办理", CLOSED: "随年度结束"}


@dataclass(frozen=True)
class Kind:
    """A kind of open item: what becomes of it, and why, with its clause."""

    key: str
    label: str
    unit: str
    clause: str
    outcome: str
    why: str

    @property
    def outcome_name(self) -> str:
        return OUTCOMES[self.outcome]


KINDS = (
    Kind("pairings", "街乡结对和服务队", "个", "三（五）", CARRIED, "与街乡保持常态化联系：结对、服务队、队员、志愿团队ID和二维码原样延续，占用新年度的名额。"),
    Kind("released", "不再延续的结对", "个", "三（五）", CLOSED, "按校团委的选择，结转时解除，队员离队；学院可以在新年度重新结对。"),
    Kind("superseded", "新年度已另行结对", "个", "三（三）", CLOSED, "学院在新年度已经有结对，原结对只属于原年度。"),
    Kind("projects", "未结束的志愿服务项目", "个", "三（五）", CARRIED, "项目照常进行；每场活动按举办日期计入所在年度。"),
    Kind("activities", "还没有举办的活动", "场", "三（五）", CARRIED, "按举办日期计入所在年度，报名不受影响。"),
    Kind("admissions", "入团培养", "人", "二（一）", CARRIED, "培养过程不分年度，继续进行。"),
    Kind("attendance", "没有结束考勤的活动", "场", "三（四）3", OPEN, "请负责人结束考勤；时长按服务日期计入原年度。"),
    Kind("records", "待确认的时长", "条", "三（四）4", OPEN, "请学院照常审核；确认后按服务日期计入原年度。"),
    Kind("objections", "待答复的异议", "条", "三（四）4", OPEN, "按原来的期限答复。"),
    Kind("claims", "待认领的志愿者", "条", "三（二）", OPEN, "注册不分年度，请照常认领。"),
    Kind("exceptions", "待审批的评优例外", "项", "二（二）", OPEN, "按原年度的标准审批。"),
    Kind("appraisals", "没有通过的团员教育评议", "份", "二（二）", OPEN, "按原年度的时长和标准继续评议、审核。"),
    Kind("honours", "没有确定的荣誉", "项", "四.3", OPEN, "按原年度的资格继续公示、确定。"),
    Kind("assessment", "没有锁定的学院考核", "项", "四.3", OPEN, "请锁定原年度的考核结果。"),
    Kind("commendations", "没有公布的表彰", "项", "三（五）", OPEN, "按原年度的服务记录继续公布。"),
    Kind("codes", "没有使用的申请结对码", "个", "三（三）", CLOSED, "结对码只在发放的年度有效；新年度的结对码由校团委重新导入。"),
    Kind("bulletins", "注册情况通报", "期", "三（二）", CLOSED, "原年度的通报到截止日期为止，各期保持原样；新年度从第 1 期重新编号。"),
)  # fmt: skip
BY_KEY = {kind.key: kind for kind in KINDS}


# --- when -----------------------------------------------------------------------------------------------------


def get_preview_day(year: int) -> date:
    """Return the day, in the last month, from which the school sees open items and can open the next year."""
    return date(year, 12, 1)


def opening_problem(year: int, today: date) -> str:
    """Return why the next year cannot be opened yet; "" where it can."""
    first = get_preview_day(year)
    return f"{year + 1} 年度从 {first:%Y-%m-%d} 起可以开设。" if today < first else ""


def rollover_problem(year: int, today: date) -> str:
    """Return why a year cannot be rolled over yet; "" where it can.

    A running year is not closed: later events of the year would be missing from it.
    """
    if today.year > year:
        return ""
    return f"{year} 年度还没有结束，{year + 1}-01-01 起可以结转。"


# --- the rules of the next year ---------------------------------------------------------------------------------


def add_a_year(day: date) -> date:
    """Return the same day of the calendar a year later; 29 February becomes 28 February.

    >>> add_a_year(date(2020, 2, 29))
    datetime.date(2021, 2, 28)
    """
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def shift_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields for the next year: days and moments a year later, thresholds unchanged.

    Moments are given in Beijing time, so that the opening of the hall keeps its hour.
    """
    return {
        name: add_a_year(value) if isinstance(value, date | datetime) else value
        for name, value in values.items()
    }


# --- who graduates ------------------------------------------------------------------------------------------------

USUAL_YEARS = 4
ENTRY = re.compile(r"(?<!\d)20\d\d(?!\d)")


def parse_entry_year(grade: str) -> int | None:
    """Return the year of entry that a grade names: 2014级, 2014.

    >>> parse_entry_year("2014级"), parse_entry_year("大四")
    (2014, None)
    """
    found = ENTRY.search(grade)
    return int(found.group()) if found else None


def is_likely_graduated(grade: str, year: int) -> bool:
    """Return whether four years have passed since entry by the end of the year.

    A hint only: the school knows who studies longer or shorter.
    """
    entry = parse_entry_year(grade)
    return entry is not None and entry + USUAL_YEARS <= year
