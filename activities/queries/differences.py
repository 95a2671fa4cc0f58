"""Differences between the ledgers about the same people (requirements §3)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Max, Min, QuerySet

from activities.models import ServiceRecord
from activities.queries.totals import compile_people_sql
from members.models import Member

# A group may lie on both sides of midnight.
AROUND = timedelta(days=2)

# Confirmed records of these people and dates, each with its ledger and the group of its link.
LINES = """
live AS (
    SELECT r.id, r.member_id, r.served_on, r.minutes, r.starts_at, r.ends_at, l.service,
        CASE WHEN r.source IN ('league', 'volunteer_beijing') THEN r.source ELSE 'portal' END AS ledger
    FROM activities_servicerecord r JOIN scope ON scope.id = r.member_id
    LEFT JOIN activities_recordlink l ON l.record_id = r.id
    WHERE r.state = 'confirmed' AND r.served_on BETWEEN %(first)s AND %(last)s
), found AS (
    SELECT 'only_' || a.ledger AS kind, ARRAY[a.id] AS records, a.member_id, a.served_on FROM live a
    WHERE NOT EXISTS (
        SELECT FROM activities_recordlink l
        JOIN activities_servicerecord o ON o.id = l.record_id AND o.state = 'confirmed'
        WHERE l.service = a.service AND l.member_id = a.member_id AND l.record_id <> a.id
    )
    UNION ALL
    -- the whole group, including records outside the dates
    SELECT 'minutes', array_agg(r.id ORDER BY r.id), r.member_id, min(r.served_on)
    FROM (SELECT DISTINCT member_id, service FROM live WHERE service > 0) g
    JOIN activities_recordlink l ON l.service = g.service AND l.member_id = g.member_id
    JOIN activities_servicerecord r ON r.id = l.record_id AND r.state = 'confirmed'
    GROUP BY r.member_id, g.service HAVING count(DISTINCT r.minutes) > 1
    UNION ALL
    -- the rule counts less than the record says: the record, and the one that counts instead
    SELECT c.kind, CASE WHEN c.other IS NULL THEN ARRAY[c.id] ELSE ARRAY[c.id, c.other] END, c.member_id, c.served_on
    FROM (
        SELECT record_id AS id, member_id, served_on,
            CASE WHEN appraisal_reason IN ('overlap', 'day_full', 'span') THEN appraisal_reason
                ELSE admission_reason END AS kind,
            CASE WHEN appraisal_reason IN ('overlap', 'day_full', 'span') THEN appraisal_yields_to_id
                ELSE admission_yields_to_id END AS other
        FROM activities_countedrecord JOIN scope ON scope.id = member_id
        WHERE served_on BETWEEN %(first)s AND %(last)s AND (appraisal_reason IN ('overlap', 'day_full', 'span')
            OR admission_reason IN ('overlap', 'day_full', 'span'))
    ) c
    UNION ALL
    -- linked by day and duration alone: the whole group
    SELECT 'doubtful', array_agg(l.record_id ORDER BY l.record_id), g.member_id, min(g.served_on)
    FROM (SELECT member_id, service, min(served_on) AS served_on FROM live
        WHERE service > 0 GROUP BY member_id, service) g
    JOIN activities_recordlink l ON l.service = g.service AND l.member_id = g.member_id
    GROUP BY g.member_id, g.service HAVING bool_or(l.doubtful)
    UNION ALL
    SELECT 'missing', ARRAY[m.record_id], a.member_id, a.served_on
    FROM activities_missingrecord m JOIN live a ON a.id = m.record_id WHERE m.outcome = ''
    UNION ALL
    -- same day, same time if known, not linked, and nobody has separated them by hand
    SELECT 'maybe', ARRAY[a.id, b.id], a.member_id, a.served_on
    FROM live a JOIN live b ON b.member_id = a.member_id AND b.served_on = a.served_on AND b.id > a.id
        AND b.ledger <> a.ledger AND (a.service IS NULL OR b.service IS DISTINCT FROM a.service)
    WHERE coalesce(a.service, 0) >= 0 AND coalesce(b.service, 0) >= 0
        AND (a.starts_at IS NULL OR b.starts_at IS NULL OR a.starts_at < b.ends_at AND b.starts_at < a.ends_at)
), lines AS (
    SELECT f.* FROM found f WHERE EXISTS (
        SELECT FROM activities_settledcase s
        WHERE s.kind = f.kind AND s.record_id = f.records[1] AND s.other_id IS NOT DISTINCT FROM f.records[2]
    ) = %(settled)s
    UNION ALL
    -- settled otherwise: the record counts as one without times, or is kept though a file lacks it
    SELECT 'overlap', ARRAY[a.id], a.member_id, a.served_on
    FROM activities_overlapdecision d JOIN live a ON a.id = d.record_id WHERE %(settled)s
    UNION ALL
    SELECT 'missing', ARRAY[a.id], a.member_id, a.served_on
    FROM activities_missingrecord m JOIN live a ON a.id = m.record_id WHERE m.outcome = 'kept' AND %(settled)s
)
"""
# Orders of the lines; a column that is not of the line itself needs a join with its person.
COLUMNS = {
    "served_on": "l.served_on",
    "member": "l.member_id",
    "records": "l.records",
    "name": "m.sort_key",
    "branch": "b.name",
    "college": "c.name",
}
PERSON = """JOIN members_member m ON m.id = l.member_id JOIN members_branch b ON b.id = m.branch_id
    JOIN members_college c ON c.id = b.college_id"""
KINDS = (
    "doubtful", "maybe", "overlap", "missing", "minutes", "day_full", "span",
    "only_league", "only_volunteer_beijing", "only_portal",
)  # fmt: skip


@dataclass(frozen=True)
class Differences:
    """The lines of one kind for a paginator: each is a list of record ids of one person.

    They are read from the database when they are sliced.
    """

    people: QuerySet
    first: date
    last: date
    kind: str
    counts: dict[str, int]
    settled: bool = False
    order: tuple[str, ...] = ("-served_on", "member", "records")

    ordered = True

    def order_by(self, *names: str) -> "Differences":
        """Sort by names of COLUMNS; "-" before a name reverses it."""
        return replace(self, order=names)

    def __len__(self) -> int:
        return self.counts[self.kind]

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self[:])

    def __getitem__(self, part: slice) -> list[list[int]]:
        order = [
            f"{COLUMNS[name.removeprefix('-')]} {'DESC' if name.startswith('-') else 'ASC'}"
            for name in self.order
        ]
        person = PERSON if any(not part.startswith("l.") for part in order) else ""
        select = f"""SELECT l.records FROM lines l {person} WHERE l.kind = %(kind)s
            ORDER BY {", ".join(order)} OFFSET %(start)s LIMIT %(limit)s"""
        start = part.start or 0
        limit = None if part.stop is None else part.stop - start
        found = _fetch_differences(
            self.people, self.first, self.last, select,
            kind=self.kind, start=start, limit=limit, settled=self.settled,
        )  # fmt: skip
        return [records for (records,) in found]


def find_differences(
    people: QuerySet, first: date, last: date, kind: str = "", *, settled: bool = False
) -> Differences:
    """Return the lines of one kind of KINDS, with the number of lines of each kind.

    Without a kind, the first kind that has any lines. `people`: a QuerySet of members in scope. `settled`:
    the lines that somebody has settled and that can be opened again, instead of the open ones.
    """
    select = "SELECT kind, count(*) FROM lines GROUP BY 1"
    found = dict(_fetch_differences(people, first, last, select, settled=settled))
    kind = kind or next(filter(found.get, KINDS), KINDS[0])
    counts = {name: found.get(name, 0) for name in KINDS}
    return Differences(people, first, last, kind, counts, settled)


def find_lines_of(
    records: Sequence[Sequence[int]], kind: str, *, settled: bool = False
) -> set[tuple[int, ...]]:
    """Return those of the given lines (record ids each) that are open (or settled) lines of the kind now."""
    days = ServiceRecord.objects.filter(pk__in=[pk for line in records for pk in line])
    span = days.aggregate(
        first=Min("served_on"), last=Max("served_on"), people=ArrayAgg("member", distinct=True)
    )
    if not span["people"]:
        return set()
    people = Member.objects.filter(pk__in=span["people"])
    first, last = span["first"] - AROUND, span["last"] + AROUND
    rows = _fetch_differences(
        people, first, last, "SELECT records FROM lines WHERE kind = %(kind)s", kind=kind, settled=settled
    )
    return {tuple(found) for (found,) in rows} & {tuple(line) for line in records}


def read_records(lines: Sequence[list[int]]) -> list[list[ServiceRecord]]:
    """Read the records of all lines in one query; return a list for each line."""
    wanted = ServiceRecord.objects.select_related(
        "member__branch__college", "counted", "missing", "overlap_decision"
    )
    by_pk = wanted.in_bulk([pk for line in lines for pk in line])
    return [[by_pk[pk] for pk in line] for line in lines]


def _fetch_differences(people: QuerySet, first: date, last: date, select: str, **params) -> list[tuple]:
    scope, named = compile_people_sql(people)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH scope(id) AS MATERIALIZED ({scope}), {LINES} {select}",
            named | params | {"first": first, "last": last},
        )
        return cursor.fetchall()
