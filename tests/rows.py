"""Rows of the whole database: read once, then put back or cleared whenever a test needs it."""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.db import connection, transaction

TABLES = """
SELECT quote_ident(relname) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'django_migrations'
ORDER BY relname
"""
# What Django fills while it makes the tables.
FILLED_AT_THE_START = {"auth_permission", "django_content_type"}


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of all filled tables, by table, as COPY writes them.

    Two are equal if they hold the same rows: a table that was filled again may return them in another order.
    """

    tables: dict[str, bytes]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and self._sort() == other._sort()

    __hash__ = None

    def _sort(self) -> dict[str, list[bytes]]:
        return {table: sorted(rows.splitlines()) for table, rows in self.tables.items()}

    @classmethod
    def take(cls) -> "Rows":
        """Read the rows of all filled tables."""
        tables = {}
        with connection.cursor() as cursor:
            for table in list_filled_tables(cursor):
                rows = BytesIO()
                cursor.copy_expert(f"COPY {table} TO STDOUT", rows)
                tables[table] = rows.getvalue()
        return cls(tables)

    def since(self, before: "Rows") -> "Rows":
        """Return the rows of tables that were empty before.

        A table with earlier rows must not have changed.
        """
        now = self._sort()
        mixed = [table for table, rows in before._sort().items() if now.get(table) != rows]
        assert not mixed, f"these tables held rows already: {mixed}"
        return Rows({table: rows for table, rows in self.tables.items() if table not in before.tables})

    def put(self) -> None:
        """Add the rows unchanged. No trigger fires, since the rows of triggers are among them."""
        with switch_triggers_off() as cursor:
            for table, rows in self.tables.items():
                cursor.copy_expert(f"COPY {table} FROM STDIN", BytesIO(rows))

    def put_alone(self) -> None:
        """Clear all tables and add the rows, after all connections have finished their writing."""
        with switch_triggers_off() as cursor:
            cursor.execute(f"LOCK TABLE {', '.join(list_tables(cursor))} IN SHARE ROW EXCLUSIVE MODE")
            cursor.execute("; ".join(f"DELETE FROM {table}" for table in list_filled_tables(cursor)))  # noqa: S608
            for table, rows in self.tables.items():
                cursor.copy_expert(f"COPY {table} FROM STDIN", BytesIO(rows))


class Template:
    """Rows and the objects that represent them, built once; each test gets a copy of both."""

    def __init__(self, build: Callable[[], Any]):
        with transaction.atomic():
            before = Rows.take()
            self.objects = pickle.dumps(build())
            connection.check_constraints()
            self.rows = Rows.take().since(before)
            transaction.set_rollback(True)

    def copy(self) -> Any:
        """Add the rows to the database and return a copy of the objects."""
        self.rows.put()
        return pickle.loads(self.objects)  # noqa: S301


@contextmanager
def switch_triggers_off() -> Iterator[Any]:
    """Yield a cursor in a transaction without triggers and without checks of foreign keys."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


def list_tables(cursor) -> list[str]:
    cursor.execute(TABLES)
    return [table for (table,) in cursor.fetchall()]


def list_filled_tables(cursor) -> list[str]:
    asked = [f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in list_tables(cursor)]  # noqa: S608
    cursor.execute(" UNION ALL ".join(asked))
    return [table for (table,) in cursor.fetchall()]
