"""Rules of the notice on people, rates and the calendar. Pure: no Django, the day is an argument.

A rate is always two integers, registered and members. A percentage is only shown, never used in a
calculation.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

BEIJING = "Asia/Shanghai"


# --- 一 and 四.3: the goal line (100 %) and the penalty line (95 %) -------------------------------------------


def passes_line(registered: int, members: int, percent: int) -> bool | None:
    """Return whether `100·registered ≥ percent·members`, in integers (四.3); None (不适用) without members.

    >>> passes_line(19, 20, 95), passes_line(113, 119, 95), passes_line(0, 0, 95)
    (True, False, None)
    """
    if members == 0:
        return None
    return 100 * registered >= percent * members


def count_missing_for_line(registered: int, members: int, percent: int) -> int:
    """Return how many more people must register to reach the line.

    The number is ceil(percent·n/100) − registered, at least 0.
    """
    return max(0, -(-percent * members // 100) - registered)


def needs_everyone(members: int, percent: int) -> bool:
    """Return whether one missing person already breaks the line (95 %: fewer than 20 members)."""
    return members > 0 and not passes_line(members - 1, members, percent)


def rate_text(registered: int, members: int) -> str:
    """Return the rate in percent, rounded down to two places: 113/119 is "94.95"; "不适用" without members."""
    if members == 0:
        return "不适用"
    hundredths = 10_000 * registered // members
    return f"{hundredths // 100}.{hundredths % 100:02d}"


@dataclass(frozen=True)
class Rate:
    """Counts of one branch, college or school (people, not percent).

    `members`: active League members. `registered`: those of them with a verified registration. `reported`:
    self-reported and not yet verified; shown as well, never counted. `out`: members who are suspended,
    transferred, graduated or away. `activists`, `activists_registered`: 入团积极分子 and 发展对象, who have a
    goal of 100 % of their own (二(一)).
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
        """The rate in percent as `rate_text` gives it."""
        return rate_text(self.registered, self.members)

    @property
    def percent(self) -> float | None:
        """The rate in percent, for charts and JSON only; None without members."""
        return float(self.text) if self.members else None

    @property
    def passes(self) -> bool | None:
        """Whether the rate reaches the floor (四.3); None without members."""
        return passes_line(self.registered, self.members, self.floor_percent)

    @property
    def below_floor(self) -> bool:
        return self.passes is False

    @property
    def complete(self) -> bool:
        """Whether everybody is registered: only 100 % is complete (clause 一)."""
        return self.members > 0 and self.registered == self.members

    @property
    def missing(self) -> int:
        """The number of members without a verified registration."""
        return self.members - self.registered

    @property
    def missing_for_floor(self) -> int:
        """The number of people who must still register to reach the floor."""
        return count_missing_for_line(self.registered, self.members, self.floor_percent)

    @property
    def needs_everyone(self) -> bool:
        return needs_everyone(self.members, self.floor_percent)

    @property
    def activists_missing(self) -> int:
        return self.activists - self.activists_registered

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


# --- requirements §3 "Who counts": a roster's words for a person's stage and state ----------------------------


def invert_words(groups: dict[str, str]) -> dict[str, str]:
    """Return {word: meaning} from {meaning: "word word"}."""
    return {word: meaning for meaning, words in groups.items() for word in words.split()}


