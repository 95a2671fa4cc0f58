"""Rows of the whole database: taken once, put back as often as a test needs them, or cleared away."""

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


@dataclass(frozen=True)
class Rows:
    """The rows of the tables that hold any, by table, as COPY writes them."""

    tables: dict[str, bytes]

    @classmethod
    def take(cls) -> "Rows":
        tables = {}
        with connection.cursor() as cursor:
            for table in filled_tables(cursor):
                rows = BytesIO()
                cursor.copy_expert(f"COPY {table} TO STDOUT", rows)
                tables[table] = rows.getvalue()
        return cls(tables)

    def since(self, before: "Rows") -> "Rows":
        """The tables that were empty before. Rows must not be added to a table that held some already."""
        mixed = [table for table, rows in before.tables.items() if self.tables.get(table) != rows]
        assert not mixed, f"these tables held rows already: {mixed}"
        return Rows({table: rows for table, rows in self.tables.items() if table not in before.tables})

    def put(self) -> None:
        """Add the rows as they were. No trigger fires: what triggers wrote is among the rows."""
        with triggers_off() as cursor:
            for table, rows in self.tables.items():
                cursor.copy_expert(f"COPY {table} FROM STDIN", BytesIO(rows))

    def put_alone(self) -> None:
        """Clear all tables and add the rows, after all connections have ended what they are writing."""
        with triggers_off() as cursor:
            cursor.execute(f"LOCK TABLE {', '.join(all_tables(cursor))} IN SHARE ROW EXCLUSIVE MODE")
            cursor.execute("; ".join(f"DELETE FROM {table}" for table in filled_tables(cursor)))  # noqa: S608
            for table, rows in self.tables.items():
                cursor.copy_expert(f"COPY {table} FROM STDIN", BytesIO(rows))


class Template:
    """Rows and the objects that name them, built once; each test gets a copy of both.

    The objects are pickled, so that no test sees an attribute that another one changed.
    """

    def __init__(self, build: Callable[[], Any]):
        with transaction.atomic():
            before = Rows.take()
            self.objects = pickle.dumps(build())
            connection.check_constraints()
            self.rows = Rows.take().since(before)
            transaction.set_rollback(True)

    def copy(self) -> Any:
        self.rows.put()
        return pickle.loads(self.objects)  # noqa: S301


@contextmanager
def triggers_off() -> Iterator[Any]:
    """A cursor in a transaction in which neither triggers nor foreign keys are asked."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


def all_tables(cursor) -> list[str]:
    cursor.execute(TABLES)
    return [table for (table,) in cursor.fetchall()]


def filled_tables(cursor) -> list[str]:
    asked = [f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in all_tables(cursor)]  # noqa: S608
    cursor.execute(" UNION ALL ".join(asked))
    return [table for (table,) in cursor.fetchall()]
