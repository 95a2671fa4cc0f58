"""Fills the empty database in DATABASE_URL as it was before what counts had a table, migrates it, prints what is left.

Run by tests/test_schema.py in a process of its own. Triggers and keys to other tables rest while the rows are written.
"""

import json
import sys
from datetime import UTC, date, datetime

import django
from django.core.management import call_command
from django.db import connection

from members.migration_states import LeanExecutor

BEFORE = [("members", "0010_spells_and_numbers"), ("activities", "0002_what_counts")]
DAY = date(2018, 9, 1)


def at(hour: int) -> datetime:
    return datetime(2018, 9, 1, hour, tzinfo=UTC)


def write_old_rows(apps) -> None:
    """Write one person with an overlap, a service in two ledgers, a waiting record, and one with nothing special."""
    write_people(apps)
    records = apps.get_model("activities", "ServiceRecord").objects
    for pk, member, source, start, end, minutes, state in (
        (1, 1, "league", at(1), at(3), 120, "confirmed"),
        (2, 1, "league", at(2), at(4), 120, "confirmed"),
        (3, 1, "volunteer_beijing", at(2), at(4), 110, "confirmed"),
        (4, 1, "league", at(6), at(7), 60, "pending"),
        (5, 2, "league", None, None, 90, "confirmed"),
        (6, 2, "league", None, None, 90, "rejected"),
    ):
        records.create(
            pk=pk, school_id=1, member_id=member, source=source, outside_no=f"N{pk}", title=f"助老{pk}",
            served_on=DAY, starts_at=start, ends_at=end, minutes=minutes, state=state, submitted_at=at(10),
            decided_at=None if state == "pending" else at(11), decision_note="重复" if state == "rejected" else "",
        )  # fmt: skip
    links = apps.get_model("activities", "RecordLink").objects
    for pk in (2, 3):
        links.create(record_id=pk, member_id=1, service=2, linked_at=at(11))


def write_people(apps) -> None:
    apps.get_model("members", "School").objects.create(pk=1, code="JH", name="京华大学")
    apps.get_model("members", "College").objects.create(pk=1, school_id=1, name="法学院")
    apps.get_model("members", "Branch").objects.create(pk=1, college_id=1, name="1班")
    for pk in (1, 2):
        apps.get_model("members", "Member").objects.create(
            pk=pk, school_id=1, branch_id=1, student_no=f"S{pk}", name=f"甲{pk}", stage="member"
        )
    days = (
        "tidy_starts_on tidy_ends_on registration_starts_on registration_ends_on "
        "first_service_by bulletin_anchor bulletin_ends_on"
    )
    apps.get_model("members", "ServiceYear").objects.create(
        school_id=1, year=2018, pairing_opens_at=at(1), pairing_closes_at=at(2),
        appraisal_sources=["league"], admission_sources=["volunteer_beijing"], **dict.fromkeys(days.split(), DAY),
    )  # fmt: skip


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
        cursor.execute(
            "SELECT record_id, appraisal, admission, waiting, appraisal_reason, appraisal_yields_to_id "
            "FROM activities_countedrecord ORDER BY 1"
        )
        counted = cursor.fetchall()
        cursor.execute("SELECT member_id, year, purpose, before, after, reasons FROM activities_changedtotal")
        changed = [(*row[:-1], json.loads(row[-1])) for row in cursor.fetchall()]
    from activities.queries.counting import compare_people

    stale = len(compare_people([1, 2]))
    json.dump({"counted": counted, "changed": changed, "stale": stale}, sys.stdout)


if __name__ == "__main__":
    main()
