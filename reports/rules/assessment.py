"""学院考核 (三(五), 四.3): what is measured, how it is weighted, and the ranking. Pure: no Django.

A measure is two integers, never a rate. An indicator gives `weight × min(1, counted / of)` points, an exact
fraction rounded down to hundredths of a point; the score is their sum, so it is an integer of hundredths (100
points: 10000).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from activities.rules.durations import hours_text
from activities.rules.hours import add_working_days
from members.working_days import WorkingDays

FULL = 100
HUNDREDTHS = 100


@dataclass(frozen=True)
class Indicator:
    """One indicator. `unit` says how a measure is read: people, yes (done or not), minutes, visits or cases.

    `weight`: suggested, until the school publishes its own. `by_branch`: also measured for each branch; the
    others are the college's own work. `idle_is_full`: full points where there was nothing to do.
    """

    key: str
    label: str
    clause: str
    meaning: str
    unit: str
    weight: int
    by_branch: bool = True
    idle_is_full: bool = False

    @property
    def citation(self) -> str:
        return self.clause.replace("(", "（").replace(")", "）")


INDICATORS = (
    Indicator("registered", "团员注册率", "三(二)", "已核实注册的团员 ÷ 在籍团员", "people", 20),
    Indicator(
        "paired", "按期线上结对", "三(三)", "在结对开放时间内与街乡结对，年末仍有效", "yes", 5, by_branch=False
    ),
    Indicator("offline", "按期线下结对", "三(三)1", "在期限内完成线下结对", "yes", 5, by_branch=False),
    Indicator("bound", "服务队绑定", "三(四)1", "服务队已绑定志愿团队ID", "yes", 5, by_branch=False),
    Indicator("joined", "团员入队率", "三(四)2", "已加入本学院服务队的团员 ÷ 在籍团员", "people", 10),
    Indicator(
        "reported", "团员报到率", "三(五)", "已注册、已入队、年内到结对街乡服务过的团员 ÷ 在籍团员", "people", 5
    ),
    Indicator("first", "按期首次服务", "三(四)", "在期限前到结对街乡服务过至少一次", "yes", 10),
    Indicator("hours", "时长达标率", "二(三)", "年度服务时长达到要求的团员 ÷ 在籍团员", "people", 15),
    Indicator(
        "visits", "每学期街乡服务", "二(三)", "到结对街乡服务过的人次（每人每学期计一次） ÷ 在籍学生 × 已开始的学期", "visits", 10
    ),
    Indicator("per_head", "人均服务时长", "二(三)", "团员服务时长合计 ÷ 在籍团员 × 年度要求", "minutes", 5),
    Indicator(
        "objections", "异议按时答复", "三(四)4", "按时答复的异议 ÷ 已答复和超期未答复的异议", "cases", 5,
        by_branch=False, idle_is_full=True,
    ),
    Indicator(
        "confirmed", "时长按时审核", "三(四)4", "按时审核的本平台时长记录 ÷ 已审核和超期未审核的记录", "cases", 5,
        by_branch=False, idle_is_full=True,
    ),
)  # fmt: skip
BY_KEY = {indicator.key: indicator for indicator in INDICATORS}
SUGGESTED = {indicator.key: indicator.weight for indicator in INDICATORS}
OF_BRANCHES = frozenset(indicator.key for indicator in INDICATORS if indicator.by_branch)


@dataclass(frozen=True)
class Measure:
    """`counted` of `of`, in whole people, minutes, visits or cases."""

    counted: int = 0
    of: int = 0

    def __add__(self, other: "Measure") -> "Measure":
        return Measure(self.counted + other.counted, self.of + other.of)


@dataclass(frozen=True)
class PersonFacts:
    """What is known of an active person in a year.

    `member`: a League member; others only count for visits.
    """

    member: bool
    registered: bool = False
    joined: bool = False
    served: bool = False
    minutes: int = 0
    visits: int = 0


def measure_person(facts: PersonFacts, *, required_minutes: int, semesters: int) -> dict[str, Measure]:
    """Return the person's part in each indicator of people; `semesters`: those of the year that have
    begun."""
    found = {"visits": Measure(min(facts.visits, semesters), semesters)}
    if facts.member:
        reported = facts.registered and facts.joined and facts.served
        found |= {
            "registered": Measure(int(facts.registered), 1),
            "joined": Measure(int(facts.joined), 1),
            "reported": Measure(int(reported), 1),
            "hours": Measure(int(facts.minutes >= required_minutes), 1),
            "per_head": Measure(facts.minutes, required_minutes),
        }
    return found


def is_done_in_term(
    begun: date, done: date | None, *, working_days: int, today: date, calendar: WorkingDays
) -> bool | None:
    """Return whether a case was done within the term; None while the term still runs: that is no case yet.

    >>> is_done_in_term(
    ...     date(2018, 11, 5), None, working_days=10, today=date(2018, 11, 19), calendar=WorkingDays()
    ... ) is None
    True
    """
    due = add_working_days(begun, working_days, calendar)
    if done is not None:
        return done <= due
    return False if today > due else None


def measure_cases(in_term: bool | None, cases: int = 1) -> Measure:
    """Return the measure of `cases` done in the term or not; an empty measure where the term still runs
    (None)."""
    return Measure() if in_term is None else Measure(cases if in_term else 0, cases)


# --- points, score, place ------------------------------------------------------------------------------------


def weights_problem(weights: Mapping[str, int]) -> str:
    """Return what is wrong with published weights; "" if nothing is."""
    if weights.keys() != BY_KEY.keys():
        return "请为每项指标填写权重，不计分的填 0。"
    if any(not 0 <= weight <= FULL for weight in weights.values()):
        return "权重应为 0 至 100 的整数。"
    if (total := sum(weights.values())) != FULL:
        return f"各项权重之和应为 100，现在是 {total}。"
    return ""


def compute_points(weight: int, measure: Measure, *, idle_is_full: bool = False) -> int:
    """Return hundredths of a point, rounded down.

    >>> compute_points(20, Measure(113, 119)), compute_points(20, Measure(150, 119)), compute_points(5, Measure(), idle_is_full=True)
    (1899, 2000, 500)
    """
    if measure.of == 0:
        return weight * HUNDREDTHS if idle_is_full else 0
    return weight * HUNDREDTHS * min(measure.counted, measure.of) // measure.of


def points_text(hundredths: int) -> str:
    """Return hundredths of a point as points with two decimals.

    >>> points_text(1899), points_text(10000)
    ('18.99', '100.00')
    """
    return f"{hundredths // HUNDREDTHS}.{hundredths % HUNDREDTHS:02d}"


def measure_text(unit: str, measure: Measure) -> str:
    """Return the two integers as text; minutes as hours; the rows behind show exact minutes."""
    if unit == "yes":
        return "已完成" if measure.counted else "未完成"
    if measure.of == 0:
        return "无" if unit == "cases" else "不适用"
    if unit == "minutes":
        return f"{hours_text(measure.counted)}/{hours_text(measure.of)} 小时"
    return f"{measure.counted}/{measure.of}"


@dataclass(frozen=True)
class Line:
    """One indicator of one college."""

    indicator: Indicator
    weight: int
    measure: Measure

    @property
    def points(self) -> int:
        return compute_points(self.weight, self.measure, idle_is_full=self.indicator.idle_is_full)

    @property
    def points_text(self) -> str:
        return points_text(self.points)

    @property
    def text(self) -> str:
        return measure_text(self.indicator.unit, self.measure)

    @property
    def complete(self) -> bool:
        return self.points == self.weight * HUNDREDTHS


@dataclass(frozen=True)
class KeptLine(Line):
    """A line of a locked result, with the points that were given."""

    given: int

    @property
    def points(self) -> int:
        return self.given


def restore_line(figure: Mapping[str, Any]) -> KeptLine:
    """Return a line from its kept figure, with name, unit and points as locked, even if indicators differ
    now."""
    key, weight = figure["key"], figure["weight"]
    # Results that were locked before units were kept only have indicators that still exist.
    unit = figure["unit"] if "unit" in figure else BY_KEY[key].unit
    indicator = Indicator(key, figure["label"], clause="", meaning="", unit=unit, weight=weight)
    return KeptLine(indicator, weight, Measure(figure["counted"], figure["of"]), given=figure["points"])


@dataclass(frozen=True)
class Score:
    """A college or branch (`pk`, `name`) with its lines; without League members it has no place."""

    pk: int
    name: str
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        return sum(line.points for line in self.lines)

    @property
    def text(self) -> str:
        return points_text(self.total)

    @property
    def full_text(self) -> str:
        """Return the points that could be reached: 100, or less where only some of the indicators apply."""
        return str(sum(line.weight for line in self.lines))

    @property
    def placed(self) -> bool:
        return any(line.indicator.key == "registered" and line.measure.of for line in self.lines)


def score_unit(pk: int, name: str, measures: Mapping[str, Measure], weights: Mapping[str, int]) -> Score:
    """Return the score. `measures`: of every indicator that applies here; the order is that of INDICATORS."""
    lines = [
        Line(indicator, weights[indicator.key], measures[indicator.key])
        for indicator in INDICATORS
        if indicator.key in measures
    ]
    return Score(pk, name, tuple(lines))


def compute_places(scores: Sequence[Score]) -> list[int | None]:
    """Return the place of each score; equal scores share one, and the next place is left out."""
    totals = [score.total for score in scores if score.placed]
    return [1 + sum(other > score.total for other in totals) if score.placed else None for score in scores]


def rank_scores(scores: Sequence[Score]) -> list[tuple[int | None, Score]]:
    """Return (place, score), the first place first, those without a place last."""
    pairs = zip(compute_places(scores), scores, strict=True)
    return sorted(pairs, key=lambda pair: (pair[0] is None, pair[0] or 0, pair[1].name))