STAGES = invert_words(
    {
        "member": "共青团员 团员 正式团员 中国共产主义青年团团员 中国共产主义青年团员 共产主义青年团员 中国共青团员 青年团员 "
        "共青团员(正式) 保留团籍",
        "applicant": "入团申请人 申请人 申请入团",
        "activist": "入团积极分子 积极分子 入团积极份子 积极份子 群众(入团积极分子)",
        "candidate": "发展对象 团员发展对象 入团发展对象",
        "student": "群众 普通群众 普通公民 群众(普通公民) 群众(现称普通公民) 非团员 非共青团员 普通学生 学生 无党派人士 无党派民主人士 无党派 民主党派 其他党派 "
        "民革党员 民革会员 民盟盟员 民建会员 民进会员 农工党党员 致公党党员 九三学社社员 台盟盟员",
    }
)
PARTY = invert_words(
    {
        "full": "中共党员 党员 正式党员 中共正式党员 正式中共党员 共产党员 中共党员(正式) 中共党员（正式） 党员(正式) 党员（正式） 中国共产党党员 中国共产党正式党员",
        "probationary": "中共预备党员 预备党员 中国共产党预备党员 中共党员(预备) 中共党员（预备） 党员(预备) 党员（预备）",
    }
)
# 中共党员（保留团籍）: the brackets are dropped, because every Party member on a League roster keeps
# membership.
KEEPS_MEMBERSHIP = re.compile(r"(?<=.)[（(,，、]保留(?:共青团|共青)?团籍[）)]?$")
# Steps towards the Party that a roster's 发展阶段 may name; they do not tell whether somebody is a League
# member.
PARTY_STEPS = {"入党申请人", "入党积极分子", "党员发展对象", "入党发展对象", "递交入党申请书"}
# Without 入团 these are steps into the League; for somebody who is already in it they are steps into the
# Party.
SHORT_STEPS = {"申请人", "积极分子", "发展对象"}
STATES = invert_words(
    {
        "active": "在籍 在校 在读 在学 正常 有 复学 在校生 在读生 在籍在校 注册 已注册 注册学籍 延期毕业 是",
        "suspended": "休学 休学中 保留学籍 停学 保留入学资格",
        "transferred": "转出 已转出 转学 退学 已退学 开除 开除学籍 取消学籍",
        "graduated": "毕业 已毕业 毕业离校 已离校 离校 结业 肄业",
        "exchange": "交换 交换生 交流 交流学习 出国 出国境 出国交流 出境 交流出国",
        "army": "参军 参军入伍 入伍 应征入伍 服兵役 当兵 应征入伍保留学籍",
    }
)


def parse_stage_and_party(politics: str, stage: str = "") -> tuple[str, str]:
    """Return (stage, Party membership) from a roster's 政治面貌 and 发展阶段.

    发展阶段 decides where it names a League stage. 中共党员 and 中共预备党员 on a League roster keep League
    membership: they count and are marked. A 共青团员 who is 积极分子 or 发展对象 is a candidate for the
    Party, and counts as well. Raises ValueError with a Chinese reason for unknown words.
    """
    politics, stage = KEEPS_MEMBERSHIP.sub("", politics.strip()), stage.strip()
    party = PARTY.get(politics) or PARTY.get(stage) or ""
    if named := parse_league_stage(politics, stage):
        return named, party
    if stage and not _is_towards_party(politics, stage) and stage not in PARTY:
        raise ValueError(f"发展阶段“{stage}”无法识别")
    if party:
        return "member", party
    if politics in STAGES:
        return STAGES[politics], ""
    if not politics:
        raise ValueError("缺少政治面貌")
    raise ValueError(f"政治面貌“{politics}”无法识别")


def parse_league_stage(politics: str, stage: str) -> str:
    """Return the League stage that a roster's 发展阶段 names; "" where it is empty or names a step into the Party."""
    politics, stage = KEEPS_MEMBERSHIP.sub("", politics.strip()), stage.strip()
    return "" if _is_towards_party(politics, stage) else STAGES.get(stage, "")


def _is_towards_party(politics: str, stage: str) -> bool:
    in_the_league = politics in PARTY or STAGES.get(politics) == "member"
    return stage in PARTY_STEPS or (in_the_league and stage in SHORT_STEPS)


def parse_member_state(word: str) -> str:
    """Return the state that a roster's word (休学, 转出, …) names; "" for an empty word.

    Raises ValueError with a Chinese reason for an unknown word or one that names two states.
    """
    if not word:
        return ""
    parts = (word, *filter(None, re.split(r"[（()）]", word)))
    meant = {STATES[part] for part in parts if part in STATES}
    if len(meant) != 1:  # 休学（参军） names two
        raise ValueError(f"状态“{word}”无法识别")
    return meant.pop()


ON_THE_WAY = ("applicant", "activist", "candidate")


def stage_gate_problem(old: str, new: str, *, registered: bool, was_on_the_way: bool = False) -> str:
    """Return why a person may not change from stage `old` to `new`, in Chinese; "" where it is allowed.

    二(一): a person in one of the stages ON_THE_WAY may not pass 入团积极分子 without being a registered
    volunteer. A change from another stage (群众 → 团员) is a correction of the roster, but not for a person
    who once was ON_THE_WAY: nobody gets around the gate by one step back and one forward.
    """
    on_the_way = old in ON_THE_WAY or was_on_the_way
    if registered or not on_the_way or new not in ("candidate", "member") or new == old:
        return ""
    return "须先完成志愿者注册并核实，才能列为发展对象或团员（通知二（一））。"


def number_change_problem(old: str, new: str) -> str:
    """Return why a student number cannot replace the present one, in Chinese; "" where it can."""
    if not new:
        return "请填写新学号。"
    return "新学号与现用学号相同。" if new == old else ""


