"""Sums of the ledger, one query each, by date of service: plain sums of what each record counts (requirements §3).

A purpose is "appraisal" (二(二)) or "admission" (二(一)); `activities.rules.counting` decides what counts for it.
"""

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import QuerySet

from activities.querysets import RecordQuerySet
from members.spell_querysets import build_covering_sql

PURPOSES = ("appraisal", "admission")
# Rows that count, from the index of sums alone; a sum by facts of the record joins the ledger.
CHOSEN = """
    SELECT c.member_id, c.{purpose} AS minutes{columns} FROM activities_countedrecord c
    JOIN scope ON scope.id = c.member_id {join}
    WHERE c.served_on BETWEEN %(first)s AND %(last)s AND c.{purpose} > 0
"""
LEDGER = "JOIN activities_servicerecord r ON r.id = c.record_id"
# The groups of a sum: the name of a group, and the join that leads to it. Names are joined last.
OF_MEMBERS = """
    SELECT member_id AS key, 1 AS people, count(*) AS records, sum(minutes) AS minutes FROM chosen GROUP BY 1
"""
GROUPS = {
    "member": ("m.name", "JOIN members_member m ON m.id = n.key"),
    "branch": ("b.name", "JOIN members_branch b ON b.id = n.key"),
    "college": ("c.name", "JOIN members_college c ON c.id = n.key"),
    "project": ("coalesce(p.name, '')", "LEFT JOIN activities_project p ON p.id = n.key"),
    "street": ("coalesce(s.district || ' ' || s.name, '')", "LEFT JOIN members_street s ON s.id = n.key"),
    "source": ("n.key", ""),
}
# Where people belong: today, or on a past day.
PLACES_TODAY = "members_member"
PLACES_THEN = (
    f"(SELECT s.member_id AS id, s.branch_id FROM members_spell s WHERE {build_covering_sql('%(day)s')})"
)
# The column of the ledger by which a sum is grouped.
RECORD_KEYS = {"project": "project_id", "street": "street_id", "source": "source"}


@dataclass(frozen=True)
class Total:
    """A sum in whole minutes.

    `key`: the id of the person, branch, college, project or street (None: without one), or the source.
    `sort_key`: for sorting by name; a person's is the pinyin.
    """

    key: int | str | None
    name: str
    people: int
    records: int
    minutes: int
    sort_key: str = ""


def sum_minutes_by_member(members, first: date, last: date, purpose: str) -> dict[int, int]:
    """Return {member id: minutes}; people without minutes are left out.

    `members`: a QuerySet of people, or a school for all its people.
    """
    return dict(
        _fetch_sums(members, first, last, purpose, "SELECT member_id, sum(minutes) FROM chosen GROUP BY 1")
    )


def sum_by_group(
    members, first: date, last: date, purpose: str, *, by: str, day: date | None = None
) -> list[Total]:
    """Return sums by member, branch, college, project, street or source, the largest first.

    `day`: the past day whose branches and colleges are meant; None: those of today.
    """
    name, joins = GROUPS[by]
    sort_key = "m.sort_key" if by == "member" else name
    return [
        Total(*row)
        for row in _fetch_sums(
            members,
            first,
            last,
            purpose,
            f"""SELECT n.key, {name}, n.people, n.records, n.minutes, {sort_key} FROM ({_build_group_sql(by, day)}) n {joins}
                ORDER BY n.minutes DESC, 2, 1""",
            RECORD_KEYS.get(by, ""),
            day,
        )
    ]


def sum_everything(members, first: date, last: date, purpose: str) -> Total:
    """Return the sum over all people together."""
    ((people, records, minutes),) = _fetch_sums(
        members,
        first,
        last,
        purpose,
        "SELECT count(DISTINCT member_id), count(*), coalesce(sum(minutes), 0) FROM chosen",
    )
    return Total(None, "", people, records, minutes)


def _build_group_sql(by: str, day: date | None) -> str:
    """Return the SQL of a sum.

    People of a branch or college are summed first, which needs only the index of the sums.
    """
    if by == "member":
        return OF_MEMBERS
    if by in ("branch", "college"):
        key = {"branch": "m.branch_id", "college": "b.college_id"}[by]
        return f"""SELECT {key} AS key, count(*) AS people, sum(o.records)::bigint AS records,
                sum(o.minutes)::bigint AS minutes
            FROM ({OF_MEMBERS}) o JOIN {PLACES_TODAY if day is None else PLACES_THEN} m ON m.id = o.key
            JOIN members_branch b ON b.id = m.branch_id GROUP BY 1"""
    return f"""SELECT {RECORD_KEYS[by]} AS key, count(DISTINCT member_id) AS people, count(*) AS records,
            sum(minutes) AS minutes FROM chosen GROUP BY 1"""


def _fetch_sums(
    members, first: date, last: date, purpose: str, select: str, column: str = "", day: date | None = None
) -> list[tuple]:
    """Run the sum; `column` is a column of the ledger that it needs, `day` the day of the places."""
    if purpose not in PURPOSES:
        raise ValueError(purpose)
    scope, named = compile_people_sql(members if isinstance(members, QuerySet) else members.members.all())
    columns, join = (f", r.{column}", LEDGER) if column else ("", "")
    chosen = CHOSEN.format(purpose=purpose, columns=columns, join=join)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH scope(id) AS MATERIALIZED ({scope}), chosen AS ({chosen}) {select}",
            named | {"first": first, "last": last, "day": day},
        )
        return cursor.fetchall()


def compile_people_sql(people: QuerySet) -> tuple[str, dict]:
    """Return SQL for the ids of these people, with named parameters."""
    # An empty set of people is queried too; its sum is zero.
    compiler = people.order_by().values("pk").query.get_compiler(connection=connection, elide_empty=False)
    scope, params = compiler.as_sql()
    named = {f"person_{place}": value for place, value in enumerate(params)}
    first_part, *parts = scope.split("%s")
    named_parts = (f"%({name})s{part}" for name, part in zip(named, parts, strict=True))
    return first_part + "".join(named_parts), named


def filter_counted_records(records: RecordQuerySet, purpose: str) -> RecordQuerySet:
    """Keep the records that the sums count, to show the records of a sum."""
    return records.filter(**{f"counted__{purpose}__gt": 0})
