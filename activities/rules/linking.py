"""Rules that find the records of one person for one service in several ledgers (requirements §3). Pure.

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
    """The facts of a record that this rule needs.

    `group`: the number of the group into which somebody put the record by hand, or None. The record's own
    number with a minus means that somebody separated it: it belongs to no group.
    """

    pk: int
    ledger: str
    served_on: date
    minutes: int
    title: str
    start: datetime | None = None
    end: datetime | None = None
    group: int | None = None


def get_ledger(source: str) -> str:
    """Return the ledger of a source; attendance and supplements are one ledger, the portal's own."""
    return source if source in LEDGERS else PORTAL


@lru_cache(maxsize=4096)
def normalise_title(title: str) -> str:
    """Return the title without marks: “清河街道·助残” and “清河街道 助残” are one title in two ledgers."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", title).casefold())


def group_entries(entries: Sequence[Entry]) -> dict[int, int]:
    """Return {record: number of its service} for the records of one person in groups of two or more.

    A group has at most one record of each ledger. Records of the same time are matched first; then those
    whose times overlap by more than half of the shorter; then, where a ledger has no times, those of one day
    with the same title or duration. If two records would fit, none is taken and a person has to decide. If
    these two are alike, one is taken: either choice gives the same minutes, and taking none would count the
    service twice. Groups and separations made by hand stay; others may still join a group made by hand.
    """
    return group_with_doubts(entries)[0]


def group_with_doubts(entries: Sequence[Entry]) -> tuple[dict[int, int], set[int]]:
    """Return the groups of `group_entries`, and the records of groups that are doubtful.

    A group is doubtful if day and duration alone, under different titles, join two of its records.
    """
    number = {entry.pk: entry.pk if entry.group is None else entry.group for entry in entries}
    held: dict[int, set[str]] = defaultdict(set)
    for entry in entries:
        held[number[entry.pk]].add(entry.ledger)
    by_hand = {entry.group for entry in entries if entry.group is not None}
    present = {entry.ledger for entry in entries}
    doubtful: set[int] = set()
    for first, second in combinations([ledger for ledger in LEDGERS if ledger in present], 2):
        for matches in (_match_by_start, _match_by_overlap, _match_by_day):
            left = [e for e in entries if _seeks_partner(e, first, second, number, held)]
            right = [e for e in entries if _seeks_partner(e, second, first, number, held)]
            for one, other in matches(left, right):
                merged = _merge_groups(number, held, by_hand, number[one.pk], number[other.pk])
                if merged and matches is _match_by_day and is_doubtful(one, other):
                    doubtful.add(one.pk)
    members = defaultdict(list)
    for pk, group in number.items():
        members[group].append(pk)
    groups = {
        pk: group if group in by_hand else min(pks)
        for group, pks in members.items()
        if len(pks) > 1
        for pk in pks
    }
    doubted = {groups[pk] for pk in doubtful} - by_hand
    return groups, {pk for pk, service in groups.items() if service in doubted}


def is_doubtful(one: Entry, other: Entry) -> bool:
    """Do these two records, matched by their day, have different titles?"""
    return normalise_title(one.title) != normalise_title(other.title)


def _seeks_partner(entry: Entry, own: str, other: str, number: dict, held: dict) -> bool:
    """Does the record still need a partner in the other ledger?"""
    return entry.ledger == own and entry.group != -entry.pk and other not in held[number[entry.pk]]


def _merge_groups(
    number: dict[int, int], held: dict[int, set[str]], by_hand: set[int], one: int, other: int
) -> bool:
    """Merge two groups, unless that would join two records of one ledger; a number given by hand stays.

    Return whether they are merged.
    """
    if held[one] & held[other] or {one, other} <= by_hand:
        return False
    keep, lose = (other, one) if other in by_hand else (one, other)
    held[keep] |= held.pop(lose)
    for pk, group in number.items():
        if group == lose:
            number[pk] = keep
    return True


Pairs = Iterable[tuple[Entry, Entry]]


def _match_by_start(left: Sequence[Entry], right: Sequence[Entry]) -> Pairs:
    """Match records that begin in the same minute; among several the one with the same duration."""
    return _match_in_turn(
        left,
        right,
        lambda ones, others: _match_by_key(
            ones,
            others,
            lambda e: e.start and (_truncate_to_minute(e.start), e.minutes, normalise_title(e.title)),
        ),
        lambda ones, others: _match_by_key(
            ones, others, lambda e: e.start and (_truncate_to_minute(e.start), e.minutes)
        ),
        lambda ones, others: _match_unique(ones, others, lambda e: e.start and _truncate_to_minute(e.start)),
    )


def _match_by_overlap(left: Sequence[Entry], right: Sequence[Entry]) -> Pairs:
    """Match records whose times overlap by more than half and that have no other candidate."""
    partners: dict[int, list[Entry]] = defaultdict(list)
    for one in left:
        for other in right:
            if overlaps_by_half(one, other):
                partners[one.pk].append(other)
                partners[other.pk].append(one)
    for one in left:
        match partners[one.pk]:
            case [other] if len(partners[other.pk]) == 1:
                yield one, other


def _match_by_day(left: Sequence[Entry], right: Sequence[Entry]) -> Pairs:
    """Match records of one day if one of the two has no time: by title, then by duration."""
    return _match_in_turn(
        left,
        right,
        lambda ones, others: _match_by_key(
            ones, others, lambda e: (e.served_on, normalise_title(e.title), e.minutes), timeless=True
        ),
        lambda ones, others: _keep_timeless(
            _match_unique(ones, others, lambda e: (e.served_on, normalise_title(e.title)))
        ),
        # Under different titles only if every record of that day and duration finds a partner.
        lambda ones, others: _match_by_key(
            ones, others, lambda e: (e.served_on, e.minutes), timeless=True, whole=True
        ),
    )


def _match_in_turn(
    left: Sequence[Entry], right: Sequence[Entry], *ways: Callable[[list[Entry], list[Entry]], Pairs]
) -> Pairs:
    """Return the pairs of all ways; each way sees only the records that the ways before it did not pair."""
    found: list[tuple[Entry, Entry]] = []
    for way in ways:
        if len(found) in (len(left), len(right)):
            break
        taken = {entry.pk for pair in found for entry in pair}
        found += way(*([e for e in side if e.pk not in taken] for side in (left, right)))
    return found


def _match_by_key(
    left: Sequence[Entry],
    right: Sequence[Entry],
    key: Callable[[Entry], Hashable],
    *,
    timeless: bool = False,
    whole: bool = False,
) -> Pairs:
    """Return pairs with an equal key (None is no key).

    The key holds the duration, so any choice gives the same minutes.

    `timeless`: one of the two must have no time; `whole`: only if all records under the key find a partner.
    """
    for ones, others in _group_by_key(left, right, key):
        pairs = list(_pair_with_timeless(ones, others) if timeless else zip(ones, others, strict=False))
        if not whole or len(pairs) == max(len(ones), len(others)):
            yield from pairs


def _pair_with_timeless(ones: Sequence[Entry], others: Sequence[Entry]) -> Pairs:
    """Pair records in order, but never two that both have a time: equal times would be linked by now."""
    (open_ones, timed_ones), (open_others, timed_others) = (
        ([e for e in side if e.start is None], [e for e in side if e.start]) for side in (ones, others)
    )
    first, second = min(len(open_ones), len(timed_others)), min(len(timed_ones), len(open_others))
    yield from zip(open_ones, timed_others, strict=False)
    yield from zip(timed_ones, open_others, strict=False)
    yield from zip(open_ones[first:], open_others[second:], strict=False)


def _keep_timeless(pairs: Pairs) -> Pairs:
    """Return only the pairs in which at least one record has no time."""
    return [(one, other) for one, other in pairs if one.start is None or other.start is None]


def _match_unique(left: Sequence[Entry], right: Sequence[Entry], key: Callable[[Entry], Hashable]) -> Pairs:
    """Return pairs with an equal key (None is no key) that only one record on each side has."""
    for ones, others in _group_by_key(left, right, key):
        match ones, others:
            case [one], [other]:
                yield one, other


def _group_by_key(
    left: Sequence[Entry], right: Sequence[Entry], key: Callable[[Entry], Hashable]
) -> Iterable[tuple[list[Entry], list[Entry]]]:
    """Return (records on the left, on the right) of each key, in an order independent of any import."""
    sides: list[dict[Hashable, list[Entry]]] = []
    for side in (left, right):
        by_key: dict[Hashable, list[Entry]] = defaultdict(list)
        for entry in side:
            if (value := key(entry)) is not None:
                by_key[value].append(entry)
        sides.append(by_key)
    for value, ones in sides[0].items():
        if others := sides[1].get(value):
            yield sorted(ones, key=_build_entry_order), sorted(others, key=_build_entry_order)


def overlaps_by_half(one: Entry, other: Entry) -> bool:
    """Do the times overlap by more than half of the shorter one?"""
    if one.start is None or other.start is None:
        return False
    first, second = _get_entry_span(one), _get_entry_span(other)
    common = min(first[1], second[1]) - max(first[0], second[0])
    return 2 * common > min(first[1] - first[0], second[1] - second[0])


def _get_entry_span(entry: Entry) -> tuple[datetime, datetime]:
    assert entry.start is not None  # the caller has looked
    return entry.start, entry.end or entry.start + timedelta(minutes=entry.minutes)


def _build_entry_order(entry: Entry) -> tuple[str, str, int]:
    return str(entry.start), normalise_title(entry.title), entry.pk


def _truncate_to_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
