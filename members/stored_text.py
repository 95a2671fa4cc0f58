"""Remove text that no file can carry from everything that Django sends to the database.

Forms refuse such text with a sentence (`members.typed_text`). This is the net below them, for commands, sign-in by a
campus, JSON and views without a form: a hook of Django's on every query. It also keeps the characters that PostgreSQL
itself refuses (NUL, half characters) from ending a request with an error. COPY has no parameters; `stage_rows`
strips its own rows.

A CHECK in the database would be stricter, but it would refuse every change of a row in which such a text was stored
before, and many of the tables belong to other packages.
"""

from typing import Any

from django.db.backends.signals import connection_created
from psycopg2.extras import Json

from members.sheets.xml_text import strip_deep


def install_in_database() -> None:
    """Let every connection to the database strip the parameters of its queries."""
    connection_created.connect(_extend_connection, dispatch_uid="members.stored_text")


def _extend_connection(connection, **kwargs) -> None:
    # First, because code that adds a wrapper for a while removes the last one: a connection may be opened in between.
    if strip_parameters not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, strip_parameters)


def strip_parameters(execute, sql, params, many, context):
    """Run a query with stripped parameters (a hook of Django's: `connection.execute_wrappers`)."""
    return execute(sql, _strip_values(params), many, context)


def _strip_values(values: Any) -> Any:
    if isinstance(values, dict):
        return {name: _strip_value(value) for name, value in values.items()}
    if isinstance(values, list):
        return [_strip_value(value) for value in values]
    return tuple(_strip_value(value) for value in values) if isinstance(values, tuple) else values


def _strip_value(value: Any) -> Any:
    if isinstance(value, str):
        return strip_deep(value)
    if isinstance(value, list | tuple):
        return _strip_values(value)
    if isinstance(value, Json):
        value.adapted = strip_deep(value.adapted)
    return value
