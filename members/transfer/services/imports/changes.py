"""What an import has changed, read from the history of its context, and how its rows become as they were.

Triggers write an event for each row that an import adds, changes or deletes, by whatever statement. The event before
the import's first one of a row is what the row was; a row whose first event is its insertion was not there.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models

from members.models import Branch, College, ImportRun, Member, Spell, Street
from members.transfer.services.imports.staging import run_sql

# The tables that several functions lock come first, in the order of all locks (docs/architecture.md); apps above
# register theirs between them. Everything else follows by name.
ORDER: dict[type[models.Model], int] = {College: 10, Branch: 15, Street: 20, Member: 50}
OTHERS = 90
# Tables that are not written back: an app above makes them anew from what they follow from.
DERIVED: set[type[models.Model]] = {Spell}
# Tables whose rows can never be deleted; the app that has them takes back its own rows. The column names the person of
# a row, who is locked before it.
KEPT: dict[type[models.Model], str] = {}

MAKE = """
DROP TABLE IF EXISTS undo_rows;
CREATE TEMP TABLE undo_rows (label text, id bigint, first bigint, last bigint, made boolean, gone boolean) ON COMMIT DROP
"""
FIND = """
INSERT INTO undo_rows
SELECT %(label)s, pgh_obj_id, min(pgh_id), max(pgh_id),
    coalesce(min(pgh_id) = min(pgh_id) FILTER (WHERE pgh_label = 'insert'), false),
    coalesce(max(pgh_id) = max(pgh_id) FILTER (WHERE pgh_label = 'delete'), false)
FROM {events} WHERE pgh_context_id = %(context)s GROUP BY pgh_obj_id
"""
# The rows of one table, each with its event before the import.
BEFORE = """
    SELECT u.id AS row_id, b.* FROM undo_rows u
    CROSS JOIN LATERAL (SELECT * FROM {events} e WHERE e.pgh_obj_id = u.id AND e.pgh_id < u.first
        ORDER BY e.pgh_id DESC LIMIT 1) b
    WHERE u.label = %(label)s AND NOT u.made AND {which}
"""
LOCK = """
SELECT count(*) FROM (SELECT {pk} FROM {table} WHERE {pk} IN (
    SELECT id FROM undo_rows WHERE label = %(label)s) ORDER BY {pk} FOR UPDATE) held
"""
LOCK_PEOPLE = """
SELECT count(*) FROM (SELECT id FROM members_member WHERE id IN (
    SELECT {person} FROM {table} WHERE {pk} IN (SELECT id FROM undo_rows WHERE label = %(label)s)
    UNION SELECT id FROM undo_rows WHERE label = 'members.member') ORDER BY id FOR UPDATE) held
"""
DELETE = "DELETE FROM {table} WHERE {pk} IN (SELECT id FROM undo_rows WHERE label = %(label)s AND made AND NOT gone)"
UPDATE = """
UPDATE {table} t SET {columns} FROM ({before}) b WHERE t.{pk} = b.row_id AND ({own}) IS DISTINCT FROM ({former})
"""
INSERT = "INSERT INTO {table} ({names}) SELECT {names} FROM ({before}) b"
# The gate of 二(一) refuses a step to 团员 of somebody on the way without registration. Here nobody steps: a wrong file
# had put a member there. A person who is 群众 in between passes the gate as everybody does who is not on the way.
LEAVE_THE_WAY = """
UPDATE members_member t SET stage = 'student' FROM ({before}) b
WHERE t.id = b.row_id AND t.stage IN ('applicant', 'activist', 'candidate') AND b.stage IN ('candidate', 'member')
    AND t.stage <> b.stage AND b.registration_source = ''
