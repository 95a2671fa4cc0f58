"""Rules for the doubts about a record of service before it is confirmed (requirements §3). Pure: no Django.

Moments are aware. Spans are half-open, [start, end), so one may begin at the moment another ends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from members.working_days import WorkingDays

MINUTE = timedelta(minutes=1)
# For these sources the portal itself is the ledger; of the others it keeps a copy.
PORTAL = frozenset({"attendance", "supplement"})

Span = tuple[datetime, datetime]


# An earlier date is older than any ledger of hours: a typing mistake.
EARLIEST = date(2000, 1, 1)
TOO_EARLY = f"服务日期早于 {EARLIEST.year} 年，请核对"


def count_whole_minutes(start: datetime, end: datetime) -> int:
    """Return the number of full minutes; a minute that has only begun does not count."""
    return max(0, (end - start) // MINUTE)


def cut_span(start: datetime, end: datetime, first: datetime, last: datetime) -> Span | None:
    """Return the part of [start, end) within [first, last), or None if they do not meet."""
    start, end = max(start, first), min(end, last)
    return (start, end) if start < end else None


def span_problem(start: datetime, end: datetime, now: datetime) -> str:
    """Return why this cannot be a time of service; "" if it can."""
    if end <= start:
        return "结束时间必须晚于开始时间。"
    if start.date() < EARLIEST:
        return f"{TOO_EARLY}。"
    if count_whole_minutes(start, end) < 1:
        return "时长不足 1 分钟。"
    if end - start > timedelta(days=1):
        return "一条记录不能超过 24 小时，请按天分开填写。"
    if end > now:
        return "服务还没有结束，请在结束后填写。"
    return ""


def long_service_problem(start: datetime, end: datetime, cap: int) -> str:
    """Return a question about a time above `cap` minutes (the daily cap) or above 12 hours; "" below both.

    So long a time is more often a typing mistake than real service.
    """
    minutes = count_whole_minutes(start, end)
    if minutes > cap:
        return f"超过每日上限 {cap / 60:g} 小时，超出的部分不能确认。请核对时间；确实如此的请勾选。"
    if minutes > 12 * 60:
        return "超过 12 小时。请核对时间；确实如此的请勾选。"
    return ""


# --- deadlines ------------------------------------------------------------------------------------------------


def add_working_days(day: date, count: int, calendar: WorkingDays) -> date:
    """Return the last day of a deadline of `count` working days that begins after `day`."""
    return calendar.add(day, count)


def find_last_late_day(count: int, today: date, calendar: WorkingDays) -> date:
    """Return the last day on which a record now waiting more than `count` working days was handed in.

    Records handed in on that day or before are late.
    """
    day = today - timedelta(days=count)
    while add_working_days(day, count, calendar) >= today:
        day -= timedelta(days=1)
    return day


# --- overlap and daily cap ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """The facts of a record that these rules need.

    `service`: the number that it shares with the same service in other ledgers (rules.linking), or None.
    """

    pk: int | None
    source: str
    served_on: date
    minutes: int
    start: datetime | None
    end: datetime | None
    confirmed: bool = True
    service: int | None = None


def is_simultaneous(piece: Piece, other: Piece) -> bool:
    """Do the records take place at the same time, as far as their times are known?"""
    if piece.start is None or piece.end is None or other.start is None or other.end is None:
        return False
    return piece.start < other.end and other.start < piece.end


def is_same_service(piece: Piece, other: Piece) -> bool:
    """Are both records one service in two ledgers? They count once, so they are no doubt about each other."""
    return piece.service is not None and piece.service == other.service


def sum_minutes_of_day(pieces: Iterable[Piece], day: date) -> int:
    """Return the confirmed minutes of a date of service; linked records count once, by the longest."""
    services: dict[object, int] = {}
    for number, piece in enumerate(pieces):
        if piece.confirmed and piece.served_on == day:
            key = ("service", piece.service) if piece.service is not None else ("piece", number)
            services[key] = max(services.get(key, 0), piece.minutes)
    return sum(services.values())


def find_free_stretches(start: datetime, end: datetime, taken: Iterable[Span]) -> list[Span]:
    """Return the parts of [start, end) that no span in `taken` covers, in order of time."""
    found, begin = [], start
    for first, last in sorted(taken):
        if first > begin and begin < end:
            found.append((begin, min(first, end)))
        begin = max(begin, last)
    return [*found, (begin, end)] if begin < end else found


def propose_span(start: datetime, end: datetime, taken: Sequence[Span], room: int) -> Span | None:
    """Return the span to confirm instead: the longest free stretch, cut to `room` minutes.

    Of equally long ones the first. None if nothing can be confirmed.
    """
    stretches = find_free_stretches(start, end, taken)
    longest = max(stretches, key=lambda span: count_whole_minutes(*span), default=None)
    if longest is None:
        return None
    minutes = min(count_whole_minutes(*longest), room)
    if minutes <= 0:
        return None
    begin, last = longest
    return (begin, last) if minutes == count_whole_minutes(*longest) else (begin, begin + minutes * MINUTE)


# --- the verdict on a waiting record --------------------------------------------------------------------------


class Doubt(StrEnum):
    """A doubt that the college sees before it confirms."""

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
# The college cannot confirm in spite of these: the record has to be changed, or somebody else has to decide.
BLOCKING = frozenset({Doubt.OWN, Doubt.OVERLAP, Doubt.OVER_CAP})


@dataclass(frozen=True)
class Case:
    """A waiting record with all facts that the rules need.

    `others`: the person's other records, pending and confirmed, that touch its time or its date of service.
    `cap`: the most minutes of a day. `not_seen`: the street has confirmed who came, but not this person.
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
    """The doubts about a record.

    `propose_span` is the span to confirm instead if the record cannot be confirmed as it is.

    `clashes`: confirmed records at the same time; `day_minutes`: minutes already confirmed on that date.
    """

    doubts: tuple[Doubt, ...]
    clashes: tuple[Piece, ...] = ()
    day_minutes: int = 0
    proposal: Span | None = None
    blocked: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocked", bool(BLOCKING & set(self.doubts)))

    @property
    def words(self) -> list[str]:
        """Return the doubts in words, worst first."""
        return [WORDS[doubt] for doubt in self.doubts]

    @property
    def own(self) -> bool:
        """Must somebody else decide, because the record is the reader's own?"""
        return Doubt.OWN in self.doubts

    @property
    def needs_change(self) -> bool:
        """Would another time make the record confirmable?"""
        return Doubt.OVERLAP in self.doubts or Doubt.OVER_CAP in self.doubts


