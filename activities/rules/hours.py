"""What stands against a piece of service before it is confirmed (requirements §3). Pure: no Django.

Moments are aware; spans are half-open, [start, end), so that one may begin in the moment another ends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

MINUTE = timedelta(minutes=1)
# Sources of which the portal is the ledger; of the others it keeps a copy.
PORTAL = frozenset({"attendance", "supplement"})

Span = tuple[datetime, datetime]


# Older than any ledger of hours: a slip of the keyboard.
EARLIEST = date(2000, 1, 1)
TOO_EARLY = f"服务日期早于 {EARLIEST.year} 年，请核对"


def whole_minutes(start: datetime, end: datetime) -> int:
    """Minutes that are full; what is only begun does not count."""
    return max(0, (end - start) // MINUTE)


def cut(start: datetime, end: datetime, first: datetime, last: datetime) -> Span | None:
    """The part of [start, end) within [first, last); None where they do not meet."""
    start, end = max(start, first), min(end, last)
    return (start, end) if start < end else None


def span_problem(start: datetime, end: datetime, now: datetime) -> str:
    """Why this cannot be a time of service; "" if it can."""
    if end <= start:
        return "结束时间必须晚于开始时间。"
    if start.date() < EARLIEST:
        return f"{TOO_EARLY}。"
    if whole_minutes(start, end) < 1:
        return "时长不足 1 分钟。"
    if end - start > timedelta(days=1):
        return "一条记录不能超过 24 小时，请按天分开填写。"
    if end > now:
        return "服务还没有结束，请在结束后填写。"
    return ""


def long_problem(start: datetime, end: datetime, cap: int) -> str:
    """What to ask whoever enters more than a day may count, or half a day: it is mistyped more often than served."""
    minutes = whole_minutes(start, end)
    if minutes > cap:
        return f"超过每日上限 {cap / 60:g} 小时，超出的部分不能确认。请核对时间；确实如此的请勾选。"
    if minutes > 12 * 60:
        return "超过 12 小时。请核对时间；确实如此的请勾选。"
    return ""


# --- terms ----------------------------------------------------------------------------------------------------


def working_day_after(day: date, count: int) -> date:
    """The last day of a term of `count` working days that begins after `day`.

    Monday to Friday are working days. Public holidays, and the weekends worked in exchange, are decreed anew each
    year and not known here; the pages say so.
    """
    weeks, rest = divmod(count, 5)
    # A term that begins at the weekend runs from Monday, like one that begins on Friday.
    day -= timedelta(days=max(0, day.weekday() - 4))
    over_weekend = 2 if day.weekday() + rest > 4 else 0
    return day + timedelta(days=7 * weeks + rest + over_weekend)


def last_late_day(count: int, today: date) -> date:
    """What was handed in on this day or before has waited for longer than `count` working days."""
    day = today - timedelta(days=count)
    while working_day_after(day, count) >= today:
        day -= timedelta(days=1)
    return day


# --- overlap and daily cap ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """A record as far as these rules look at it.

    `service`: what it shares with the same service in other ledgers (rules.linking), or None.
    """

    pk: int | None
    source: str
    served_on: date
    minutes: int
    start: datetime | None
    end: datetime | None
    confirmed: bool = True
    service: int | None = None


def meets(piece: Piece, other: Piece) -> bool:
    """Do they take place at the same time, as far as their times are known?"""
    if None in (piece.start, piece.end, other.start, other.end):
        return False
    return piece.start < other.end and other.start < piece.end


def same_service(piece: Piece, other: Piece) -> bool:
    """One service in two ledgers? Such records count once, so they do not stand against each other."""
    return piece.service is not None and piece.service == other.service


def minutes_of_day(pieces: Iterable[Piece], day: date) -> int:
    """Confirmed minutes of a date of service; linked records once, by the longest."""
    services: dict[object, int] = {}
    for number, piece in enumerate(pieces):
        if piece.confirmed and piece.served_on == day:
            key = ("service", piece.service) if piece.service is not None else ("piece", number)
            services[key] = max(services.get(key, 0), piece.minutes)
    return sum(services.values())


def free_stretches(start: datetime, end: datetime, taken: Iterable[Span]) -> list[Span]:
    """What of [start, end) no span in `taken` covers, in order of time."""
    found, begin = [], start
    for first, last in sorted(taken):
        if first > begin and begin < end:
            found.append((begin, min(first, end)))
        begin = max(begin, last)
    return [*found, (begin, end)] if begin < end else found


def proposal(start: datetime, end: datetime, taken: Sequence[Span], room: int) -> Span | None:
    """What could be confirmed instead: the longest free stretch (the first of equals), cut to `room` minutes."""
    stretches = free_stretches(start, end, taken)
    longest = max(stretches, key=lambda span: whole_minutes(*span), default=None)
    if longest is None:
        return None
    minutes = min(whole_minutes(*longest), room)
    if minutes <= 0:
        return None
    begin, last = longest
    return (begin, last) if minutes == whole_minutes(*longest) else (begin, begin + minutes * MINUTE)


# --- the verdict on a record that waits -----------------------------------------------------------------------


class Doubt(StrEnum):
    """What the college is shown before it confirms."""

    OWN = "own"
    OVERLAP = "overlap"
    OVER_CAP = "over_cap"
    OTHER_LEDGER = "other_ledger"
    OVERLAP_PENDING = "overlap_pending"
    SAME_EVIDENCE = "same_evidence"
    NOT_SEEN = "not_seen"
    OUTSIDE_ACTIVITY = "outside_activity"
    LATE = "late"


WORDS = {
    Doubt.OWN: "本人的记录，须由他人审核",
    Doubt.OVERLAP: "与已确认的服务时间重叠",
    Doubt.OVER_CAP: "超过每日时长上限",
    Doubt.OTHER_LEDGER: "与其他台账的记录时间重叠，可能是同一次服务（关联后只计一次）",
    Doubt.OVERLAP_PENDING: "与另一条待确认的记录时间重叠",
    Doubt.SAME_EVIDENCE: "证明材料曾用于其他记录",
    Doubt.NOT_SEEN: "街乡确认的到场名单中没有此人",
    Doubt.OUTSIDE_ACTIVITY: "不在活动的计划时间内",
    Doubt.LATE: "已超过确认期限",
}
# Whoever confirms cannot pass over these: the record has to be changed, or decided by somebody else.
BLOCKING = frozenset({Doubt.OWN, Doubt.OVERLAP, Doubt.OVER_CAP})


@dataclass(frozen=True)
class Case:
    """A record that waits, with all that the rules need to know of it.

    `others`: the person's other records, pending and confirmed, that touch its time or its date of service.
    `not_seen`: the street has confirmed who came, and not this person.
    """

    piece: Piece
    others: Sequence[Piece]
    cap: int
    planned: Span | None = None
    evidence_used: bool = False
    not_seen: bool = False
    own: bool = False
    late: bool = False


@dataclass(frozen=True)
class Verdict:
    """`proposal` is what could be confirmed instead, where the record cannot be confirmed as it is."""

    doubts: tuple[Doubt, ...]
    clashes: tuple[Piece, ...] = ()
    day_minutes: int = 0
    proposal: Span | None = None
    blocked: bool = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "blocked", bool(BLOCKING & set(self.doubts)))

    @property
    def words(self) -> list[str]:
        return [WORDS[doubt] for doubt in self.doubts]

    @property
    def own(self) -> bool:
        """Is somebody else to decide it, whatever is decided?"""
        return Doubt.OWN in self.doubts

    @property
    def needs_change(self) -> bool:
        """Can its time alone be put right?"""
        return Doubt.OVERLAP in self.doubts or Doubt.OVER_CAP in self.doubts


def judge(case: Case) -> Verdict:
    """Everything that speaks against confirming the record as it is, worst first."""
    piece = case.piece
    met = [other for other in case.others if meets(piece, other)]
    clashes = tuple(other for other in met if other.confirmed and not same_service(piece, other))
    different = [other for other in case.others if not same_service(piece, other)]
    used = minutes_of_day(different, piece.served_on)
    over = used + piece.minutes > case.cap
    found = {
        Doubt.OWN: case.own,
        Doubt.OVERLAP: bool(clashes),
        Doubt.OVER_CAP: over,
        Doubt.OTHER_LEDGER: any(other.confirmed and same_service(piece, other) for other in met),
        Doubt.OVERLAP_PENDING: any(not other.confirmed for other in met),
        Doubt.SAME_EVIDENCE: case.evidence_used,
        Doubt.NOT_SEEN: case.not_seen,
        Doubt.OUTSIDE_ACTIVITY: _outside(piece, case.planned),
        Doubt.LATE: case.late,
    }
    instead = None
    if clashes or over:
        taken = [(other.start, other.end) for other in clashes]
        instead = proposal(piece.start, piece.end, taken, max(0, case.cap - used))
    return Verdict(tuple(doubt for doubt, true in found.items() if true), clashes, used, instead)


def _outside(piece: Piece, planned: Span | None) -> bool:
    return planned is not None and (piece.start < planned[0] or piece.end > planned[1])
