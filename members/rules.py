"""Rules of the notice on people, rates and the calendar. Pure: no Django, the day is an argument.

A rate is always two integers, registered and members; a percentage is only ever shown, never computed with.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

BEIJING = "Asia/Shanghai"


# --- 一 and 四.3: the goal line (100 %) and the penalty line (95 %) -------------------------------------------


def passes_line(registered: int, members: int, percent: int) -> bool | None:
    """四.3: `100·registered ≥ percent·members` in integers; None (不适用) where there is nobody.

    >>> passes_line(19, 20, 95), passes_line(113, 119, 95), passes_line(0, 0, 95)
    (True, False, None)
    """
    if members == 0:
        return None
    return 100 * registered >= percent * members


def missing_for_line(registered: int, members: int, percent: int) -> int:
    """How many more people must register until the line is reached: ceil(percent·n/100) − registered, at least 0."""
    return max(0, -(-percent * members // 100) - registered)


def needs_everyone(members: int, percent: int) -> bool:
    """True where one missing person already breaks the line (95 %: fewer than 20 members)."""
    return members > 0 and not passes_line(members - 1, members, percent)


def rate_text(registered: int, members: int) -> str:
    """The rate in percent, rounded down to two places: 113/119 is "94.95"; "不适用" where there is nobody."""
    if members == 0:
        return "不适用"
    hundredths = 10_000 * registered // members
    return f"{hundredths // 100}.{hundredths % 100:02d}"


@dataclass(frozen=True)
class Rate:
    """Counts of one branch, college or school (people, not percent).

    `members`: active League members; `registered`: verified among them; `reported`: self-reported and not yet
    verified, shown beside and never counted; `out`: members suspended, transferred, graduated, away;
    `activists`/`activists_registered`: 入团积极分子 and 发展对象, with a goal of 100 % of their own (二(一)).
    """

    members: int = 0
    registered: int = 0
    reported: int = 0
    out: int = 0
    activists: int = 0
    activists_registered: int = 0
    floor_percent: int = 95

    @property
    def text(self) -> str:
        return rate_text(self.registered, self.members)

    @property
    def percent(self) -> float | None:
        """For pictures and JSON only."""
        return float(self.text) if self.members else None

    @property
    def passes(self) -> bool | None:
        return passes_line(self.registered, self.members, self.floor_percent)

    @property
    def below_floor(self) -> bool:
        return self.passes is False

    @property
    def complete(self) -> bool:
        """Only 100 % is complete (clause 一)."""
        return self.members > 0 and self.registered == self.members

    @property
    def missing(self) -> int:
        """People without verified registration."""
        return self.members - self.registered

    @property
    def missing_for_floor(self) -> int:
        return missing_for_line(self.registered, self.members, self.floor_percent)

    @property
    def needs_everyone(self) -> bool:
        return needs_everyone(self.members, self.floor_percent)

    @property
    def activists_text(self) -> str:
        return rate_text(self.activists_registered, self.activists)

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(
            self.members + other.members,
            self.registered + other.registered,
            self.reported + other.reported,
            self.out + other.out,
            self.activists + other.activists,
            self.activists_registered + other.activists_registered,
            self.floor_percent,
        )


# --- requirements §3 "Who counts": what a roster says of a person ---------------------------------------------

STAGES = {
    "共青团员": "member",
    "团员": "member",
    "正式团员": "member",
    "中国共产主义青年团团员": "member",
    "保留团籍": "member",
    "入团申请人": "applicant",
    "申请人": "applicant",
    "申请入团": "applicant",
    "入团积极分子": "activist",
    "积极分子": "activist",
    "发展对象": "candidate",
    "团员发展对象": "candidate",
    "群众": "student",
    "普通学生": "student",
    "学生": "student",
    "无党派人士": "student",
    "无党派民主人士": "student",
    "民主党派": "student",
    "其他党派": "student",
}
PARTY = {
    "中共党员": "full",
    "党员": "full",
    "正式党员": "full",
    "中共正式党员": "full",
    "中共预备党员": "probationary",
    "预备党员": "probationary",
}
# Steps towards the Party that a roster's 发展阶段 may name; they say nothing about League membership.
PARTY_STEPS = {"入党申请人", "入党积极分子", "党员发展对象", "入党发展对象", "递交入党申请书"}
STATES = {
    "在籍": "active",
    "在校": "active",
    "在读": "active",
    "正常": "active",
    "有": "active",
    "复学": "active",
    "休学": "suspended",
    "保留学籍": "suspended",
    "停学": "suspended",
    "转出": "transferred",
    "已转出": "transferred",
    "转学": "transferred",
    "退学": "transferred",
    "毕业": "graduated",
    "已毕业": "graduated",
    "结业": "graduated",
    "肄业": "graduated",
    "交换": "exchange",
    "交流": "exchange",
    "出国": "exchange",
    "出国交流": "exchange",
    "出境": "exchange",
    "参军": "army",
    "入伍": "army",
    "应征入伍": "army",
    "服兵役": "army",
}
GENDERS = {"男": "male", "男性": "male", "M": "male", "女": "female", "女性": "female", "F": "female"}


def stage_and_party(politics: str, stage: str = "") -> tuple[str, str]:
    """(stage, party membership) from a roster's 政治面貌 and 发展阶段; 发展阶段 decides where it names a League stage.

    中共党员 and 中共预备党员 on a League roster keep League membership: they count, and are marked.
    Raises ValueError with a Chinese reason for words that are not understood.
    """
    politics, stage = politics.strip(), stage.strip()
    party = PARTY.get(politics) or PARTY.get(stage) or ""
    if stage in STAGES:
        return STAGES[stage], party
    if stage and stage not in PARTY_STEPS and stage not in PARTY:
        raise ValueError(f"发展阶段“{stage}”无法识别")
    if party:
        return "member", party
    if politics in STAGES:
        return STAGES[politics], ""
    if not politics:
        raise ValueError("缺少政治面貌")
    raise ValueError(f"政治面貌“{politics}”无法识别")


def state_of(word: str) -> str:
    """A roster's word for a person's state (休学, 转出, …); "" where the roster says nothing."""
    if not word:
        return ""
    if word not in STATES:
        raise ValueError(f"状态“{word}”无法识别")
    return STATES[word]


# --- 三: the calendar of the notice ---------------------------------------------------------------------------


@dataclass(frozen=True)
class NoticeCalendar:
    """The dates of 团通〔2018〕14号, moved to a given year (local dates; opening hours are Beijing time)."""

    year: int

    @property
    def starts_on(self) -> date:
        return date(self.year, 1, 1)

    @property
    def ends_on(self) -> date:
        return date(self.year, 12, 31)

    @property
    def tidy(self) -> tuple[date, date]:
        """三(一) 组织梳理"""
        return date(self.year, 9, 20), date(self.year, 9, 25)

    @property
    def registration(self) -> tuple[date, date]:
        """三(二) 团员注册"""
        return date(self.year, 9, 26), date(self.year, 10, 10)

    @property
    def bulletins(self) -> tuple[date, date]:
        """三(二): every two days from 10 October; the notice names no end, the year's is taken."""
        return date(self.year, 10, 10), self.ends_on

    @property
    def pairing(self) -> tuple[datetime, datetime]:
        """三(三): 15 October 00:00:00 to 26 October 23:59:59, naive Beijing time."""
        return datetime.combine(date(self.year, 10, 15), time()), datetime.combine(
            date(self.year, 10, 26), time(23, 59, 59)
        )

    @property
    def first_service_by(self) -> date:
        """三(四): each college at least one activity by 30 November."""
        return date(self.year, 11, 30)

    @property
    def semesters(self) -> tuple[tuple[str, date, date], ...]:
        """二(三) counts visits by semester; the notice gives no dates, the school can change these."""
        return (
            ("春季学期", date(self.year, 2, 1), date(self.year, 7, 31)),
            ("秋季学期", date(self.year, 8, 1), date(self.year + 1, 1, 31)),
        )


