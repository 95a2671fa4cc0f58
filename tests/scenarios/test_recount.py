"""The recount of everything finds no difference, whatever happened before: many files, a race, a killed import."""

import os
import signal
import subprocess
import sys
import time
from threading import Barrier, Thread

import pytest
from django.conf import settings
from django.core.management import CommandError
from django.db import connection

from activities.models import ServiceRecord
from tests.scenarios.answers import run_command
from tests.scenarios.contradictions import Contradiction, make_contradiction
from tests.scenarios.files import write_file
from tests.scenarios.generator import File
from tests.scenarios.reference_of_days import School as Reference
from tests.scenarios.schools import NOW, compare_answers, import_file, open_school

PATIENCE = 60  # seconds
SEEDS = range(40)


def find_largest() -> Contradiction:
    """Return the school with the most rows of hours, and with two copies of one ledger beside the other ledger."""
    cases = [make_contradiction(seed) for seed in SEEDS]
    full = [case for case in cases if len(list_hours(case)) == 3]
    return max(full, key=lambda case: sum(len(file.rows) for file in list_hours(case)))


def list_hours(case: Contradiction) -> list[File]:
    return [file for file in case.files if file.kind == "hours"]


def import_people(case: Contradiction, folder) -> None:
    for file in case.files:
        if file.kind != "hours":
            import_file(file, folder)


def check_recount(school: str = "SJ") -> None:
    """Check that a recount finds nothing, and that every live record has exactly one row beside it."""
    assert run_command("recount", school=school)["differences"] == 0
    live = ServiceRecord.objects.filter(school__code=school, state__in=["confirmed", "pending"])
    assert live.count() > 0
    assert not live.filter(counted=None).exists()
    others = ServiceRecord.objects.filter(school__code=school).exclude(pk__in=live.values("pk"))
    assert not others.exclude(counted=None).exists()


@pytest.mark.django_db
def test_a_recount_after_the_largest_school_finds_nothing(tmp_path, time_machine):
    time_machine.move_to(NOW)
    case = find_largest()
    open_school(case)
    for file in case.files:
        import_file(file, tmp_path)
    check_recount()
    compare_answers(case, Reference(case))


@pytest.mark.django_db(transaction=True)
def test_a_recount_after_a_race_of_two_importers_finds_nothing(tmp_path, time_machine):
    """Both ledgers go in at the same moment, each by its own importer, and both once more."""
    time_machine.move_to(NOW)
    case = find_largest()
    open_school(case)
    import_people(case, tmp_path)
    league, beijing = (
        [file for file in list_hours(case) if ("student_no" in file.columns) == of_league]
        for of_league in (True, False)
    )
    start, failures = Barrier(2), []

    def import_all(files: list[File], name: str) -> None:
        folder = tmp_path / name
        folder.mkdir()
        try:
            start.wait(PATIENCE)
            for file in (*files, files[-1]):
                import_file(file, folder)
        except (CommandError, AssertionError) as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=import_all, args=pair) for pair in ((league, "league"), (beijing, "beijing"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not failures
    check_recount()
    compare_answers(case, Reference(case))


@pytest.mark.django_db(transaction=True)
def test_an_import_that_is_killed_leaves_nothing_and_the_next_one_everything(tmp_path):
    """kill -9 as soon as the import holds its lock on the ledger, on the links or on what counts."""
    case = find_largest()
    open_school(case)
    import_people(case, tmp_path)
    tables = ("activities_servicerecord", "activities_recordlink", "activities_countedrecord")
    for file, table in zip(list_hours(case), tables, strict=True):
        before = ServiceRecord.objects.count()
        kill_import(file, tmp_path, table)
        assert ServiceRecord.objects.count() == before
        import_file(file, tmp_path)
        check_recount()
    compare_answers(case, Reference(case))


def kill_import(file: File, folder, table: str) -> None:
    """Start the import in a process of its own, and kill it when it has written to the table."""
    path = write_file(file, folder)
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "import_file", file.kind, str(path)]
    process = subprocess.Popen(  # noqa: S603  # this Python, with files of this test
        [*command, *file.options, "--school", "SJ"],
        env=os.environ | {"DATABASE_URL": build_database_url()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + PATIENCE
        while not count_writers(table):
            assert process.poll() is None, f"the import ended before it wrote to {table}"
            assert time.monotonic() < until
    finally:
        process.send_signal(signal.SIGKILL)
    assert process.wait(PATIENCE) == -signal.SIGKILL
    while count_writers(table):  # the server ends the dead process's transaction
        assert time.monotonic() < until
        time.sleep(0.02)


def build_database_url() -> str:
    """Return the address of the database of this test for another process."""
    about = connection.settings_dict
    user = f"{about['USER']}:{about['PASSWORD']}" if about["PASSWORD"] else about["USER"]
    if about["HOST"].startswith("/"):
        return f"postgres://{user}@/{about['HOST']}/{about['NAME']}"
    return f"postgres://{user}@{about['HOST']}:{about['PORT'] or 5432}/{about['NAME']}"


def count_writers(table: str) -> int:
    """Return how many other transactions of this database have written to the table and are not committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND mode = 'RowExclusiveLock'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND pid <> pg_backend_pid()",
            [table],
        )
        return cursor.fetchone()[0]
