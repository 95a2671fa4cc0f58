"""What a year's figures decide: a member's 优秀, bars to honours, a branch's 95 % (二(二), 二(三), 四.3). Pure.

Time is whole minutes, people are counted, no value passes through a float. The thresholds are an argument: a
verdict keeps the rule values and the figures it was judged by.
"""

from dataclasses import asdict, dataclass

from members.calendar import duration_text
from members.rules import Rate

# A person who lacks less than this (minutes) is close: one more service may do.
CLOSE_MINUTES = 180
HALF_HOUR = 30

LEVELS = {"college": "院级", "school": "校级", "city": "市级", "nation": "国家级"}


@dataclass(frozen=True)
class Rules:
    """The year's values. `visits`: semesters that need a visit at the paired street; 0: no condition."""

    required_minutes: int = 1200
    visits: int = 0
    floor_percent: int = 95
    member_honour_floor: str = "school"
    branch_honour_floor: str = "school"


@dataclass(frozen=True)
class MemberFigures:
    """What is known of a person in a year.

    `minutes`: confirmed, of the sources that count, by date of service. `pending`: minutes that wait for
    confirmation, never counted; `visits`: semesters with a visit at the paired street. `not_judged`: why
    nothing is decided about this person, "" for an active League member. `exception`: who granted one, when
    and why; `asked`: an exception is requested.
    """

    registered: bool = False
    minutes: int = 0
    pending: int = 0
    visits: int = 0
    not_judged: str = ""
    exception: str = ""
    asked: bool = False


@dataclass(frozen=True)
class Condition:
    """One condition of a verdict.

    `required` and `measured` are for machines: True/False, minutes, semesters or percent; the texts are for
    people. `missing` says what is lacking, "" where the condition is met.
    """

    name: str
    label: str
    clause: str
    required: bool | int
    measured: bool | int | float | None
    required_text: str
    measured_text: str
    missing: str = ""

    @property
    def met(self) -> bool:
        return not self.missing

    @property
    def citation(self) -> str:
        """Return the clause as the notice prints it: 二（二）、四.3."""
        return self.clause.replace("(", "（").replace(")", "）")


@dataclass(frozen=True)
class Reading:
    """A sentence of the notice that bars from honours of a level and above."""

    clause: str
    level: str
    quote: str

    @property
    def citation(self) -> str:
        return self.clause.replace("(", "（").replace(")", "）")


# The notice says it twice and differently; the year's rules decide which sentence applies.
MEMBER_READINGS = (
    Reading("二(二)", "city", "未注册成为志愿者、未按要求完成20小时年度志愿服务的团员……不能参评市级以上荣誉"),
    Reading("四.3", "school", "未注册为志愿者及未完成20小时志愿服务的团员……不得参评校级以上荣誉"),
)
BRANCH_READINGS = (Reading("四.3", "school", "团员注册志愿者比例低于95%的团支部不得参评校级以上荣誉"),)


@dataclass(frozen=True)
class Honour:
    """Whether a person or branch may be nominated for honours of this level."""

    level: str
    open: bool

    @property
    def name(self) -> str:
        return LEVELS[self.level]


def list_honours(*, barred: bool, floor: str) -> tuple[Honour, ...]:
    """Return every level, the lowest first; a barred person or branch is barred from the floor up.

    >>> [honour.open for honour in list_honours(barred=True, floor="city")]
    [True, True, False, False]
    """
    levels = list(LEVELS)
    return tuple(
        Honour(level, not barred or place < levels.index(floor)) for place, level in enumerate(levels)
    )


def format_exact_hours(minutes: int) -> str:
    """Return minutes in hours as the notice counts them: 210 is "3.5 小时"; other fractions show minutes.

    >>> format_exact_hours(1200), format_exact_hours(210), format_exact_hours(61)
    ('20 小时', '3.5 小时', '1 小时 1 分钟')
    """
    if minutes % 60 == HALF_HOUR:
        return f"{minutes // 60}.5 小时"
    return duration_text(minutes) if minutes else "0 小时"


# --- a member -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MemberVerdict:
    """Whether this person may be 优秀 (with an exception: `by_exception`), and is barred from honours.

    Both are None where nothing is decided (`not_judged` says why). An exception opens 优秀 and nothing else.
    """

    figures: MemberFigures
    rules: Rules
    conditions: tuple[Condition, ...] = ()

    @property
    def not_judged(self) -> str:
        return self.figures.not_judged

    @property
    def reasons(self) -> list[Condition]:
        """Return the conditions that are not met."""
        return [condition for condition in self.conditions if not condition.met]

    @property
    def excellent(self) -> bool | None:
        if self.not_judged:
            return None
        return not self.reasons or bool(self.figures.exception)

    @property
    def by_exception(self) -> bool:
        return bool(not self.not_judged and self.reasons and self.figures.exception)

    @property
    def honour_bar(self) -> bool | None:
        """Return whether registration or hours are missing; the visit of 二(三) is no condition of honours."""
        if self.not_judged:
            return None
        return any(reason.name in ("registered", "hours") for reason in self.reasons)

    @property
    def honours(self) -> tuple[Honour, ...]:
        return list_honours(barred=bool(self.honour_bar), floor=self.rules.member_honour_floor)

    @property
    def floor_name(self) -> str:
        """Return the lowest level that the year's rules bar from."""
        return LEVELS[self.rules.member_honour_floor]

    @property
    def readings(self) -> tuple[Reading, ...]:
        return MEMBER_READINGS

    @property
    def missing_minutes(self) -> int:
        return max(0, self.rules.required_minutes - self.figures.minutes)

    @property
    def minutes_text(self) -> str:
        return format_exact_hours(self.figures.minutes)

    @property
    def pending_text(self) -> str:
        return format_exact_hours(self.figures.pending)

    @property
    def standing(self) -> str:
        """Return `passes`, `exception`, `close` (only hours lack, less than three), `behind` or
        `not_judged`."""
        if self.not_judged:
            return "not_judged"
        if not self.reasons:
            return "passes"
        if self.figures.exception:
            return "exception"
        only_hours = [reason.name for reason in self.reasons] == ["hours"]
        return "close" if only_hours and self.missing_minutes < CLOSE_MINUTES else "behind"

    @property
    def answer(self) -> str:
        """Return the verdict on 优秀 in words."""
        if self.not_judged:
            return "不评议"
        if self.by_exception:
            return "例外同意"
        return "符合条件" if self.excellent else "暂不符合"

    @property
    def confirmation_would_do(self) -> bool:
        """Return whether only hours are missing and the hours that wait for confirmation are enough."""
        only_hours = [reason.name for reason in self.reasons] == ["hours"]
        return only_hours and self.figures.pending >= self.missing_minutes


