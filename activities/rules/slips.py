"""Rules of 校内志愿服务时长确认单: which lines are printed, and how a paper is compared with the ledger. Pure."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from activities.rules.counting import YearRules

# Day, title, source and minutes of a record that counts, as on the paper.
Line = tuple[date, str, str, int]

# Of a service in several ledgers the first of these is printed. The order is fixed: a school that changes its
# year's rules must not make a paper invalid while all its lines are still in the ledger.
SOURCES = ("league", "attendance", "supplement", "volunteer_beijing")
RULES = YearRules(appraisal=SOURCES, admission=SOURCES)
LONGEST_YEARS = 10


def range_problem(first: date, last: date, *, today: date) -> str:
    """Return why no slip can be made of these days; "" if one can."""
    if last < first:
        return "截止日期不能早于起始日期。"
    if last > today:
        return "截止日期不能晚于今天。"
    if last.year - first.year >= LONGEST_YEARS:
        return f"一份确认单最多包含 {LONGEST_YEARS} 年。"
    return ""


def build_printed_lines(lines: Sequence[Line]) -> list[list]:
    """Return the lines as they are printed on the paper."""
    return [[day.isoformat(), what, source, minutes] for day, what, source, minutes in lines]


def compute_digest(lines: Sequence[Line]) -> str:
    """Return the digest of the lines; a record added, corrected or voided in the range changes it."""
    return hashlib.sha256(json.dumps(build_printed_lines(lines), ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Check:
    """A paper compared with the ledger.

    `lines`: each printed line and whether the ledger still has it; `added`: the ledger has lines that the
    paper has not.
    """

    valid: bool
    lines: list[tuple[list, bool]]
    added: bool

    @property
    def all_valid(self) -> bool:
        return all(stands for _, stands in self.lines)


def compare_with_ledger(paper: Sequence[list], paper_digest: str, ledger: Sequence[Line]) -> Check:
    """Compare a paper with the ledger.

    Equal lines are counted: two on the paper and one in the ledger leave one invalid.
    """
    left = Counter(map(tuple, build_printed_lines(ledger)))
    lines = []
    for line in paper:
        stands = left[tuple(line)] > 0
        left[tuple(line)] -= stands
        lines.append((line, stands))
    return Check(compute_digest(ledger) == paper_digest, lines, added=left.total() > 0)
