"""Writing of what counts: `CountedRecord` follows records, links and the years' rules (requirements §3).

Most people's records neither overlap nor fill a day; their rows are made in SQL. The rule of
`activities.rules.counting` counts all records of everybody else. Both give the same rows (a test compares them).
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from activities.models import ChangedTotal, ServiceRecord
from activities.queries.counting import (
    COLUMNS,
    LIVE,
    Stale,
    compare_people,
    count_people,
    get_default_rules,
)
from members.models import Member, School, ServiceYear
from members.queries.receivers import build_school_office
from members.services.notify import notify

CHUNK = 5000
FEW = 500
# The order of the records of a service, as in the rule; texts by code point, as Python compares them.
ORDER = 'CASE WHEN longest THEN -minutes ELSE 0 END, {rank}, title COLLATE "C", minutes, outside_no COLLATE "C", id'
CHOSEN = """
    SELECT DISTINCT ON (member_id, service) member_id, service, id FROM live
    WHERE service IS NOT NULL AND {state} AND {rank} IS NOT NULL ORDER BY member_id, service, {order}
"""
REASON = """CASE WHEN waits THEN 'pending' WHEN {rank} IS NULL THEN 'source' WHEN NOT {chosen} THEN 'same_service'
            WHEN own < minutes THEN 'span' ELSE '' END AS {name}_reason,
        nullif({head}, id) AS {name}_yields_to_id
"""
JUDGED = f"""
WITH people AS (SELECT unnest(%(people)s::bigint[]) AS id), live AS MATERIALIZED (
    SELECT r.id, r.member_id, r.served_on, r.minutes, r.title, r.outside_no, r.state = 'pending' AS waits,
        CASE WHEN d.record_id IS NULL THEN r.starts_at END AS start,
        CASE WHEN d.record_id IS NULL
            THEN coalesce(r.ends_at, r.starts_at + r.minutes * interval '1 minute') END AS stop,
        array_position(coalesce(y.appraisal_sources, %(appraisal)s::varchar[]), r.source) AS first_rank,
        array_position(coalesce(y.admission_sources, %(admission)s::varchar[]), r.source) AS second_rank,
        coalesce(y.longest_counts, false) AS longest, CASE WHEN l.service > 0 THEN l.service END AS service
    FROM people p JOIN activities_servicerecord r ON r.member_id = p.id AND r.state IN ('pending', 'confirmed')
    LEFT JOIN members_serviceyear y ON y.school_id = r.school_id AND y.year = extract(year FROM r.served_on)
    LEFT JOIN activities_overlapdecision d ON d.record_id = r.id
    LEFT JOIN activities_recordlink l ON l.record_id = r.id AND l.member_id = r.member_id
),
firsts AS ({CHOSEN.format(state="NOT waits", rank="first_rank", order=ORDER.format(rank="first_rank"))}),
seconds AS ({CHOSEN.format(state="NOT waits", rank="second_rank", order=ORDER.format(rank="second_rank"))}),
hopes AS ({CHOSEN.format(state="waits", rank="first_rank", order=ORDER.format(rank="first_rank"))}),
judged AS MATERIALIZED (
    SELECT v.*, least(v.minutes, floor(extract(epoch FROM v.stop - v.start) / 60)::int) AS own,
        coalesce(f.id, CASE WHEN v.waits THEN h.id END) AS first_head, s.id AS second_head,
        v.first_rank IS NOT NULL AND CASE WHEN v.service IS NULL THEN true
            WHEN v.waits THEN f.id IS NULL AND h.id = v.id ELSE f.id = v.id END AS first,
        v.second_rank IS NOT NULL AND NOT v.waits AND coalesce(s.id, v.id) = v.id AS second
    FROM live v
    LEFT JOIN firsts f ON f.member_id = v.member_id AND f.service = v.service
    LEFT JOIN seconds s ON s.member_id = v.member_id AND s.service = v.service
    LEFT JOIN hopes h ON h.member_id = v.member_id AND h.service = v.service
),
unclear AS MATERIALIZED (
    SELECT member_id FROM (
        SELECT member_id, first AND start < max(stop) FILTER (WHERE first) OVER earlier
            OR second AND start < max(stop) FILTER (WHERE second) OVER earlier AS clashes
        FROM judged WHERE start IS NOT NULL AND (first OR second)
        WINDOW earlier AS (PARTITION BY member_id ORDER BY start, stop, id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ) o WHERE clashes
    UNION SELECT member_id FROM judged GROUP BY member_id, served_on
        HAVING sum(minutes) FILTER (WHERE first) > 1440 OR sum(minutes) FILTER (WHERE second) > 1440
    UNION SELECT member_id FROM live WHERE service IS NOT NULL GROUP BY member_id, service
        HAVING min(extract(year FROM served_on)) <> max(extract(year FROM served_on))
),
fresh AS (
    SELECT j.id AS record_id, j.member_id, j.served_on,
        CASE WHEN first AND NOT waits THEN own ELSE 0 END AS appraisal,
        CASE WHEN second THEN own ELSE 0 END AS admission,
        CASE WHEN first AND waits THEN own ELSE 0 END AS waiting,
        {REASON.format(name="appraisal", rank="first_rank", chosen="first", head="first_head")},
        {REASON.format(name="admission", rank="second_rank", chosen="second", head="second_head")}
    FROM judged j WHERE NOT EXISTS (SELECT FROM unclear u WHERE u.member_id = j.member_id)
)
"""
ROW = ("member_id", "served_on", *COLUMNS)
# Only rows that differ are written.
SAVE = f"""
    INSERT INTO activities_countedrecord (record_id, {", ".join(ROW)})
    SELECT n.record_id, {", ".join(f"n.{name}" for name in ROW)}
    FROM fresh n LEFT JOIN activities_countedrecord c ON c.record_id = n.record_id
    WHERE c.record_id IS NULL
        OR ({", ".join(f"c.{name}" for name in ROW)}) IS DISTINCT FROM ({", ".join(f"n.{name}" for name in ROW)})
    ON CONFLICT (record_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in ROW)}
    RETURNING 1