def judge_case(case: Case) -> Verdict:
    """Return all doubts about confirming the record as it is, worst first.

    If it clashes or exceeds the daily cap, the verdict has a span to confirm instead, if there is one.
    """
    piece = case.piece
    met = [other for other in case.others if is_simultaneous(piece, other)]
    clashes = tuple(other for other in met if other.confirmed and not is_same_service(piece, other))
    different = [other for other in case.others if not is_same_service(piece, other)]
    used = sum_minutes_of_day(different, piece.served_on)
    over = used + piece.minutes > case.cap
    found = {
        Doubt.OWN: case.own,
        Doubt.OVERLAP: bool(clashes),
        Doubt.OVER_CAP: over,
        Doubt.OTHER_LEDGER: any(other.confirmed and is_same_service(piece, other) for other in met),
        Doubt.OVERLAP_PENDING: any(not other.confirmed for other in met),
        Doubt.SAME_EVIDENCE: case.evidence_used,
        Doubt.NOT_SEEN: case.not_seen,
        Doubt.OUTSIDE_ACTIVITY: _is_outside_plan(piece, case.planned),
        Doubt.LATE: case.late,
    }
    instead = None
    if clashes or over:
        taken = [_span_of(other) for other in clashes]
        instead = propose_span(*_span_of(piece), taken, max(0, case.cap - used))
    return Verdict(tuple(doubt for doubt, true in found.items() if true), clashes, used, instead)


def _is_outside_plan(piece: Piece, planned: Span | None) -> bool:
    if planned is None:
        return False
    start, end = _span_of(piece)
    return start < planned[0] or end > planned[1]


def _span_of(piece: Piece) -> Span:
    assert piece.start is not None  # only the portal's records are judged, and they have times
    assert piece.end is not None
    return piece.start, piece.end
