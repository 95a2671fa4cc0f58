"""二(一): the way into the League, its dates, its gate, and the words for the 《入团志愿书》. Pure.

申请人 → 积极分子 → 发展对象 → 支部大会 → 团员. The person's stage says which step it is; the track adds the days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date

from members.calendar import duration_text
from members.rules import registration_date_problem, stage_gate_problem
from reports.rules.bulletins import full_day_text

CLAUSE = "二（一）"
QUOTE = (
    "提出入团申请后参加志愿服务的情况应填写至《入团志愿书》，需写明参加志愿服务的时长，"
    "在讨论接收新团员的支部大会上进行报告。"
)
# (field of a step's day, its name, the first stage at which the day may be known), in the order of the way.
DAYS = (
    ("applied_on", "提出入团申请", "applicant"),
    ("activist_on", "列为入团积极分子", "activist"),
    ("candidate_on", "列为发展对象", "candidate"),
    ("meeting_on", "召开支部大会", "candidate"),
)
STAGES = ("applicant", "activist", "candidate", "member")
PLACES = {"applicant": 0, "activist": 1, "candidate": 2, "member": 5}  # index among the five steps
NEXT = {"applicant": "activist", "activist": "candidate"}
BEFORE = {"activist": "applicant", "candidate": "activist"}
BEHIND_GATE = {
    "candidate_on": ("activist", "candidate"),
    "meeting_on": ("candidate", "member"),
}  # day: the step (from, to) that happens on it
LEDGERS = {
    "volunteer_beijing": "“志愿北京”",
    "league": "“北京共青团”",
    "attendance": "本校签到",
    "supplement": "本校补录",
}

# Day, description, source, minutes of a service that counts.
Line = tuple[date, str, str, int]
Days = Mapping[str, date | None]


def list_open_days(stage: str) -> tuple[str, ...]:
    """Return the days that may be known of a person at this stage; none for a 群众, who is not on the way.

    >>> list_open_days("activist"), list_open_days("student")
    (('applied_on', 'activist_on'), ())
    """
    if stage not in STAGES:
        return ()
    reached = STAGES.index(stage)
    return tuple(name for name, _, since in DAYS if STAGES.index(since) <= reached)


def days_problems(days: Days, *, today: date) -> dict[str, str]:
    """Return what is wrong with the days, by field, in Chinese.

    The meeting may be in the future: it is called before it is held. An unknown day is skipped; the known
    days must follow the order of the way.
    """
    problems: dict[str, str] = {}
    last_label, last = "", None
    for name, label, _ in DAYS:
        day = days.get(name)
        if day is None:
            continue
        if name != "meeting_on" and (slip := registration_date_problem(day, today)):
            problems[name] = slip.replace("注册日期", "日期")
        elif last and day < last:
            problems[name] = f"{label}的日期不能早于{last_label}的日期（{last:%Y-%m-%d}）。"
        last_label, last = label, day
    if not days.get("applied_on"):
        problems.setdefault("applied_on", "请填写提出入团申请的日期：服务时长从这一天算起。")
    return problems


@dataclass(frozen=True)
class Verified:
    """A verified registration: the day from which it counts, and its date, None if nobody knows it."""

    counts_from: date
    registered_on: date | None


def step_problem(stage: str, to: str, *, on: date, verified: Verified | None) -> str:
    """Return why a person at `stage` cannot take the step, or "".

    The gate applies to the step's day, not only to today. `verified` is the person's registration, None without one.
    """
    if problem := stage_gate_problem(stage, to, registered=verified is not None):
        return problem
    if to not in ("candidate", "member") or verified is None or on >= verified.counts_from:
        return ""
    day = f"{verified.counts_from:%Y-%m-%d}"
    known = (
        f"志愿者注册日期为 {day}" if verified.registered_on else f"志愿者注册日期不详，从 {day} 起计为已注册"
    )
    return f"{known}，此前不能列为发展对象或接收入团（通知二（一））。"


def gate_problems(days: Days, *, verified: Verified | None) -> dict[str, str]:
    """Return problems in Chinese, by field: days behind the gate before the person's volunteer
    registration."""
    found = {
        name: step_problem(*step, on=day, verified=verified)
        for name, step in BEHIND_GATE.items()
        if (day := days.get(name))
    }
    return {name: problem for name, problem in found.items() if problem}


@dataclass(frozen=True)
class Step:
    """A step on the page: `state` is "done", "now" or "next"; `text` is the day, or "not known" in
    Chinese."""

    label: str
    state: str
    text: str


def build_steps(stage: str, days: Days, *, admitted: bool) -> list[Step]:
    """Return the five steps for a person at this stage; a 群众 has left the way, so no step is done."""
    names = ("提出申请", "积极分子", "发展对象", "支部大会", "团员")
    at = PLACES.get(stage, -1)
    steps = []
    for place, name in enumerate(names[:-1]):
        day = days.get(DAYS[place][0])
        state = "done" if place < at else "now" if place == at else "next"
        reached, called = place <= at, ""
        if name == "支部大会" and not admitted:
            # The meeting is called before it is held, for a person who is still on the way.
            day, reached, called = day if stage in PLACES else None, False, "定于 "
        steps.append(Step(name, state, f"{called}{day:%Y-%m-%d}" if day else "日期待补" if reached else ""))
    if stage == "member" and not admitted:
        steps[3] = Step(names[3], "now", "未记录")
    return [*steps, Step(names[-1], "done" if stage == "member" else "next", "")]


# --- the meeting -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Meeting:
    """支部大会: members with a vote (应到), those who came, and how they voted."""

    on: date
    entitled: int
    present: int
    votes_for: int
    votes_against: int
    abstained: int

    @property
    def problems(self) -> dict[str, str]:
        """Return what makes the decision invalid, by field.

        Both majorities are of those entitled, in integers.
        """
        found: dict[str, str] = {}
        if self.present > self.entitled:
            found["present"] = "实到人数不能多于应到人数。"
        elif 2 * self.present <= self.entitled:
            found["present"] = f"实到须超过应到的半数：应到 {self.entitled} 人，至少 {self.majority} 人到会。"
        if self.votes_for + self.votes_against + self.abstained != self.present:
            found["votes_for"] = "赞成、不赞成、弃权的票数之和须等于实到人数。"
        elif 2 * self.votes_for <= self.entitled:
            found["votes_for"] = f"赞成须超过应到的半数：至少 {self.majority} 票。未通过的不能登记为团员。"
        return found

    def entitled_problem(self, voters: int) -> str:
        """Check that everybody with a vote was counted; return the problem or "".

        `voters`: League members of the branch that day by the roster.
        """
        if self.entitled >= voters:
            return ""
        return (
            f"应到 {self.entitled} 人少于支部大会当天本支部的在籍团员 {voters} 人（不含发展对象本人）。"
            "在籍团员都有表决权，都计入应到；名单有误请先更正花名册。"
        )

    @property
    def majority(self) -> int:
        """Return the smallest number that is more than half of those entitled.

        >>> Meeting(date(2018, 12, 1), 20, 20, 20, 0, 0).majority, Meeting(date(2018, 12, 1), 21, 21, 21, 0, 0).majority
        (11, 11)
        """
        return self.entitled // 2 + 1

    @property
    def text(self) -> str:
        return (
            f"应到 {self.entitled} 人，实到 {self.present} 人；赞成 {self.votes_for} 票，"
            f"不赞成 {self.votes_against} 票，弃权 {self.abstained} 票"
        )


# --- what is reported at the meeting ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Report:
    """The service of an applicant from the day of application to the day of the meeting, as it is read out.

    `last`: the day of the meeting, or today before it; `sources`: the ledgers that count, by the year's
    rules.
    """

    first: date | None
    last: date
    registered: bool  # verified; `registered_on` is None if nobody knows the date
    registered_on: date | None
    volunteer_no: str
    sources: tuple[str, ...]
    lines: tuple[Line, ...] = ()
    # The words of a kept slip as they were read out: they stay, even if the portal words them differently
    # today.
    kept: str = field(default="", compare=False)

    @property
    def minutes(self) -> int:
        return sum(line[-1] for line in self.lines)

    @property
    def ledgers(self) -> str:
        """Return the names of the ledgers that count, joined for a sentence.

        >>> Report(None, date(2018, 12, 1), False, None, "", ("volunteer_beijing", "attendance")).ledgers
        '“志愿北京”和本校签到'
        """
        names = [LEDGERS[source] for source in self.sources]
        return "、".join(names[:-1]) + ("和" if names[:-1] else "") + (names[-1] if names else "")

    @property
    def registration_text(self) -> str:
        if not self.registered:
            return "未核实注册"
        number = f"，编号 {self.volunteer_no}" if self.volunteer_no else ""
        return (
            f"{full_day_text(self.registered_on)}注册{number}"
            if self.registered_on
            else f"已注册，日期不详{number}"
        )

    @property
    def total_text(self) -> str:
        if not self.lines:
            return "没有已确认的志愿服务记录"
        return f"参加志愿服务 {len(self.lines)} 次，累计 {duration_text(self.minutes)}"

    @property
    def missing(self) -> list[str]:
        """Return what is still needed before the paragraph can be written."""
        found = [] if self.first else ["提出入团申请的日期"]
        return found + ([] if self.registered else ["已核实的志愿者注册"])

    @property
    def paragraph(self) -> str:
        """Return the paragraph for the 《入团志愿书》; "" as long as something is missing. Facts only, no praise.

        It names no date of registration where nobody knows it.
        """
        if self.kept:
            return self.kept
        if self.missing or self.first is None:
            return ""
        since = f"于{full_day_text(self.registered_on)}成为" if self.registered_on else "已成为"
        number = f"，志愿者编号 {self.volunteer_no}" if self.volunteer_no else ""
        service = f"累计服务时长 {duration_text(self.minutes)}" if self.lines else "没有已确认的志愿服务时长"
        times = f"共参加志愿服务 {len(self.lines)} 次，" if self.lines else ""
        return (
            f"该同志{since}注册志愿者{number}。"
            f"自{full_day_text(self.first)}提出入团申请至{full_day_text(self.last)}，"
            f"{times}{service}（依据{self.ledgers}的服务记录，按服务日期计算，同一次服务只计一次）。"
        )


def freeze_report(report: Report, *, meeting: Meeting, name: str, branch: str, college: str) -> dict:
    """Return the slip to keep: figures, the rules applied, the condition with its clause, and the words."""
    assert report.first is not None  # nobody is admitted without this day and a registration
    assert report.registered
    return {
        "name": name,
        "branch": branch,
        "college": college,
        "first": report.first.isoformat(),
        "last": report.last.isoformat(),
        "registered_on": report.registered_on.isoformat() if report.registered_on else None,
        "volunteer_no": report.volunteer_no,
        "sources": list(report.sources),
        "lines": [[day.isoformat(), *rest] for day, *rest in report.lines],
        "minutes": report.minutes,
        "paragraph": report.paragraph,
        "meeting": asdict(meeting) | {"on": meeting.on.isoformat()},
        "conditions": [
            {
                "name": "registered",
                "clause": CLAUSE,
                "required": True,
                "measured": True,
                "required_text": "成为注册志愿者",
                "measured_text": report.registration_text,
            }
        ],
    }


def restore_report(slip: Mapping) -> Report:
    """Return the report of a frozen slip, for the same page and paper."""
    return Report(
        first=date.fromisoformat(slip["first"]),
        last=date.fromisoformat(slip["last"]),
        registered=True,
        registered_on=date.fromisoformat(day) if (day := slip["registered_on"]) else None,
        volunteer_no=slip["volunteer_no"],
        sources=tuple(slip["sources"]),
        lines=tuple((date.fromisoformat(day), *rest) for day, *rest in slip["lines"]),
        kept=slip["paragraph"],
    )


@dataclass(frozen=True)
class Compared:
    """A figure when the slip was frozen, and now."""

    label: str
    then: str
    now: str

    @property
    def differs(self) -> bool:
        return self.then != self.now


def compare_reports(
    then: Report, now: Report, *, places: Sequence[tuple[str, str, str]] = ()
) -> list[Compared]:
    """Return 当时 and 现在 side by side; `places`: (label, then, now) of facts that are not in a report."""
    return [
        *(Compared(*place) for place in places),
        Compared("志愿者注册", then.registration_text, now.registration_text),
        Compared("志愿服务", then.total_text, now.total_text),
        Compared("认定来源", then.ledgers, now.ledgers),
    ]
