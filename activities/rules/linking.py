"""Which records of one person are one service that stands in several ledgers (requirements §3). Pure.

The answer depends on the records alone, not on the order in which they came.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import combinations

PORTAL, LEAGUE, VOLUNTEER_BEIJING = "portal", "league", "volunteer_beijing"
LEDGERS = (PORTAL, LEAGUE, VOLUNTEER_BEIJING)
_MARKS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Entry:
    """A record as far as this rule looks at it.

    `group`: the number under which somebody put it by hand, or None; the own number with a minus: it stands apart.
    """

    pk: int
    ledger: str
    served_on: date
    minutes: int
    title: str
    start: datetime | None = None
    end: datetime | None = None
    group: int | None = None


def ledger_of(source: str) -> str:
    """Attendance and supplements are one ledger: the portal's own."""
    return source if source in LEDGERS else PORTAL


@lru_cache
def title_key(title: str) -> str:
    """Two ledgers write “清河街道·助残” and “清河街道 助残” for one title."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", title).casefold())


def groups(entries: Sequence[Entry]) -> dict[int, int]:
    """{record: number of its service} for the records of one person that stand in a group of two or more.

    A group has at most one record of a ledger. Records of one time come first, then those whose times overlap by
    more than half of the shorter, then, where a ledger tells no times, those of one day with the same title or
    duration. Where two records could be it, none is taken: they are left to somebody who knows; unless they are
    alike, for then it does not matter which is taken, and leaving them would count a service twice. What was put
    together or apart by hand stays so; others may still join a group made by hand.
    """
    number = {entry.pk: entry.pk if entry.group is None else entry.group for entry in entries}
    held: dict[int, set[str]] = defaultdict(set)
    for entry in entries:
        held[number[entry.pk]].add(entry.ledger)
    by_hand = {entry.group for entry in entries if entry.group is not None}
    for first, second in combinations(LEDGERS, 2):
        for matches in (_same_start, _overlapping, _same_day):
            left = [e for e in entries if _open(e, first, second, number, held)]
            right = [e for e in entries if _open(e, second, first, number, held)]
            for one, other in matches(left, right):
                _unite(number, held, by_hand, number[one.pk], number[other.pk])
    members = defaultdict(list)
    for pk, group in number.items():
        members[group].append(pk)
    return {
        pk: group if group in by_hand else min(pks)
        for group, pks in members.items()
        if len(pks) > 1
        for pk in pks
    }


def _open(entry: Entry, own: str, other: str, number: dict, held: dict) -> bool:
    """Does the record look for a partner in the other ledger?"""
    return entry.ledger == own and entry.group != -entry.pk and other not in held[number[entry.pk]]


def _unite(
    number: dict[int, int], held: dict[int, set[str]], by_hand: set[int], one: int, other: int
) -> None:
    """Make two groups one, unless that would put two records of a ledger into it; a number given by hand stays."""
    if held[one] & held[other] or {one, other} <= by_hand:
        return
    keep, lose = (other, one) if other in by_hand else (one, other)
    held[keep] |= held.pop(lose)
    for pk, group in number.items():
        if group == lose:
            number[pk] = keep


Pairs = Iterable[tuple[Entry, Entry]]


def _same_start(left: Sequence[Entry], right: Sequence[Entry]) -> Pairs:
    """The same minute of beginning; of several the one with the same duration."""
    return _in_turn(
        left,
        right,
        lambda *sides: _alike(
            *sides, lambda e: e.start and (_minute(e.start), e.minutes, title_key(e.title))
        ),
        lambda *sides: _alike(*sides, lambda e: e.start and (_minute(e.start), e.minutes)),
        lambda *sides: _unique_by(*sides, lambda e: e.start and _minute(e.start)),
    )


def _overlapping(left: Sequence[Entry], right: Sequence[Entry]) -> Pairs:
    partners: dict[int, list[Entry]] = defaultdict(list)
    for one in left:
        for other in right:
            if overlap_by_half(one, other):
                partners[one.pk].append(other)
                partners[other.pk].append(one)
    for one in left:
        match partners[one.pk]:
            case [other] if len(partners[other.pk]) == 1:
                yield one, other


def _same_day(left: Sequence[Entry], right: Sequence[Entry]) -> Pairs:
    """Where one of the two tells the day only: the title decides, then the duration."""
    return _in_turn(
        left,
        right,
        lambda *sides: _alike(*sides, lambda e: (e.served_on, title_key(e.title), e.minutes), timeless=True),
        lambda *sides: _timeless(_unique_by(*sides, lambda e: (e.served_on, title_key(e.title)))),
        # Under different titles only where none is left over.
        lambda *sides: _alike(*sides, lambda e: (e.served_on, e.minutes), timeless=True, whole=True),
    )


def _in_turn(
    left: Sequence[Entry], right: Sequence[Entry], *ways: Callable[[list[Entry], list[Entry]], Pairs]
) -> Pairs:
    """What each way finds among those that the ways before it have left."""
    found: list[tuple[Entry, Entry]] = []
    for way in ways:
        if len(found) in (len(left), len(right)):
            break
        taken = {entry.pk for pair in found for entry in pair}
        found += way(*([e for e in side if e.pk not in taken] for side in (left, right)))
    return found


def _alike(
    left: Sequence[Entry],
    right: Sequence[Entry],
    key: Callable[[Entry], Hashable],
    *,
    timeless: bool = False,
    whole: bool = False,
) -> Pairs:
    """Pairs of one key (None is none) that holds the duration: whichever is taken, the minutes are the same.

    `timeless`: one of the two must tell no time; `whole`: only where everything under the key finds its partner.
    """
    for ones, others in _by_key(left, right, key):
        pairs = list(_one_without_time(ones, others) if timeless else zip(ones, others, strict=False))
        if not whole or len(pairs) == max(len(ones), len(others)):
            yield from pairs


def _one_without_time(ones: Sequence[Entry], others: Sequence[Entry]) -> Pairs:
    """In order, never two that both tell a time: those are of different times, or they would be linked by now."""
    (open_ones, timed_ones), (open_others, timed_others) = (
        ([e for e in side if e.start is None], [e for e in side if e.start]) for side in (ones, others)
    )
    first, second = min(len(open_ones), len(timed_others)), min(len(timed_ones), len(open_others))
    yield from zip(open_ones, timed_others, strict=False)
    yield from zip(timed_ones, open_others, strict=False)
    yield from zip(open_ones[first:], open_others[second:], strict=False)


def _timeless(pairs: Pairs) -> Pairs:
    return [(one, other) for one, other in pairs if one.start is None or other.start is None]


def _unique_by(left: Sequence[Entry], right: Sequence[Entry], key: Callable[[Entry], Hashable]) -> Pairs:
    """Pairs of one key (None is none) that only one record on each side has."""
    for ones, others in _by_key(left, right, key):
        match ones, others:
            case [one], [other]:
                yield one, other


def _by_key(
    left: Sequence[Entry], right: Sequence[Entry], key: Callable[[Entry], Hashable]
) -> Iterable[tuple[list[Entry], list[Entry]]]:
    """(records on the left, on the right) of each key, in an order that no import decides."""
    sides: list[dict[Hashable, list[Entry]]] = []
    for side in (left, right):
        by_key: dict[Hashable, list[Entry]] = defaultdict(list)
        for entry in side:
            if (value := key(entry)) is not None:
                by_key[value].append(entry)
        sides.append(by_key)
    for value, ones in sides[0].items():
        if others := sides[1].get(value):
            yield sorted(ones, key=_order), sorted(others, key=_order)


def overlap_by_half(one: Entry, other: Entry) -> bool:
    """Do the times overlap by more than half of the shorter?"""
    if one.start is None or other.start is None:
        return False
    first, second = _span(one), _span(other)
    common = min(first[1], second[1]) - max(first[0], second[0])
    return 2 * common > min(first[1] - first[0], second[1] - second[0])


def _span(entry: Entry) -> tuple[datetime, datetime]:
    return entry.start, entry.end or entry.start + timedelta(minutes=entry.minutes)


def _order(entry: Entry) -> tuple[str, str, int]:
    return str(entry.start), title_key(entry.title), entry.pk


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
