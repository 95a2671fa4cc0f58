"""Stage the rows of a file in a table, and run SQL over them."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.db import connection
from psycopg2.extras import execute_values

from members.models import ImportRow, ImportRun
from members.sheets.xml_text import strip_deep, strip_forbidden

COLUMNS = (
    "run_id", "position", "sheet", "number", "key", "original", "data", "status", "reason", "changes", "doubts",
)  # fmt: skip
# Rows copied at a time: the text of a whole file of 100,000 rows would take 200 MB.
AT_ONCE = 5000
ENCODER = json.JSONEncoder(ensure_ascii=False)  # json.dumps makes a new one for each call

# Numbers are compared without case; width is gone since they were read. Two people may share a number but for its
# case, if they did before that was refused: theirs are the keys of TWINS, and only the exact spelling finds them.
TWINS = """
    SELECT upper(student_no) AS key FROM members_member WHERE school_id = %(school)s AND number_twin > 0
    UNION SELECT upper(n.number) FROM members_studentnumber n WHERE n.school_id = %(school)s AND n.twin > 0
        AND EXISTS (SELECT FROM members_studentnumber o WHERE o.school_id = %(school)s
            AND upper(o.number) = upper(n.number) AND o.member_id <> n.member_id)
"""
# Everybody's numbers: the present ones, and former ones that nobody has now.
NUMBERS = f"""
    SELECT upper(m.student_no) AS key, m.id AS member_id, false AS former,
        CASE WHEN upper(m.student_no) IN ({TWINS}) THEN m.student_no END AS exact
    FROM members_member m WHERE m.school_id = %(school)s
    UNION ALL
    SELECT DISTINCT upper(n.number), n.member_id, true, CASE WHEN upper(n.number) IN ({TWINS}) THEN n.number END
    FROM members_studentnumber n
    WHERE n.school_id = %(school)s AND n.ends_on IS NOT NULL AND NOT EXISTS (
        SELECT FROM members_member o WHERE o.school_id = %(school)s AND upper(o.student_no) = upper(n.number))
"""


def build_number_match(numbers: str, number: str) -> str:
    """Return the SQL condition by which a row of NUMBERS (its alias) has the number of an SQL expression."""
    return f"{numbers}.key = upper({number}) AND ({numbers}.exact IS NULL OR {numbers}.exact = {number})"


def stage_rows(run: ImportRun, rows: Iterable[Any]) -> int:
    """Copy rows (objects with sheet, number, key, original, data, reason, doubts) to the run; return their number.

    Sets `run.digest`, by which the same content is known again, in whichever format; the caller saves the run.
    """
    digest = hashlib.sha256()
    count = 0
    left = iter(rows)
    while part := list(islice(left, AT_ONCE)):
        buffer = io.StringIO()
        write = csv.writer(buffer, quoting=csv.QUOTE_MINIMAL).writerow
        for row in part:
            count += 1
            original, data = _to_json_text(row.original), _to_json_text(row.data)
            digest.update(data.encode())
            status = ImportRow.Status.ERROR.value if row.reason else ""
            write(
                (
                    run.pk,
                    count,
                    strip_forbidden(row.sheet),
                    row.number,
                    strip_forbidden(row.key).upper()[:200],  # numbers are compared without case
                    original,
                    data,
                    status,
                    strip_forbidden(row.reason),
                    "{}",
                    _to_json_text(row.doubts) if row.doubts else "{}",
                )
            )
        _copy_rows(buffer)
    run.digest = digest.hexdigest()
    return count


def _copy_rows(buffer: io.StringIO) -> None:
    """Copy the rows, written as csv in the order of COLUMNS, to the table."""
    buffer.seek(0)
    with connection.cursor() as cursor:
        # FORCE_NOT_NULL keeps an empty text an empty text, not NULL.
        cursor.copy_expert(
            f"COPY members_importrow ({', '.join(COLUMNS)}) FROM STDIN"
            " WITH (FORMAT csv, FORCE_NOT_NULL (sheet, key, status, reason))",
            buffer,
        )


def _to_json_text(value: Any) -> str:
    """Return JSON without characters that no file can carry; jsonb itself refuses some of them.

    For speed one search in the whole text looks for them.
    """
    text = ENCODER.encode(value)
    return ENCODER.encode(strip_deep(value)) if "\\u00" in text or strip_forbidden(text) != text else text


def write_decisions(run: ImportRun, decisions: Iterable[tuple[int, str, str, dict, int | None]]) -> None:
    """Save (row id, status, reason, changes, target id) for kinds that are compared in Python."""
    values = [
        (pk, str(status), reason, json.dumps(changes, ensure_ascii=False), target)
        for pk, status, reason, changes, target in decisions
    ]
    if not values:
        return
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            """UPDATE members_importrow r
               SET status = v.status, reason = v.reason, changes = v.changes::jsonb, target = v.target::bigint
               FROM (VALUES %s) AS v (id, status, reason, changes, target) WHERE r.id = v.id""",
            values,
            page_size=1000,
        )


def list_read_rows(run: ImportRun) -> list[ImportRow]:
    """Return the rows that could be read, in the file's order; rows with a reading error have no data."""
    return list(run.rows.exclude(data={}).order_by("position"))


def count_statuses(run: ImportRun) -> dict[str, int]:
    """Return the number of rows of each status; every status is present."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status, count(*) FROM members_importrow WHERE run_id = %s GROUP BY 1", [run.pk]
        )
        counted = Counter(dict(cursor.fetchall()))
    return {status: counted[status] for status in ImportRow.Status.values}


def run_sql(sql: str, **params: Any) -> int:
    """Run one statement over a whole file; return the number of rows that it changed."""
    with _open_file_cursor(sql, params) as cursor:
        return cursor.rowcount


def build_lock_sql(*people: str) -> str:
    """Return SQL that locks people in the order of id; each argument is a query for their ids.

    Everything that locks several people uses this order: two transactions with different orders would
    deadlock.
    """
    return f"""
        SELECT count(*) FROM (
            SELECT id FROM members_member WHERE id IN ({" UNION ".join(people)}) ORDER BY id FOR NO KEY UPDATE
        ) held
    """


def forget_plans() -> None:
    """Let triggers plan anew. A connection keeps the plan that a trigger made while its tables were nearly empty, and a
    large import would then read a whole table for each row."""
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")


def analyse_tables(*tables: str) -> None:
    """Run ANALYZE on tables that an import has just filled.

    Otherwise the next queries would be planned for empty tables. Autovacuum does it a minute later. Until
    then a query for each record may read all the others (measured: sums after 17,000 records of hours took
    over an hour instead of a fifth of a second).
    """
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")


def fetch_sql(sql: str, **params: Any) -> list[tuple]:
    """Run one query over a whole file and return all its rows."""
    with _open_file_cursor(sql, params) as cursor:
        return cursor.fetchall()


@contextmanager
def _open_file_cursor(sql: str, params: dict) -> Iterator[Any]:
    """Execute SQL with nested loops switched off, and yield the cursor.

    Inside a CTE the planner has no statistics of rows that were just staged. It expects one row and would
    compare every row with every person (measured: 58 s instead of 0.3 s).
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(sql, params)
        yield cursor
        cursor.execute("SET LOCAL enable_nestloop = on")
