"""Read the whole database before an import and after it was undone, and say what differs."""

# ruff: noqa: S608 (the names of tables come from the database itself)

from collections import Counter

from django.apps import apps
from django.db import connection

from members.models import ImportRow, ImportRun, Message
from tests.rows import list_filled_tables

# What an undone import may leave behind: history, runs and their rows, messages. Voided records are left out below.
LEFT_BEHIND = {"pghistory_context", *(model._meta.db_table for model in (ImportRow, ImportRun, Message))}
LEDGER = "activities_servicerecord"
# Rows that belong to a record are compared by what identifies it in its ledger: a record that an import corrected
# comes again under another key.
OF_A_RECORD = {"activities_countedrecord", "activities_recordlink", "activities_overlapdecision"}
RECORD = "(SELECT r.source || r.outside_no || coalesce(r.signup_id, 0) FROM activities_servicerecord r WHERE r.id = {})"


def read_tables() -> dict[str, Counter]:
    """Return the rows of every table as text, except of those that an undone import may change."""
    history = {model._meta.db_table for model in apps.get_models() if hasattr(model, "pgh_tracked_model")}
    with connection.cursor() as cursor:
        filled = {table.strip('"') for table in list_filled_tables(cursor)}
    return {table: _read_table(table) for table in sorted(filled - history - LEFT_BEHIND)}


def _read_table(table: str) -> Counter:
    if table == LEDGER:
        sql = (
            f"SELECT (to_jsonb(t) - 'id' - 'corrects_id')::text FROM {table} t"
            " WHERE NOT (state = 'voided' AND void_reason ~ '^(撤销导入|文件更正)')"
        )
    elif table in OF_A_RECORD:
        keys = ("record_id", "appraisal_yields_to_id", "admission_yields_to_id", "service")
        parts = ", ".join(RECORD.format(f"(to_jsonb(t)->>'{key}')::bigint") for key in keys)
        gone = " - ".join(f"'{key}'" for key in (*keys, "linked_at"))
        sql = f"SELECT concat_ws('|', (to_jsonb(t) - {gone})::text, {parts}) FROM {table} t"
    else:
        sql = f"SELECT t::text FROM {table} t"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return Counter(row for (row,) in cursor.fetchall())


def compare_tables(before: dict[str, Counter], after: dict[str, Counter]) -> dict[str, tuple[list, list]]:
    """Return {table: (rows that are missing, rows that are new)} of the tables that differ."""
    differ = {}
    for table in before.keys() | after.keys():
        old, new = before.get(table, Counter()), after.get(table, Counter())
        if old != new:
            differ[table] = (list((old - new).elements())[:3], list((new - old).elements())[:3])
    return differ
