"""团员教育评议: is the meeting valid, who may be 优秀, how many may be, what is missing. Pure, in integers.

二(二) of the notice decides who may be 优秀; quorum and share come from 中青发〔2017〕5号. The gate comes first, the
share second.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from reports.rules.eligibility import MemberVerdict

GRADES = {"excellent": "优秀", "qualified": "合格", "basic": "基本合格", "unqualified": "不合格"}
EXCELLENT = "excellent"
WORDS = {word: grade for grade, word in GRADES.items()} | {
    "优": EXCELLENT,
    "良好": "qualified",
    "达标": "qualified",
    "基本达标": "basic",
    "不达标": "unqualified",
}


class GradeError(ValueError):
    """A cell names no grade; the message says so in Chinese."""


def parse_grade(text: str) -> str:
    """Return the grade that a word of a sheet means; "" where the cell is empty. Raises GradeError.

    >>> parse_grade("基本合格"), parse_grade("")
    ('basic', '')
    """
    if text and text not in WORDS:
        raise GradeError(f"“{text[:20]}”不是评议等次，请填写{'、'.join(GRADES.values())}")
    return WORDS.get(text, "")


# --- the meeting ----------------------------------------------------------------------------------------------


def count_present_needed(entitled: int) -> int:
    """Return the smallest number of people that is more than two thirds.

    >>> count_present_needed(30), count_present_needed(31), count_present_needed(32)
    (21, 21, 22)
    """
    return 2 * entitled // 3 + 1


def is_quorate(*, present: int, entitled: int) -> bool:
    """Return whether more than two thirds came; exactly two thirds are not enough.

    >>> is_quorate(present=20, entitled=30), is_quorate(present=21, entitled=30)
    (False, True)
    """
    return 3 * present > 2 * entitled


def quorum_problem(*, present: int | None, entitled: int | None) -> str:
    """Return why the meeting cannot decide; "" where it can."""
    if not entitled or present is None:
        return "请填写评议会应到人数和实到人数"
    if present > entitled:
        return f"实到 {present} 人多于应到 {entitled} 人，请核对"
    if not is_quorate(present=present, entitled=entitled):
        needed = count_present_needed(entitled)
        return f"实到 {present} 人，未超过应到 {entitled} 人的三分之二，至少需要 {needed} 人"
    return ""


def entitled_problem(*, entitled: int | None, members: int) -> str:
    """Return a problem if fewer people are entitled than active members are on the sheet (`members`), or "".

    >>> entitled_problem(entitled=12, members=12), bool(entitled_problem(entitled=11, members=12))
    ('', True)
    """
    if entitled is None or entitled >= members:
        return ""
    return f"应到 {entitled} 人少于评议名单中的在籍团员 {members} 人，在籍团员都应到会"


# --- the share of 优秀 -------------------------------------------------------------------------------------------


def count_excellent_places(assessed: int, percent: int) -> int:
    """Return how many people may be 优秀: the percentage of those assessed, rounded down.

    >>> count_excellent_places(24, 30), count_excellent_places(3, 30), count_excellent_places(10, 30)
    (7, 0, 3)
    """
    return assessed * percent // 100


@dataclass(frozen=True)
class Quota:
    """How many places of 优秀 there are, and how many are taken."""

    assessed: int
    percent: int
    taken: int

    @property
    def places(self) -> int:
        return count_excellent_places(self.assessed, self.percent)

    @property
    def left(self) -> int:
        return self.places - self.taken

    @property
    def exceeded(self) -> bool:
        return self.taken > self.places

    @property
    def text(self) -> str:
        return f"优秀 {self.taken}/{self.places}"

    @property
    def problem(self) -> str:
        if not self.exceeded:
            return ""
        return (
            f"优秀 {self.taken} 人，超过名额：参加评议 {self.assessed} 人，"
            f"按 {self.percent} % 向下取整最多 {self.places} 人"
        )


# --- grades ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Marks:
    """What the sheet says of one person."""

    name: str
    taking_part: bool
    final: str
    note: str
    proposed: str = ""


def gate_problem(grade: str, verdict: MemberVerdict) -> str:
    """Return why this person cannot be 优秀, each reason with its clause; "" if open or another grade."""
    if grade != EXCELLENT or verdict.excellent:
        return ""
    if verdict.not_judged:
        return f"不能评为优秀：{verdict.not_judged}"
    reasons = "，".join(f"{reason.missing}（通知{reason.citation}）" for reason in verdict.reasons)
    return f"不能评为优秀：{reasons}"


def marks_problem(marks: Marks, verdict: MemberVerdict) -> str:
    """Return why a row cannot be saved, or ""."""
    if not marks.taking_part and (marks.final or marks.proposed):
        return "不参加评议的人没有等次"
    if not marks.taking_part and not marks.note:
        return "不参加评议请在备注中写明原因"
    return gate_problem(marks.final, verdict) or gate_problem(marks.proposed, verdict)


def count_excellent_quota(rows: Iterable[Marks], percent: int) -> Quota:
    """Count the places of 优秀 for the rows; `percent` of those assessed."""
    rows = list(rows)
    return Quota(
        assessed=sum(row.taking_part for row in rows),
        percent=percent,
        taken=sum(row.final == EXCELLENT for row in rows),
    )


def unfinished_problem(rows: Iterable[Marks]) -> str:
    """Name the people whom the meeting has not graded; "" where everybody has a grade."""
    names = [row.name for row in rows if row.taking_part and not row.final]
    if not names:
        return ""
    shown = "、".join(names[:5]) + ("等" if len(names) > 5 else "")
    return f"还有 {len(names)} 人没有最终等次：{shown}"


# --- then and now ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Beside:
    """What a grade was approved on, beside what is true now, both as texts."""

    label: str
    then: str
    now: str

    @property
    def differs(self) -> bool:
        return self.then != self.now


def format_kept_reasons(kept: Mapping[str, Any]) -> str:
    """Return what barred 优秀 in a kept verdict, each reason with its clause."""
    missed = (row for row in kept["conditions"] if row["missing"])
    return "；".join(f"{row['missing']}（{row['citation']}）" for row in missed)


def compare_verdicts(then: Mapping[str, Any], now: MemberVerdict) -> list[Beside]:
    """Compare the answers, then every condition that either of the two has."""
    known = {
        row["name"]: (row["label"], _add_requirement(row["measured_text"], row)) for row in then["conditions"]
    }
    today = {
        row.name: (row.label, _add_requirement(row.measured_text, asdict(row))) for row in now.conditions
    }
    lines = [Beside("评优资格", then["answer"], now.answer)]
    for name, (label, _) in (today | known).items():
        lines.append(Beside(label, known.get(name, ("", "—"))[1], today.get(name, ("", "—"))[1]))
    return lines


def _add_requirement(measured: str, row: Mapping[str, Any]) -> str:
    return measured if row["name"] == "registered" else f"{measured}（要求 {row['required_text']}）"
