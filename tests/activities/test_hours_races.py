"""Two importers at once, and an importer that dies in the middle: afterwards everything is consistent."""

import os
import signal
import subprocess
import sys
from datetime import date
from time import monotonic, sleep
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction

from activities.models import RecordLink, ServiceRecord
from activities.services.counting import check_school
from members.services.registration import confirm_registration
from members.transfer.tasks import write_import
from tests.activities.hours_files import (
    import_league,
    make_league_file,
    make_league_row,
    make_volunteer_file,
    make_volunteer_row,
)
from tests.activities.test_signup_races import run_at_once
from tests.activities.test_waiting_hours import NUMBER, import_stranger
from tests.factories import MemberFactory
from tests.members.import_files import Kind, confirm_import

pytestmark = pytest.mark.django_db(transaction=True)
DAYS = [f"2018-10-{day:02}" for day in range(1, 21)]


def prepare_import(by, content, filename="时长.xlsx"):
    run = confirm_import(Kind.HOURS, content, by=by, filename=filename)
    return lambda: write_import(run.pk)


def check_counts(world) -> None:
    check = check_school(world.school, repair=False)
    assert (check.stale, check.records) == ([], ServiceRecord.objects.filter(state="confirmed").count())


def test_two_importers_of_one_file_make_each_record_once(world):
    rows = [make_league_row(world.registered, record_no=f"R{day}", day=day) for day in DAYS]
    run_at_once(*[prepare_import(world.admin, make_league_file(*rows)) for _ in range(2)])
    assert ServiceRecord.objects.count() == len(DAYS)
    check_counts(world)


def test_both_ledgers_at_once_are_linked_and_counted_once(world):
    league = [make_league_row(world.registered, record_no=f"R{day}", day=day) for day in DAYS]
    volunteers = [make_volunteer_row(world.registered, day=f"{day} 09:00") for day in DAYS]
    run_at_once(
        prepare_import(world.admin, make_league_file(*league)),
        prepare_import(world.admin, make_volunteer_file(*volunteers), "时长.csv"),
    )
    assert RecordLink.objects.count() == 2 * len(DAYS)
    check_counts(world)


def test_a_number_that_becomes_known_during_the_import_brings_its_hours_once(world):
    person = MemberFactory(branch=world.a1, name="王新", phone="13912345678")

    def confirm():
        confirm_registration(
            user=world.secretary,
            member_id=person.pk,
            volunteer_no=NUMBER,
            registered_on=date(2018, 10, 1),
            evidence="截图",
        )

    run_at_once(lambda: import_stranger(world.admin), confirm)
    import_stranger(world.admin)
    assert ServiceRecord.objects.get().member == person
    check_counts(world)


def _start_command(path) -> subprocess.Popen:
    """Start `manage.py import_file hours` on the test's database, in a process of its own."""
    address = urlsplit(os.environ["DATABASE_URL"])
    path_of_server = address.path.rsplit("/", 1)[0]
    url = address._replace(path=f"{path_of_server}/{connection.settings_dict['NAME']}").geturl()
    return subprocess.Popen(  # noqa: S603 (our own command, in the test)
        [sys.executable, "manage.py", "import_file", "hours", str(path), "--school", "JH"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _wait_for(condition, sql: str) -> None:
    deadline = monotonic() + 120
    while monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            if condition(cursor.fetchone()[0]):
                return
        sleep(0.1)
    raise AssertionError(f"Nothing happened: {sql}")


WAITS = "SELECT count(*) FROM pg_locks WHERE relation = 'activities_recordlink'::regclass AND NOT granted"
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def test_an_importer_killed_after_it_wrote_records_leaves_nothing(world, tmp_path):
    import_league(
        world.admin, *[make_league_row(world.registered, record_no=f"R{day}", day=day) for day in DAYS]
    )
    path = tmp_path / "时长.csv"
    path.write_bytes(
        make_volunteer_file(*[make_volunteer_row(world.registered, day=f"{day} 09:00") for day in DAYS])
    )
    with transaction.atomic(), connection.cursor() as cursor:
        # Its records are written, its links wait for this lock.
        cursor.execute("LOCK TABLE activities_recordlink IN EXCLUSIVE MODE")
        process = _start_command(path)
        _wait_for(lambda waiting: waiting == 1, WAITS)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
    _wait_for(lambda others: others == 0, OTHERS)
    assert ServiceRecord.objects.count() == len(DAYS)
    assert not RecordLink.objects.exists()
    check_counts(world)

    assert _start_command(path).wait(120) == 0
    assert (ServiceRecord.objects.count(), RecordLink.objects.count()) == (2 * len(DAYS), 2 * len(DAYS))
    check_counts(world)