# No register of volunteers is older: an earlier date is a typing error.
EARLIEST_REGISTRATION = date(2000, 1, 1)


def registration_date_problem(day: date, today: date) -> str:
    """Return why a date cannot be the date of a registration as volunteer, in Chinese; "" where it can."""
    if day > today:
        return "注册日期不能晚于今天。"
    if day < EARLIEST_REGISTRATION:
        return "注册日期过早，请检查年份。"
    return ""


# --- offices (requirements §1): terms, and the roster's words for a 团支书 ---------------------------------------

# 副团支书 and 党支部书记 are other offices, and 团总支书记 contains 支书.
BRANCH_SECRETARY = re.compile(r"(?<![副党前原])(?:团支书|团支部书记)|(?<![副党前原团总])(?:支书|支部书记)")
OFFICE_ROLES = invert_words(
    {
        "school_admin": "校团委 校团委管理员 学校管理员 校级管理员 校团委书记 校团委副书记",
        "college_secretary": "学院团委书记 分团委书记 院团委书记 学院团委 院系团委书记 学院分团委书记 团委书记 学院书记",
        "branch_secretary": "团支书 团支部书记 支部书记 支书",
    }
)
SHORTEST_DEFAULT_TERM = timedelta(days=60)


def claims_branch_secretary(office: str) -> bool:
    """Return whether a roster's 职务 says that the person is 团支书; 副团支书 is another office.

    >>> claims_branch_secretary("学习委员兼团支部书记"), claims_branch_secretary("副团支书")
    (True, False)
    """
    return bool(BRANCH_SECRETARY.search("".join(office.split())))


def propose_term_end(today: date) -> date:
    """Return the last day of a term that begins today, unless somebody says otherwise: a 31 August.

    Offices change with the academic year. In July and August it is the one of next year.
    """
    end = date(today.year, 8, 31)
    return end if end - today >= SHORTEST_DEFAULT_TERM else date(today.year + 1, 8, 31)


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
        """三(二): every two days from 10 October. The notice names no end, so the end of the year is used."""
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
        """二(三) counts visits by semester: (name, first day, last day).

        The notice gives no dates, so the school can change them.
        """
        return (
            ("春季学期", date(self.year, 2, 1), date(self.year, 7, 31)),
            ("秋季学期", date(self.year, 8, 1), date(self.year + 1, 1, 31)),
        )


# --- 三(一): names of organisations in the outside system -----------------------------------------------------


def parse_college_name(text: str, school: str) -> str:
    """Return a college's name without the words of the League; "" for the school itself.

    "共青团京华大学信息管理学院委员会" and "信息管理学院团委" are both 信息管理学院.

    >>> parse_college_name("共青团京华大学信息管理学院委员会", "京华大学")
    '信息管理学院'
    """
    name = text.strip().removeprefix("共青团").removeprefix(school)
    for ending in ("委员会", "分团委", "团总支", "总支部", "团工委", "团委"):
        name = name.removesuffix(ending)
    return "" if name in ("", "校") else name


def is_branch(name: str, level: str, parent: str) -> bool:
    """Return whether a row is a branch.

    The level decides if the file gives one, else the ending of the name, else whether the row has a parent.
    """
    if level:
        return "支部" in level and "总支" not in level
    if name.endswith(("支部", "支部委员会")):
        return not name.endswith("总支部")
    return bool(parent)


# --- requirements §3 "A figure of a day" ------------------------------------------------------------------------


def effective_day_problem(on: date, *, today: date, since: date | None) -> str:
    """Return why branch, stage or state cannot change from day `on`; "" where they can.

    `since`: the day from which the person belongs where they are; None: as long as the portal knows them.
    """
    if on > today:
        return "生效日期不能晚于今天，请在变动生效后再登记。"
    if since and on < since:
        return f"此人的现状自 {since:%Y-%m-%d} 起，生效日期不能早于这一天；如果是原来登记有误，请选择“更正”。"
    return ""


# --- people on pages that anybody can open ---------------------------------------------------------------------


def mask_name(name: str) -> str:
    """Return the first character and stars.

    That is enough to compare with a paper at hand, and too little to learn a name.
    """
    return name[:1] + "*" * max(1, min(len(name) - 1, 2))


def mask_number(number: str) -> str:
    """Return 2018****01; a number too short for that is hidden altogether."""
    return f"{number[:4]}****{number[-2:]}" if len(number) >= 8 else "****"
