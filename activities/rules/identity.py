"""Which record of a ledger a row of its file is about, where the ledger's numbers do not say it (requirements §3). Pure.

In one ledger the same person and start is the same service whatever became of its title. Without times a title,
a day and a duration say it; what is left is matched only if there is one way to do it.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Service:
    """What a row or a record says of one person's service on one day in one ledger.

    `numbered`: it has a number of the ledger's own; two numbered ones are never the same service here, since
    equal numbers were matched before. `title` is normalised, `start` is None where only the day is known.
    """

    pk: int
    numbered: bool
    title: str
    start: datetime | None
    minutes: int


Pairs = Iterator[tuple[Service, Service]]
Key = Callable[[Service], Hashable]


def pair_services(
    rows: Sequence[Service], records: Sequence[Service], *, changed_minutes: bool = True
) -> dict[int, int]:
    """Return {row: record} for the rows and records of one person, day and ledger; each occurs at most once.

    `changed_minutes`: without times, a row may also be about a record of its title with another duration.
    """
    found: dict[int, int] = {}
    ways = [
        lambda ones, others: _pair_equal(ones, others, lambda s: s.start and (s.start, s.title, s.minutes)),
        lambda ones, others: _pair_equal(ones, others, lambda s: s.start and (s.start, s.title)),
        lambda ones, others: _pair_equal(ones, others, lambda s: s.start and (s.start, s.minutes)),
        lambda ones, others: _pair_rest(ones, others, lambda s: s.start, most=1),
        lambda ones, others: _pair_equal(ones, others, lambda s: None if s.start else (s.title, s.minutes)),
        _pair_timed_with_timeless,
    ]
    if changed_minutes:
        ways.append(lambda ones, others: _pair_rest(ones, others, lambda s: None if s.start else s.title))
    for way in ways:
        taken = set(found.values())
        left = [row for row in rows if row.pk not in found]
        free = [record for record in records if record.pk not in taken]
        if not left or not free:
            return found
        found |= {row.pk: record.pk for row, record in way(left, free)}
    return found


def _pair_equal(rows: Sequence[Service], records: Sequence[Service], key: Key) -> Pairs:
    """Pair rows and records with an equal key (None is no key), in the order of their minutes."""
    for ones, others in _group_by_key(rows, records, key):
        yield from _pair_in_order(ones, others)


def _pair_timed_with_timeless(rows: Sequence[Service], records: Sequence[Service]) -> Pairs:
    """Pair by title and duration where exactly one of the two has a time."""
    for ones, others in _group_by_key(rows, records, lambda s: (s.title, s.minutes)):
        yield from _pair_in_order([s for s in ones if s.start], [s for s in others if not s.start])
        yield from _pair_in_order([s for s in ones if not s.start], [s for s in others if s.start])


def _pair_rest(
    rows: Sequence[Service], records: Sequence[Service], key: Key, *, most: int | None = None
) -> Pairs:
    """Pair what is left under a key in order of minutes, if there are as many rows as records (at most `most`)."""
    for ones, others in _group_by_key(rows, records, key):
        if len(ones) == len(others) and (most is None or len(ones) <= most):
            yield from _pair_in_order(ones, others)


def _pair_in_order(rows: Sequence[Service], records: Sequence[Service]) -> Pairs:
    """Pair in order, but never two numbered ones; a numbered row takes a record without number first."""
    free = list(records)
    for row in sorted(rows, key=lambda row: not row.numbered):
        fits = (record for record in free if not (row.numbered and record.numbered))
        if (record := next(fits, None)) is not None:
            free.remove(record)
            yield row, record


def _group_by_key(
    rows: Sequence[Service], records: Sequence[Service], key: Key
) -> Iterator[tuple[list[Service], list[Service]]]:
    """Yield (rows, records) of each key that both sides have, in order of minutes, then of age."""
    sides: list[dict[Hashable, list[Service]]] = []
    for side in (rows, records):
        by_key: dict[Hashable, list[Service]] = defaultdict(list)
        for service in sorted(side, key=lambda s: (s.minutes, s.pk)):
            if (value := key(service)) is not None:
                by_key[value].append(service)
        sides.append(by_key)
    for value, ones in sides[0].items():
        if others := sides[1].get(value):
            yield ones, others