"""
COUNT_CLEAR = f"""
{JUDGED}, written AS ({SAVE})
SELECT (SELECT count(*) FROM written), ARRAY(SELECT member_id FROM unclear ORDER BY 1)
"""
TYPES = ("bigint", "bigint", "date", *("integer",) * 3, *("varchar",) * 2, *("bigint",) * 2)
SAVE_LINES = f"""
WITH fresh AS (
    SELECT * FROM unnest({", ".join(f"%s::{name}[]" for name in TYPES)}) AS v (record_id, {", ".join(ROW)})
), written AS ({SAVE})
SELECT count(*) FROM written
"""
DROP_STALE = """
DELETE FROM activities_countedrecord c WHERE c.member_id = ANY(%s) AND NOT EXISTS (
    SELECT FROM activities_servicerecord r
    WHERE r.id = c.record_id AND r.member_id = c.member_id AND r.state IN ('pending', 'confirmed')
)
"""


# Functions of upper apps that are called with the people whose counts have changed, in the same transaction.
CountFollower = Callable[[Collection[int]], None]
FOLLOWERS: list[CountFollower] = []


def register_count_follower(follow: CountFollower) -> None:
    """Call `follow` whenever what counts has changed for people; AppConfig.ready of an upper app calls this."""
    if follow not in FOLLOWERS:
        FOLLOWERS.append(follow)


@transaction.atomic
def count_members(member_ids: Collection[int]) -> int:
    """Bring the counted rows of these people up to date; return how many rows were written or deleted.

    The caller has locked the people. A second run changes nothing.
    """
    ids, default = sorted(set(member_ids)), get_default_rules()
    if not ids:
        return 0
    sources = {"appraisal": list(default.appraisal), "admission": list(default.admission)}
    with connection.cursor() as cursor:
        cursor.execute(DROP_STALE, [ids])
        changed = cursor.rowcount
        with plan_for(ids):
            cursor.execute(COUNT_CLEAR, {"people": ids, **sources})
        written, unclear = cursor.fetchone()
        changed += written
        for part in _split(unclear):
            cursor.execute(SAVE_LINES, _transpose(line.cells for line in count_people(part)))
            changed += cursor.fetchone()[0]
    for follow in FOLLOWERS if changed else ():
        follow(ids)
    return changed


@contextmanager
def plan_for(ids: Collection[int]) -> Iterator[None]:
    """Switch nested loops off for statements about many people.

    After an import the planner has no statistics of the new rows: it would compare each row with all others. For a
    few people nested loops over the indexes are right.
    """
    if len(ids) <= FEW:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")


def _split(ids: list[int]) -> Iterator[list[int]]:
    """Yield the ids in lists of at most CHUNK."""
    return (ids[place : place + CHUNK] for place in range(0, len(ids), CHUNK))


def _transpose(rows: Iterable[tuple]) -> list[list]:
    """Return the columns of the rows, each as a list."""
    return [list(column) for column in zip(*rows, strict=True)]


def recount_school(school: School) -> int:
    """Lock all people of the school and count them anew; return how many rows changed."""
    return _recount(Member.objects.filter(school=school))


@transaction.atomic
def _recount(people: QuerySet[Member]) -> int:
    locked = people.select_for_update(no_key=True, of=("self",)).order_by("pk")
    return count_members(list(locked.values_list("pk", flat=True)))


# The rules of a year on which counts depend.
RULES = frozenset({"appraisal_sources", "admission_sources", "longest_counts"})


def follow_year(year: ServiceYear, changed: frozenset[str]) -> None:
    """Count the people who served in a year anew if the change of its rules touches what counts."""
    if RULES & changed:
        served = ServiceRecord.objects.filter(member=OuterRef("pk"), served_on__year=year.year)
        _recount(Member.objects.filter(Exists(served), school=year.school_id))


@dataclass(frozen=True)
class Check:
    """What a recount of a school compared: the number of its records, and the rows that differ from the rule."""

    records: int
    stale: list[Stale]


def check_school(school: School, *, repair: bool = False) -> Check:
    """Count every record of the school by the rule and compare; `repair` writes the answer of the rule.

    A difference is looked at again under the locks of its people, since a service may just have written.
    """
    people = list(Member.objects.filter(school=school).order_by("pk").values_list("pk", flat=True))
    records, found = 0, []
    for part in _split(people):
        records += ServiceRecord.objects.filter(member__in=part, state__in=LIVE).count()
        if doubtful := sorted({row.member_id for row in compare_people(part)}):
            found += _check_under_lock(doubtful, repair=repair)
    return Check(records, found)


@transaction.atomic
def _check_under_lock(member_ids: list[int], *, repair: bool) -> list[Stale]:
    list(
        Member.objects.select_for_update(no_key=True)
        .filter(pk__in=member_ids)
        .order_by("pk")
        .values_list("pk")
    )
    stale = compare_people(member_ids)
    if repair:
        count_members(member_ids)
    return stale


def report_differences(*, day: date) -> int:
    """Check every school, and tell the admins of each that differs, once a day; return the number of differences."""
    number = 0
    for school in School.objects.order_by("pk"):
        if stale := check_school(school).stale:
            number += len(stale)
            notify(
                build_school_office(school.pk),
                "counts_differ",
                reverse("totals"),
                key=f"counts:{day}",
                number=len(stale),
            )
        if ChangedTotal.objects.filter(member__school=school).exists():
            notify(
                build_school_office(school.pk),
                "totals_changed",
                reverse("totals_changed"),
                key="totals-changed",
            )
    return number