# --- 三: where a year stands today ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Stage:
    """One stage of the notice on the line of the year; `state` is "done", "now" or "next"."""

    label: str
    clause: str
    dates: str
    state: str
    note: str = ""


def stage_line(year, *, today: date) -> list[Stage]:
    """The five stages of 三 with today's place; `year` has the dates of a ServiceYear, `today` is a local date."""
    opens, closes = local_date(year.pairing_opens_at), local_date(year.pairing_closes_at)
    served_by = year.first_service_by
    spans = [
        ("组织梳理", "三（一）", year.tidy_starts_on, year.tidy_ends_on),
        ("团员注册", "三（二）", year.registration_starts_on, year.registration_ends_on),
        ("街乡结对", "三（三）", opens, closes),
        ("志愿服务", "三（四）", min(closes + timedelta(days=1), served_by), served_by),
        ("常态化推动", "三（五）", date(year.year + 1, 1, 1), date.max),
    ]
    running = any(start <= today <= end for *_, start, end in spans)
    stages = []
    for label, clause, start, end in spans:
        state = "done" if end < today else "now" if start <= today else "next"
        first_to_come = state == "next" and not running and all(stage.state == "done" for stage in stages)
        note = _stage_note(state, start, end, today=today, first_to_come=first_to_come)
        stages.append(Stage(label, clause, _span_text(start, end), state, note))
    return stages


