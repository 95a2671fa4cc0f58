"""Rules of a school's year: its stages, and the dates and thresholds that a school may enter.

Pure: no Django. Dates are local (Asia/Shanghai), durations whole minutes.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from members.rules import BEIJING


def duration_text(minutes: int) -> str:
    """Return minutes as Chinese text: 1200 is "20 小时", 90 is "1 小时 30 分钟"."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} 小时" if hours else "", f"{rest} 分钟" if rest or not hours else ""]
    return " ".join(filter(None, parts))


# --- 三: the stages of a year ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stage:
    """One stage of the notice on the time line of the year; `state` is "done", "now" or "next"."""

    label: str
    clause: str
    dates: str
    state: str
    note: str = ""


def build_stage_line(year, *, today: date) -> list[Stage]:
    """Return the five stages of 三, each with its state on `today` (a local date).

    `year` has the dates of a ServiceYear.
    """
    opens, closes = to_local_date(year.pairing_opens_at), to_local_date(year.pairing_closes_at)
    served_by = year.first_service_by
    spans = [
        ("组织梳理", "三（一）", year.tidy_starts_on, year.tidy_ends_on),
        ("团员注册", "三（二）", year.registration_starts_on, year.registration_ends_on),
        ("街乡结对", "三（三）", opens, closes),
        ("志愿服务", "三（四）", min(closes + timedelta(days=1), served_by), served_by),
        ("常态化推动", "三（五）", date(year.year + 1, 1, 1), date.max),
    ]
    stages: list[Stage] = []
    for label, clause, start, end in spans:
        state = "done" if end < today else "now" if start <= today else "next"
        # The stages begin in this order (YEAR_ORDER), so a running stage never follows one that is still to
        # come.
        first_to_come = state == "next" and all(stage.state == "done" for stage in stages)
        note = _describe_stage(state, start, end, today=today, first_to_come=first_to_come)
        stages.append(Stage(label, clause, _format_span_of_days(start, end), state, note))
    return stages


def describe_open_year(year: int, day: date) -> str:
    """Return the sentence that a year is not over on a local day, with the days still to come; "" once it is.

    >>> describe_open_year(2026, date(2026, 11, 30))
    '2026 年度还没有结束，还有 31 天的时长未计入'
    """
    left = (date(year, 12, 31) - day).days
    if left < 0:
        return ""
    if day.year < year:
        return f"{year} 年度还没有开始"
    if left == 0:
        return f"{year} 年度今天结束，今天的时长可能还没有计入"
    return f"{year} 年度还没有结束，还有 {left} 天的时长未计入"


def describe_closed_year(year: int, day: date) -> str:
    """Return the sentence that a year that is over on a local day is judged by its last day; "" while it lasts.

    >>> describe_closed_year(2025, date(2026, 1, 1))
    '2025 年度已结束，学院、团支部、发展阶段、状态和注册按 2025-12-31 当天计算'
    """
    if day.year <= year:
        return ""
    return f"{year} 年度已结束，学院、团支部、发展阶段、状态和注册按 {year}-12-31 当天计算"


def to_local_date(moment: datetime) -> date:
    """Return the day of an aware moment in Beijing."""
    return moment.astimezone(ZoneInfo(BEIJING)).date()


def _describe_stage(state: str, start: date, end: date, *, today: date, first_to_come: bool) -> str:
    if state == "now" and end != date.max:
        return f"还有 {(end - today).days} 天" if end > today else "今天截止"
    return f"{(start - today).days} 天后开始" if first_to_come else ""


def _format_span_of_days(start: date, end: date) -> str:
    if end == date.max:
        return f"{start.year}年{start.month}月起"
    if start == end:
        return f"{end.month}月{end.day}日"
    return f"{start.month}月{start.day}日—{end.month}月{end.day}日"


# --- checks of the dates and thresholds of a year -------------------------------------------------------------

YEAR_RANGES = {
    "bulletin_interval_days": (1, 31),
    "bulletin_first_number": (1, 999),
    "required_minutes": (60, 30_000),
    "floor_percent": (1, 100),
    "excellent_quota_percent": (0, 100),
    "daily_cap_minutes": (30, 1440),
    "confirm_working_days": (1, 60),
    "urban_cap": (1, 50),
    "suburban_cap": (1, 50),
    "urban_quota": (0, 500),
    "suburban_quota": (0, 500),
    "offline_days": (1, 60),
}
# (earlier field, later field, message at the later field)
YEAR_ORDER = (
    ("tidy_starts_on", "tidy_ends_on", "结束日期不能早于开始日期。"),
    ("registration_starts_on", "registration_ends_on", "结束日期不能早于开始日期。"),
    ("tidy_starts_on", "registration_starts_on", "团员注册不能早于组织梳理开始。"),
    ("registration_starts_on", "bulletin_anchor", "首期通报不能早于团员注册开始。"),
    ("bulletin_anchor", "bulletin_ends_on", "通报截止日期不能早于首期通报日期。"),
    ("registration_starts_on", "pairing_opens_at", "街乡结对不能早于团员注册开始。"),
    ("pairing_opens_at", "first_service_by", "首次志愿服务的期限不能早于街乡结对开放。"),
)


def year_problems(values: dict, *, year: int) -> dict[str, str]:
    """Return the errors in the dates and thresholds entered for a year: {field: what to correct, in Chinese}.

    `values` may lack fields that the form could not read; only the fields that it has are compared.
    """
    problems = {}
    for name, value in values.items():
        low, high = YEAR_RANGES.get(name, (None, None))
        if low is not None and value is not None and not low <= value <= high:
            problems[name] = f"请填写 {low} 至 {high} 之间的整数。"
        if isinstance(value, date) and abs(value.year - year) > 1:
            problems[name] = f"日期离 {year} 年度太远，请检查年份。"
    for earlier, later, message in YEAR_ORDER:
        if earlier in values and later in values and _to_day(values[later]) < _to_day(values[earlier]):
            problems.setdefault(later, message)
    opens, closes = values.get("pairing_opens_at"), values.get("pairing_closes_at")
    if opens and closes and closes <= opens:
        problems.setdefault("pairing_closes_at", "关闭时间必须晚于开放时间。")
    return problems


def semesters_problem(spans: list[tuple[date, date]]) -> str:
    """Return why the dates of semesters (first and last day) are wrong, in Chinese; "" where they are right.

    二(三): semesters must not overlap, so that a visit belongs to one semester.
    """
    if any(end < start for start, end in spans):
        return "学期的结束日期不能早于开始日期。"
    ordered = sorted(spans)
    if any(later[0] <= earlier[1] for earlier, later in pairwise(ordered)):
        return "各学期的日期不能重叠。"
    return ""


def _to_day(value: date | datetime) -> date:
    return to_local_date(value) if isinstance(value, datetime) else value