def judge_member(figures: MemberFigures, rules: Rules) -> MemberVerdict:
    """Judge one person by 二(二) and 四.3; also by 二(三) where the year's rules switch it on."""
    if figures.not_judged:
        return MemberVerdict(figures, rules)
    conditions = [_judge_registration(figures), _judge_hours(figures, rules)]
    if rules.visits:
        conditions.append(_judge_visits(figures, rules))
    return MemberVerdict(figures, rules, tuple(conditions))


def freeze_verdict(verdict: MemberVerdict) -> dict:
    """Return a verdict to keep with a decision: answers, figures, rule values, and each condition's words."""
    return {
        "excellent": verdict.excellent,
        "honour_bar": verdict.honour_bar,
        "figures": asdict(verdict.figures),
        "rules": asdict(verdict.rules),
        "conditions": [
            asdict(condition) | {"citation": condition.citation} for condition in verdict.conditions
        ],
    }


def explain_not_judged(
    *, stage: str, stage_name: str, state: str, state_name: str, when: str = "目前"
) -> str:
    """Return why a person is not judged; "" for active League members (requirements §3, who counts).

    `when`: the day that the stage and state belong to, in words.
    """
    if stage != "member":
        return f"只评议团员，{when}为{stage_name}"
    if state != "active":
        return f"{when}不在籍（{state_name}）"
    return ""


def _judge_registration(figures: MemberFigures) -> Condition:
    return Condition(
        name="registered",
        label="注册志愿者",
        clause="二(二)、四.3",
        required=True,
        measured=figures.registered,
        required_text="已核实注册",
        measured_text="已核实" if figures.registered else "未核实",
        missing="" if figures.registered else "还差志愿者注册核实",
    )


def _judge_hours(figures: MemberFigures, rules: Rules) -> Condition:
    missing = rules.required_minutes - figures.minutes
    return Condition(
        name="hours",
        label="年度服务时长",
        clause="二(二)、四.3",
        required=rules.required_minutes,
        measured=figures.minutes,
        required_text=format_exact_hours(rules.required_minutes),
        measured_text=format_exact_hours(figures.minutes),
        missing=f"还差 {format_exact_hours(missing)}" if missing > 0 else "",
    )


def _judge_visits(figures: MemberFigures, rules: Rules) -> Condition:
    missing = rules.visits - figures.visits
    return Condition(
        name="visits",
        label="每学期到结对街乡服务",
        clause="二(三)",
        required=rules.visits,
        measured=figures.visits,
        required_text=f"{rules.visits} 个学期",
        measured_text=f"{figures.visits} 个学期",
        missing=f"还差 {missing} 个学期" if missing > 0 else "",
    )


# --- a branch -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BranchVerdict:
    """四.3: whether the branch is barred from honours; None where it has no members (不适用)."""

    rate: Rate
    rules: Rules
    conditions: tuple[Condition, ...] = ()

    @property
    def reasons(self) -> list[Condition]:
        return [condition for condition in self.conditions if not condition.met]

    @property
    def honour_bar(self) -> bool | None:
        return bool(self.reasons) if self.conditions else None

    @property
    def answer(self) -> str:
        if self.honour_bar is None:
            return "不适用"
        return f"{self.floor_name}以上受限" if self.honour_bar else "不受限"

    @property
    def honours(self) -> tuple[Honour, ...]:
        return list_honours(barred=bool(self.honour_bar), floor=self.rules.branch_honour_floor)

    @property
    def floor_name(self) -> str:
        return LEVELS[self.rules.branch_honour_floor]

    @property
    def readings(self) -> tuple[Reading, ...]:
        return BRANCH_READINGS


def judge_branch(rate: Rate, rules: Rules) -> BranchVerdict:
    """Judge one branch; `rate` carries the floor (percent) it is compared with, in integers."""
    if rate.passes is None:
        return BranchVerdict(rate, rules)
    missing = rate.missing_for_floor
    condition = Condition(
        name="rate",
        label="团员注册率",
        clause="四.3",
        required=rate.floor_percent,
        measured=rate.percent,
        required_text=f"不低于 {rate.floor_percent} %",
        measured_text=f"{rate.text} %（{rate.registered}/{rate.members}）",
        missing=f"还差 {missing} 人" if missing else "",
    )
    return BranchVerdict(rate, rules, (condition,))