def local_date(moment: datetime) -> date:
    """The day of an aware moment in Beijing."""
    return moment.astimezone(ZoneInfo(BEIJING)).date()


def _stage_note(state: str, start: date, end: date, *, today: date, first_to_come: bool) -> str:
    if state == "now" and end != date.max:
        return f"还有 {(end - today).days} 天" if end > today else "今天截止"
    return f"{(start - today).days} 天后开始" if first_to_come else ""


def _span_text(start: date, end: date) -> str:
    if end == date.max:
        return f"{start.year}年{start.month}月起"
    if start == end:
        return f"{end.month}月{end.day}日"
    return f"{start.month}月{start.day}日—{end.month}月{end.day}日"


# --- what a school may enter as the rules of a year -----------------------------------------------------------

YEAR_RANGES = {
    "bulletin_interval_days": (1, 31),
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
# (earlier, later, what to say at the later one)
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
    """What is wrong with the dates and thresholds entered for a year: field → what to correct, in Chinese.

    `values` may lack fields (those that could not be read); only what is there is compared.
    """
    problems = {}
    for name, value in values.items():
        low, high = YEAR_RANGES.get(name, (None, None))
        if low is not None and not low <= value <= high:
            problems[name] = f"请填写 {low} 至 {high} 之间的整数。"
        if isinstance(value, date) and abs(value.year - year) > 1:
            problems[name] = f"日期离 {year} 年度太远，请检查年份。"
    for earlier, later, message in YEAR_ORDER:
        if earlier in values and later in values and _day(values[later]) < _day(values[earlier]):
            problems.setdefault(later, message)
    opens, closes = values.get("pairing_opens_at"), values.get("pairing_closes_at")
    if opens and closes and closes <= opens:
        problems.setdefault("pairing_closes_at", "关闭时间必须晚于开放时间。")
    return problems


def semesters_problem(spans: list[tuple[date, date]]) -> str:
    """二(三): semesters (first and last day) must not overlap, so that a visit belongs to one; "" if all is well."""
    if any(end < start for start, end in spans):
        return "学期的结束日期不能早于开始日期。"
    ordered = sorted(spans)
    if any(later[0] <= earlier[1] for earlier, later in pairwise(ordered)):
        return "各学期的日期不能重叠。"
    return ""


def _day(value: date | datetime) -> date:
    return local_date(value) if isinstance(value, datetime) else value
