"""Honours: what a verdict says at a title's level, which place is free, and what has changed since. Pure.

A verdict here is a mapping of plain values, as it is kept with a nomination (see `freeze_verdict_at_level`), with the names of
college and branch.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from members.rules import Rate
from reports.rules.eligibility import LEVELS, BranchVerdict, MemberFigures, MemberVerdict

# The conditions that bar from honours; a visit in every semester is a condition of 优秀 only.
BARRING = ("registered", "hours", "rate")


def freeze_verdict_at_level(verdict: MemberVerdict | BranchVerdict, *, level: str) -> dict[str, Any]:
    """Return the verdict at a level: answer, figures, rule values, and each condition with clause and words.

    `open` is the answer. A person who is not judged, and a branch without members, cannot be nominated.
    """
    figures: MemberFigures | Rate
    if isinstance(verdict, MemberVerdict):
        not_judged, figures, floor = verdict.not_judged, verdict.figures, verdict.rules.member_honour_floor
    else:
        not_judged = "" if verdict.conditions else "团支部没有在籍团员"
        figures, floor = verdict.rate, verdict.rules.branch_honour_floor
    at_level = next(honour for honour in verdict.honours if honour.level == level)
    return {
        "level": level,
        "open": at_level.open and not not_judged,
        "not_judged": not_judged,
        "honour_bar": verdict.honour_bar,
        "floor": floor,
        "figures": asdict(figures),
        "rules": asdict(verdict.rules),
        "conditions": [
            asdict(condition) | {"citation": condition.citation, "met": condition.met}
            for condition in verdict.conditions
            if condition.name in BARRING
        ],
    }


def explain_barred(verdict: Mapping[str, Any]) -> str:
    """Return what bars the honour, each reason with its clause; "" where nothing does."""
    if verdict["open"]:
        return ""
    if verdict["not_judged"]:
        return f"不能参评荣誉：{verdict['not_judged']}"
    reasons = "；".join(
        f"{row['label']}{row['measured_text']}，要求{row['required_text']}，{row['missing']}（通知{row['citation']}）"
        for row in verdict["conditions"]
        if row["missing"]
    )
    return f"不能参评{LEVELS[verdict['level']]}荣誉：{reasons}"


@dataclass(frozen=True)
class Line:
    """One line of several verdicts on the same person or branch, the earliest first."""

    label: str
    words: tuple[str, ...]

    @property
    def then(self) -> str:
        return self.words[0]

    @property
    def now(self) -> str:
        return self.words[-1]

    @property
    def changed(self) -> bool:
        return len(set(self.words)) > 1


def compare_kept_verdicts(*verdicts: Mapping[str, Any]) -> list[Line]:
    """Compare the answers, all their conditions, the level that the year's rules bar from, and the branch."""
    by_name = [{row["name"]: row for row in verdict["conditions"]} for verdict in verdicts]
    labels = {name: row["label"] for rows in by_name for name, row in rows.items()}
    return [
        Line("结论", tuple(format_answer(verdict) for verdict in verdicts)),
        *(
            Line(label, tuple(_format_measured(rows.get(name)) for rows in by_name))
            for name, label in labels.items()
        ),
        Line("限制的最低级别", tuple(f"{LEVELS[verdict['floor']]}以上" for verdict in verdicts)),
        Line("所在团支部", tuple(f"{verdict['college']} {verdict['branch']}" for verdict in verdicts)),
    ]


def format_answer(verdict: Mapping[str, Any]) -> str:
    """Return the answer of a verdict in Chinese.

    >>> format_answer({"open": True}), format_answer({"open": False, "not_judged": ""})
    ('可以参评', '不能参评')
    """
    if verdict["open"]:
        return "可以参评"
    return f"不适用（{verdict['not_judged']}）" if verdict["not_judged"] else "不能参评"


def find_free_place(taken: Collection[int], places: int) -> int | None:
    """Return the lowest number that nobody holds, None where all are taken.

    >>> find_free_place({1, 3}, 3), find_free_place({1, 2}, 2)
    (2, None)
    """
    return next((number for number in range(1, places + 1) if number not in taken), None)


def close_up(held: Iterable[int]) -> dict[int, int]:
    """Return {number held: its new number} for those that move up, so that the numbers are 1, 2, … again.

    In ascending order: written one by one, no number is held twice.

    >>> close_up({2, 5, 1})
    {5: 3}
    """
    return {number: place for place, number in enumerate(sorted(held), start=1) if number != place}


def _format_measured(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "—"
    return f"{row['measured_text']}（要求{row['required_text']}）"