"""


@dataclass(frozen=True)
class Table:
    """A table that the import has changed, with how many rows it added, changed and deleted."""

    model: type[models.Model]
    made: int
    changed: int
    gone: int

    @property
    def label(self) -> str:
        return self.model._meta.label_lower


def register_kept_table(model: type[models.Model], *, person: str) -> None:
    """Leave the rows of a table, which can never be deleted, to the functions that its app registers.

    `person` is the column with the person of a row.
    """
    KEPT[model] = person


def register_derived_table(model: type[models.Model]) -> None:
    """Do not write back a table that its app makes anew from the tables from which it follows."""
    DERIVED.add(model)


def register_lock_order(model: type[models.Model], place: int) -> None:
    """Lock the rows of a table at this place: colleges 10, branches 15, streets 20, people 50, others 90."""
    ORDER[model] = place


def find_changes(run: ImportRun) -> list[Table]:
    """Make the temporary table `undo_rows` of all rows that the run wrote; return the tables in the order of locks.

    The table lives until the end of the transaction.
    """
    found: list[Table] = []
    with connection.cursor() as cursor:
        cursor.execute(MAKE)
        for model in sort_models(list_tracked_models()):
            params = {"label": model._meta.label_lower, "context": run.history}
            cursor.execute(build_sql(model, FIND), params)
        cursor.execute("CREATE INDEX ON undo_rows (label, id)")
        cursor.execute("ANALYZE undo_rows")
        cursor.execute(
            """SELECT label, count(*) FILTER (WHERE made AND NOT gone), count(*) FILTER (WHERE NOT made AND NOT gone),
                count(*) FILTER (WHERE gone AND NOT made) FROM undo_rows GROUP BY label"""
        )
        counts = {label: figures for label, *figures in cursor.fetchall()}
    for model in sort_models(list_tracked_models()):
        if figures := counts.get(model._meta.label_lower):
            found.append(Table(model, *figures))
    return found


def list_tracked_models() -> list[type[models.Model]]:
    """Return the models with a history, except proxies and derived tables."""
    return [
        model
        for model in apps.get_models()
        if hasattr(model, "pgh_event_model") and not model._meta.proxy and model not in DERIVED
    ]


def sort_models(found: Iterable[type[models.Model]]) -> list[type[models.Model]]:
    """Return models in the order in which their rows are locked."""
    return sorted(found, key=lambda model: (ORDER.get(model, OTHERS), model._meta.label_lower))


def lock_rows(tables: Collection[Table]) -> None:
    """Lock the rows that the run wrote, so that nobody builds on them between the check and the writing.

    FOR UPDATE: a new row that refers to one of them waits too.
    """
    for table in tables:
        if ORDER.get(table.model, OTHERS) < ORDER[Member]:
            run_for(table.model, LOCK)
    for model in {table.model for table in tables} & KEPT.keys():
        run_for(model, LOCK_PEOPLE.format(person=KEPT[model], table="{table}", pk="{pk}"))
    for table in tables:
        if ORDER.get(table.model, OTHERS) >= ORDER[Member]:
            run_for(table.model, LOCK)


def restore_rows(tables: list[Table]) -> None:
    """Delete the rows that the run added, and write those back that it changed or deleted.

    References are checked at the end of the transaction.
    """
    plain = [table for table in tables if table.model not in KEPT]
    for table in reversed(plain):
        if table.made:
            run_for(table.model, DELETE)
    for table in plain:
        if table.changed:
            _restore_changed(table.model)
        if table.gone:
            run_for(table.model, INSERT, which="u.gone")


def list_incomplete(tables: Iterable[Table]) -> list[type[models.Model]]:
    """Return the tables of which a changed row has no earlier history, or a deleted one columns without history."""
    found = []
    for table in tables:
        whole = "SELECT count(*) FROM undo_rows WHERE label = %(label)s AND NOT made"
        known = fetch_for(table.model, whole) == fetch_for(table.model, "SELECT count(*) FROM ({before}) b")
        narrow = len(list_columns(table.model)) < len(table.model._meta.concrete_fields)
        if not known or (table.gone and narrow):
            found.append(table.model)
    return found


def _restore_changed(model: type[models.Model]) -> None:
    if model is Member:
        run_for(model, LEAVE_THE_WAY, which="NOT u.gone")
    run_for(model, UPDATE, which="NOT u.gone")


def list_columns(model: type[models.Model]) -> list[str]:
    """Return the columns of a model that its history has."""
    kept = {field.column for field in model.pgh_event_model._meta.fields}  # type: ignore[attr-defined]
    return [str(field.column) for field in model._meta.concrete_fields if field.column in kept]


def quote(model: type[models.Model]) -> str:
    """Return the quoted name of a model's table."""
    return connection.ops.quote_name(model._meta.db_table)


def build_sql(model: type[models.Model], sql: str, *, which: str = "true") -> str:
    """Return the statement with the names of the model's table, events and columns; `which` narrows {before}."""
    events = quote(model.pgh_event_model)  # type: ignore[attr-defined]
    pk = str(model._meta.pk.column)
    names = [connection.ops.quote_name(name) for name in list_columns(model)]
    others = [name for name in names if name != connection.ops.quote_name(pk)]
    return sql.format(
        table=quote(model),
        events=events,
        pk=connection.ops.quote_name(pk),
        names=", ".join(names),
        columns=", ".join(f"{name} = b.{name}" for name in others),
        own=", ".join(f"t.{name}" for name in others),
        former=", ".join(f"b.{name}" for name in others),
        before=BEFORE.format(events=events, which=which),
    )


def run_for(model: type[models.Model], sql: str, *, which: str = "true", **params: Any) -> int:
    """Run a statement for one model; return the number of rows.

    Without nested loops: the trigger of the history would compare each old row with each new one.
    """
    return run_sql(build_sql(model, sql, which=which), label=model._meta.label_lower, **params)


def fetch_for(model: type[models.Model], sql: str, *, which: str = "true", **params: Any) -> list[tuple]:
    """Return the rows of a query for one model."""
    with connection.cursor() as cursor:
        cursor.execute(build_sql(model, sql, which=which), {"label": model._meta.label_lower, **params})
        return cursor.fetchall()
