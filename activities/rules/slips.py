"""校内志愿服务时长确认单: what is printed, and how a paper is compared with the ledger. Pure."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

# Day, what, source, minutes of a record that counts, as on the paper.
Line = tuple[date, str, str, int]

# Of a service in several ledgers the first of these is printed. Fixed, so that a school that changes the rules of
# its year does not make papers invalid of which every line still stands in the ledger.
SOURCES = ("league", "attendance", "supplement", "volunteer_beijing")
LONGEST_YEARS = 10


def range_problem(first: date, last: date, *, today: date) -> str:
    """Why no slip can be made of these days; "" where one can."""
    if last < first:
        return "截止日期不能早于起始日期。"
    if last > today:
        return "截止日期不能晚于今天。"
    if last.year - first.year >= LONGEST_YEARS:
        return f"一份确认单最多包含 {LONGEST_YEARS} 年。"
    return ""


def printed(lines: Sequence[Line]) -> list[list]:
    """As they stand on the paper."""
    return [[day.isoformat(), what, source, minutes] for day, what, source, minutes in lines]


def digest(lines: Sequence[Line]) -> str:
    """Of what the ledger says: any record added, corrected or voided in the range gives another one."""
    return hashlib.sha256(json.dumps(printed(lines), ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Check:
    """A paper beside the ledger: each printed line with whether it still stands, and whether there are new ones."""

    valid: bool
    lines: list[tuple[list, bool]]
    added: bool

    @property
    def all_stand(self) -> bool:
        return all(stands for _, stands in self.lines)


def compared(paper: Sequence[list], paper_digest: str, ledger: Sequence[Line]) -> Check:
    """Equal lines are counted: of two on the paper and one in the ledger, one does not stand."""
    left = Counter(map(tuple, printed(ledger)))
    lines = []
    for line in paper:
        stands = left[tuple(line)] > 0
        left[tuple(line)] -= stands
        lines.append((line, stands))
    return Check(digest(ledger) == paper_digest, lines, added=left.total() > 0)


def masked_name(name: str) -> str:
    """The first character: enough to compare with a paper in the hand, not enough to learn a name."""
    return name[:1] + "*" * max(1, min(len(name) - 1, 2))


def masked_number(number: str) -> str:
    """2018****01; a number too short for that is hidden altogether."""
    return f"{number[:4]}****{number[-2:]}" if len(number) >= 8 else "****"
