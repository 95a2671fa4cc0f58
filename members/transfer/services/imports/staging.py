"""Rows between the file and the tables."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg2.extras import execute_values

from members.models import ImportRow, ImportRun

COLUMNS = ("run_id", "position", "sheet", "number", "key", "original", "data", "status", "reason", "changes")


def stage(run: ImportRun, rows: Iterable[Any]) -> int:
    """Copy read rows (objects with sheet, number, key, original, data, reason) behind the run; gives their number."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_MINIMAL)
    count = 0
    for count, row in enumerate(rows, start=1):
        original, data = _json(row.original), _json(row.data)
        status = ImportRow.Status.ERROR.value if row.reason else ""
        writer.writerow(
            (
                run.pk,
                count,
                row.sheet,
                row.number,
                row.key[:200],
                original,
                data,
                status,
                row.reason,
                "{}",
            )
        )
    buffer.seek(0)
    with connection.cursor() as cursor:
        # FORCE_NOT_NULL: an empty text is an empty text, not a missing one.
        cursor.copy_expert(
            f"COPY members_importrow ({', '.join(COLUMNS)}) FROM STDIN"
            " WITH (FORMAT csv, FORCE_NOT_NULL (sheet, key, status, reason))",
            buffer,
        )
    return count


def _json(value: Any) -> str:
    """As jsonb takes it, which has no NUL character; looked for once in the whole text, for speed."""
    text = json.dumps(value, ensure_ascii=False)
    return json.dumps(_storable(value), ensure_ascii=False) if "\\u0000" in text else text


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable(item) for item in value]
    return value


def decide(run: ImportRun, decisions: Iterable[tuple[int, str, str, dict, int | None]]) -> None:
    """Write (row id, status, reason, changes, target id) for kinds that are compared in Python."""
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


def readable_rows(run: ImportRun) -> list[ImportRow]:
    """Rows that could be read, in the file's order; rows with a reading error have no data."""
    return list(run.rows.exclude(data={}).order_by("position"))


def count_statuses(run: ImportRun) -> dict[str, int]:
    """How many rows end how; every status is present."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status, count(*) FROM members_importrow WHERE run_id = %s GROUP BY 1", [run.pk]
        )
        counted = Counter(dict(cursor.fetchall()))
    return {status: counted[status] for status in ImportRow.Status.values}


def run_sql(sql: str, **params: Any) -> int:
    """Run one statement over a whole file; gives the number of rows it touched."""
    with _over_a_file(sql, params) as cursor:
        return cursor.rowcount


def hold(*people: str) -> str:
    """SQL that locks these people (each a question for ids) in the order of id, as every decision about several
    people does: two that wait for each other in different orders would be a deadlock."""
    return f"""
        SELECT count(*) FROM (
            SELECT id FROM members_member WHERE id IN ({" UNION ".join(people)}) ORDER BY id FOR NO KEY UPDATE
        ) held
    """


def tell_planner(*tables: str) -> None:
    """Count anew what a file has just filled, so that nothing that follows is planned for an empty table.

    Autovacuum does so too, a minute later, when a question for each record may already have gone through all the
    others (measured: sums after 17,000 records of hours, over an hour instead of a fifth of a second).
    """
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")


def fetch_sql(sql: str, **params: Any) -> list[tuple]:
    """Ask one question over a whole file."""
    with _over_a_file(sql, params) as cursor:
        return cursor.fetchall()


@contextmanager
def _over_a_file(sql: str, params: dict) -> Iterator[Any]:
    """Nested loops are switched off for it: rows that were just staged have no statistics inside a CTE, and the
    planner, expecting one row, would compare every row with every person (measured: 58 s instead of 0.3 s)."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(sql, params)
        yield cursor
        cursor.execute("SET LOCAL enable_nestloop = on")
