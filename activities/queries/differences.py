"""Differences between the ledgers about the same people (requirements §3)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db import connection
from django.db.models import QuerySet

from activities.models import ServiceRecord
from activities.queries.totals import compile_people_sql

# Confirmed records of these people and dates, each with its ledger and the group of its link.
LINES = """
live AS (
    SELECT r.id, r.member_id, r.served_on, r.minutes, r.starts_at, r.ends_at, l.service,
        CASE WHEN r.source IN ('league', 'volunteer_beijing') THEN r.source ELSE 'portal' END AS ledger
    FROM activities_servicerecord r JOIN scope ON scope.id = r.member_id
    LEFT JOIN activities_recordlink l ON l.record_id = r.id
    WHERE r.state = 'confirmed' AND r.served_on BETWEEN %(first)s AND %(last)s
), lines AS (
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
    -- nobody is at two places: without numbers, a service moved by the city leaves its old record behind
    SELECT 'twice', ARRAY[a.id, b.id], a.member_id, a.served_on
    FROM live a JOIN live b ON b.member_id = a.member_id AND b.served_on = a.served_on AND b.id > a.id
        AND b.ledger = a.ledger AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
    WHERE a.ledger <> 'portal'
    UNION ALL
    -- same day, same time if known, not linked, and nobody has separated them by hand
    SELECT 'maybe', ARRAY[a.id, b.id], a.member_id, a.served_on
    FROM live a JOIN live b ON b.member_id = a.member_id AND b.served_on = a.served_on AND b.id > a.id
        AND b.ledger <> a.ledger AND (a.service IS NULL OR b.service IS DISTINCT FROM a.service)
    WHERE coalesce(a.service, 0) >= 0 AND coalesce(b.service, 0) >= 0
        AND (a.starts_at IS NULL OR b.starts_at IS NULL OR a.starts_at < b.ends_at AND b.starts_at < a.ends_at)
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
KINDS = ("maybe", "twice", "minutes", "only_league", "only_volunteer_beijing", "only_portal")


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
            self.people, self.first, self.last, select, kind=self.kind, start=start, limit=limit
        )
        return [records for (records,) in found]


def find_differences(people: QuerySet, first: date, last: date, kind: str = "") -> Differences:
    """Return the lines of one kind of KINDS, with the number of lines of each kind.

    Without a kind, the first kind that has any lines. `people`: a QuerySet of members in scope.
    """
    found = dict(_fetch_differences(people, first, last, "SELECT kind, count(*) FROM lines GROUP BY 1"))
    kind = kind or next(filter(found.get, KINDS), KINDS[0])
    return Differences(people, first, last, kind, {name: found.get(name, 0) for name in KINDS})


def read_records(lines: Sequence[list[int]]) -> list[list[ServiceRecord]]:
    """Read the records of all lines in one query; return a list for each line."""
    wanted = ServiceRecord.objects.select_related("member__branch__college")
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
