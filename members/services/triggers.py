"""Triggers of large writes."""

from django.db import connection

# Each row trigger first asks whether pgtrigger is to ignore it. Without the setting the answer is an exception, and every
# exception walks through all checks that wait for the commit: 50,000 new people took 87 s instead of 1 s to commit.
ANSWER_IGNORE = """
SELECT set_config('pgtrigger.ignore', coalesce(nullif(current_setting('pgtrigger.ignore', true), ''), '{}'), true)
"""


def answer_triggers() -> None:
    """Tell the triggers, until the end of the transaction, that none is ignored unless somebody has said so."""
    with connection.cursor() as cursor:
        cursor.execute(ANSWER_IGNORE)
