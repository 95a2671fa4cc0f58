"""What counts: how many minutes of each record of a person count, and why the rest does not (requirements §3). Pure.

Nobody counts more minutes than passed: records that overlap count their union, a day counts 24 hours. The answer
depends on the records alone, not on their order. Minutes are whole.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby

DAY_MINUTES = 24 * 60
MINUTE = timedelta(minutes=1)
PENDING, SAME_SERVICE, OVERLAP = "pending", "same_service", "overlap"
DAY_FULL, SPAN, SOURCE = "day_full", "span", "source"


@dataclass(frozen=True, slots=True)
class LedgerRecord:
    """A confirmed or pending record.

    `group`: the number that it shares with the same service in other ledgers, or None. `apart`: somebody decided
    that it counts although it overlaps; it is then counted like a record without times.
    """

    pk: int
    source: str
    served_on: date
    minutes: int
    start: datetime | None = None
    end: datetime | None = None
    title: str = ""
    outside_no: str = ""
    state: str = "confirmed"
    group: int | None = None
    apart: bool = False

    @property
    def content(self) -> tuple[str, int, str, int]:
        """Return what orders records that are otherwise equal; the number of the row comes last."""
        return self.title, self.minutes, self.outside_no, self.pk

    @property
    def stretch(self) -> tuple[datetime, datetime] | None:
        """Return [start, end); a record without an end lasts its minutes. None if it counts without times."""
        if self.start is None or self.apart:
            return None
        return self.start, self.end or self.start + self.minutes * MINUTE


@dataclass(frozen=True, slots=True)
class YearRules:
    """The sources that count in a year, the preferred first; `longest`: of a service the longest record counts."""

    appraisal: tuple[str, ...]
    admission: tuple[str, ...]
    longest: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """What a record counts, in minutes, as in `activities.models.CountedRecord`."""

    appraisal: int = 0
    admission: int = 0
    waiting: int = 0
    appraisal_reason: str = ""
    admission_reason: str = ""
    appraisal_yields_to: int | None = None
    admission_yields_to: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """The minutes that a record is given for one purpose; why not all of them, and the record it yields to."""

    minutes: int
    reason: str = ""
    yields_to: int | None = None


@dataclass(slots=True)
class _Cluster:
    """Records whose times overlap, directly or through others, from the first start to the last end.

    `given`: minutes that records of a day of service were given.
    """

    start: datetime
    end: datetime
    records: list[LedgerRecord] = field(default_factory=list)
    given: dict[date, int] = field(default_factory=lambda: defaultdict(int))

    def count_left(self, day: date) -> int:
        """Return the whole minutes of the union that records of this day may still be given.

        Records up to a day never count more than their own union, also where a later day adds to the cluster:
        a year counts no minute that only the first morning of the next one has.
        """
        days = sorted({record.served_on for record in self.records if record.served_on >= day})
        return min(
            _measure_union(record for record in self.records if record.served_on <= last)
            - sum(minutes for served_on, minutes in self.given.items() if served_on <= last)
            for last in days
        )


GetRules = Callable[[int], YearRules]
NOBODY: Mapping[int, Share] = {}


def count_records(records: Iterable[LedgerRecord], get_rules: GetRules) -> dict[int, Counted]:
    """Return {record: what it counts} for all confirmed and pending records of one person.

    `get_rules` returns the rules of a calendar year.
    """
    everything = list(records)
    confirmed = [record for record in everything if record.state != PENDING]
    waiting = [record for record in everything if record.state == PENDING]
    appraisal, heads = _count_confirmed(confirmed, get_rules, lambda rules: rules.appraisal)
    admission, others = _count_confirmed(confirmed, get_rules, lambda rules: rules.admission)
    found = _count_waiting(waiting, confirmed, appraisal, heads, get_rules)
    for record in waiting:
        found[record.pk] = replace(found[record.pk], admission_yields_to=_find_head(record, others))
    for record in confirmed:
        first, second = appraisal[record.pk], admission[record.pk]
        found[record.pk] = Counted(
            appraisal=first.minutes,
            admission=second.minutes,
            appraisal_reason=first.reason,
            admission_reason=second.reason,
            appraisal_yields_to=first.yields_to,
            admission_yields_to=second.yields_to,
        )
    return {record.pk: found[record.pk] for record in everything}


# --- one purpose ----------------------------------------------------------------------------------------------

GetSources = Callable[[YearRules], tuple[str, ...]]


def _count_confirmed(
    confirmed: Sequence[LedgerRecord], get_rules: GetRules, get_sources: GetSources
) -> tuple[dict[int, Share], dict[int, int]]:
    """Return the share of each confirmed record for one purpose, and {group: the record that counts}."""
    ranks = _rank_records(confirmed, get_rules, get_sources)
    chosen = _choose_of_groups([record for record in confirmed if record.pk in ranks], ranks, get_rules)
    heads = {record.group: record.pk for record in chosen if record.group is not None}
    found = _allocate(chosen, ranks)
    for record in confirmed:
        if record.pk not in found:
            reason = SAME_SERVICE if record.pk in ranks else SOURCE
            found[record.pk] = Share(0, reason, _find_head(record, heads))
    return found, heads


def _find_head(record: LedgerRecord, heads: Mapping[int, int]) -> int | None:
    """Return the record that counts for the service of this one; None if it counts itself, or none does."""
    return heads.get(record.group) if record.group is not None else None


def _count_waiting(
    waiting: Sequence[LedgerRecord],
    confirmed: Sequence[LedgerRecord],
    shares: Mapping[int, Share],
    heads: Mapping[int, int],
    get_rules: GetRules,
) -> dict[int, Counted]:
    """Return pending records with the minutes that each would add to the appraisal, after the confirmed ones."""
    taken = [record for record in confirmed if shares[record.pk].reason not in (SOURCE, SAME_SERVICE)]
    ranks = _rank_records(waiting, get_rules, lambda rules: rules.appraisal)
    open_ = [record for record in waiting if record.pk in ranks and record.group not in heads]
    chosen = _choose_of_groups(open_, ranks, get_rules)
    given = _allocate(chosen, ranks, taken, shares)
    hopes = {record.group: record.pk for record in chosen if record.group is not None} | dict(heads)
    return {
        record.pk: Counted(
            waiting=given[record.pk].minutes if record.pk in given else 0,
            appraisal_reason=PENDING,
            admission_reason=PENDING,
            appraisal_yields_to=None if record.pk in given else _find_head(record, hopes),
        )
        for record in waiting
    }


def _rank_records(
    records: Iterable[LedgerRecord], get_rules: GetRules, get_sources: GetSources
) -> dict[int, int]:
    """Return {record: place of its source in the list of its year}; records of other sources are left out."""
    ranks = {}
    for record in records:
        sources = get_sources(get_rules(record.served_on.year))
        if record.source in sources:
            ranks[record.pk] = sources.index(record.source)
    return ranks


def _choose_of_groups(
    records: Iterable[LedgerRecord], ranks: Mapping[int, int], get_rules: GetRules
) -> list[LedgerRecord]:
    """Return one record of each service. A group over two years follows the rules of its first day."""
    chosen: list[LedgerRecord] = []
    groups: dict[int, list[LedgerRecord]] = defaultdict(list)
    for record in records:
        if record.group is None:
            chosen.append(record)
        else:
            groups[record.group].append(record)
    for group in groups.values():
        longest = get_rules(min(record.served_on for record in group).year).longest
        chosen.append(min(group, key=lambda r: (-r.minutes * longest, ranks[r.pk], r.content)))
    return chosen


# --- overlaps and days ----------------------------------------------------------------------------------------


def _allocate(
    records: Sequence[LedgerRecord],
    ranks: Mapping[int, int],
    earlier: Sequence[LedgerRecord] = (),
    given: Mapping[int, Share] = NOBODY,
) -> dict[int, Share]:
    """Give each record its minutes: at most its span, the rest of its cluster and the rest of its day.

    `earlier` records keep what they are `given`. Records without times come first, clusters then follow in order
    of time, in each the earlier day first: no other order gives a larger total.
    """
    room: dict[date, int] = defaultdict(lambda: DAY_MINUTES)
    for record in earlier:
        room[record.served_on] -= given[record.pk].minutes
    found: dict[int, Share] = {}
    untimed = [record for record in records if record.stretch is None]
    for record in sorted(untimed, key=lambda r: (r.served_on, ranks[r.pk], r.content)):
        minutes = min(record.minutes, room[record.served_on])
        room[record.served_on] -= minutes
        found[record.pk] = Share(minutes, DAY_FULL if minutes < record.minutes else "")
    asked = {record.pk for record in records}
    for cluster in _build_clusters([*records, *earlier]):
        before = [record for record in cluster.records if record.pk not in asked]
        for record in before:
            cluster.given[record.served_on] += given[record.pk].minutes
        own = [record for record in cluster.records if record.pk in asked]
        own.sort(key=lambda r: (r.served_on, r.start, ranks[r.pk], r.content))
        for day, group in groupby(own, key=lambda r: r.served_on):
            found |= _give_day(cluster, list(group), room, day, before)
    return found


def _give_day(
    cluster: _Cluster,
    group: Sequence[LedgerRecord],
    room: dict[date, int],
    day: date,
    before: list[LedgerRecord],
) -> dict[int, Share]:
    """Give the records of a cluster and a day their minutes: what the cluster has left, the room of the day.

    Each first gets the time that none before it covers, then what is left; so the record that adds time to the
    union is the one that counts it. `before`: records of the cluster that were given minutes; it grows.
    """
    minutes = dict.fromkeys((record.pk for record in group), 0)
    left = cluster.count_left(day)
    for fresh in (_find_fresh_minutes(group), {}):
        for record in group:
            own = min(record.minutes, _count_minutes(record), fresh.get(record.pk, record.minutes))
            more = min(max(0, own - minutes[record.pk]), left, room[day])
            minutes[record.pk] += more
            left -= more
            room[day] -= more
    cluster.given[day] += sum(minutes.values())
    found = {}
    for record in group:
        found[record.pk] = _explain_share(record, minutes[record.pk], before, left)
        if minutes[record.pk]:
            before.append(record)
    return found


def _explain_share(record: LedgerRecord, minutes: int, before: Sequence[LedgerRecord], left: int) -> Share:
    """Return the share with its reason: only the day can limit a record whose cluster has minutes left."""
    if minutes == min(record.minutes, _count_minutes(record)):
        return Share(minutes, SPAN if minutes < record.minutes else "")
    if left:
        return Share(minutes, DAY_FULL)
    return Share(minutes, OVERLAP, next((other.pk for other in before if _meets(record, other)), None))


def _find_fresh_minutes(group: Sequence[LedgerRecord]) -> dict[int, int]:
    """Return {record: minutes that no record before it covers}, for records in order of their start."""
    found, covered = {}, None
    for record in group:
        assert record.stretch is not None  # records of a cluster have times
        start, end = record.stretch
        begin = start if covered is None else max(start, covered)
        found[record.pk] = max(timedelta(), end - begin) // MINUTE
        covered = end if covered is None else max(covered, end)
    return found


def _build_clusters(records: Iterable[LedgerRecord]) -> list[_Cluster]:
    """Return the clusters of the records with times, in order of time."""
    stretches = ((record.stretch, record) for record in records if record.stretch)
    timed = sorted(stretches, key=lambda pair: (pair[0], pair[1].content))
    found: list[_Cluster] = []
    for (start, end), record in timed:
        if not found or start >= found[-1].end:
            found.append(_Cluster(start, end))
        found[-1].end = max(found[-1].end, end)
        found[-1].records.append(record)
    return found


def _measure_union(records: Iterable[LedgerRecord]) -> int:
    """Return the whole minutes in which at least one of these records takes place."""
    total, covered = timedelta(), None
    for start, end in sorted(record.stretch for record in records if record.stretch):
        begin = start if covered is None else max(start, covered)
        total += max(timedelta(), end - begin)
        covered = end if covered is None else max(covered, end)
    return total // MINUTE


def _count_minutes(record: LedgerRecord) -> int:
    """Return the whole minutes between start and end."""
    assert record.stretch is not None  # only records with times are asked
    start, end = record.stretch
    return (end - start) // MINUTE


def _meets(record: LedgerRecord, other: LedgerRecord) -> bool:
    """Do the two records take place at the same time?"""
    assert record.stretch is not None  # both are in a cluster
    assert other.stretch is not None
    return record.stretch[0] < other.stretch[1] and other.stretch[0] < record.stretch[1]
