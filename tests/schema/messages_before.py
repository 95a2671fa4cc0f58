"""Fills the empty database in DATABASE_URL as it was before messages had offices, migrates it, prints what is left.

Run by tests/test_schema.py in a process of its own. Keys to other tables are not checked while the rows are written,
so that a message and a tick need no whole school around them.
"""

import json
import sys
from datetime import UTC, date, datetime

import django
from django.core.management import call_command
from django.db import connection

from members.migration_states import LeanExecutor

BEFORE = [("members", "0007_must_change_password"), ("pairing", "0001_initial")]
READ_AT = datetime(2018, 10, 1, 8, tzinfo=UTC)
DAY = date(2018, 10, 20)


def write_old_rows(apps) -> None:
    """Write two messages of one account, and a tick in each of three branches.

    Branch 1 had a secretary on the day, branch 2 got its account later, branch 3 has had nobody since.
    """
    users = apps.get_model("members", "User").objects
    for pk in (1, 2, 3, 4):
        users.create(pk=pk, username=f"u{pk}", name=f"u{pk}")
    messages = apps.get_model("members", "Message").objects
    messages.create(user_id=1, title="已读", text="", key="a", read_at=READ_AT)
    messages.create(user_id=1, title="未读", text="", key="b")
    grants = apps.get_model("members", "Grant").objects
    for user, branch, starts_on, ends_on in (
        (1, 1, date(2018, 9, 1), date(2019, 8, 31)),
        (2, 1, date(2019, 9, 1), None),
        (3, 2, date(2018, 11, 1), None),
        (4, 3, date(2017, 9, 1), date(2018, 8, 31)),
    ):
        grants.create(
            user_id=user, role="branch_secretary", branch_id=branch, starts_on=starts_on, ends_on=ends_on
        )
    for branch in (1, 2, 3):
        apps.get_model("pairing", "GroupCheck").objects.create(team_id=1, branch_id=branch, joined_on=DAY)


def main() -> None:
    django.setup()
    executor = LeanExecutor(connection)
    executor.migrate(BEFORE)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        write_old_rows(executor.loader.project_state(BEFORE).apps)
        cursor.execute("SET session_replication_role = origin")
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT user_id, role, title, read_at IS NOT NULL FROM members_message ORDER BY key")
        messages = cursor.fetchall()
        cursor.execute("SELECT branch_id, secretary_id FROM pairing_groupcheck ORDER BY branch_id")
        ticks = cursor.fetchall()
    json.dump({"messages": messages, "ticks": ticks}, sys.stdout)


if __name__ == "__main__":
    main()
