"""Imports whose worker dies: whole or absent, never twice, and parked after the second time."""

import logging
import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from members.models import ImportRun, Member
from members.transfer.services import imports
from members.transfer.services.imports.attempts import PARKED
from members.transfer.tasks import read_import, write_import
from tests.members.import_files import Kind, State, confirm_import, make_roster_file
from tests.members.test_import_tasks import NEW, make_unread_run
from tests.scenarios.test_recount import PATIENCE, build_database_url, count_writers

WRITE = "from members.transfer.tasks import write_import; write_import({})"


def test_a_file_that_ends_its_worker_twice_is_parked(world, caplog, django_capture_on_commit_callbacks):
    run = make_unread_run(world)
    storage, name = run.file.storage, run.file.name
    for _ in range(2):  # two workers begin and die
        assert imports.begin_attempt(run_id=run.pk)
    with caplog.at_level(logging.ERROR), django_capture_on_commit_callbacks(execute=True):
        read_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.problem, run.attempts) == (State.FAILED, PARKED, 3)
    assert f"Import {run.pk} ended its worker 2 times" in caplog.text
    assert not storage.exists(name)


def test_the_second_attempt_still_reads_the_file(world):
    run = make_unread_run(world)
    imports.begin_attempt(run_id=run.pk)
    read_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (State.PREVIEW, 0)


def test_writing_is_parked_as_reading_is(world):
    run = confirm_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary)
    for _ in range(2):
        assert imports.begin_attempt(run_id=run.pk)
    write_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.problem) == (State.FAILED, PARKED)
    assert not Member.objects.filter(student_no=NEW[0]).exists()


def test_a_second_message_of_reading_leaves_a_confirmed_import_alone(world):
    run = confirm_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary)
    read_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts, run.problem) == (State.WRITING, 0, "")
    write_import(run.pk)
    assert Member.objects.filter(student_no=NEW[0]).exists()


def test_a_message_of_writing_leaves_an_unread_import_alone(world):
    run = make_unread_run(world)
    write_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (State.READING, 0)


def test_a_finished_import_counts_no_attempt(world):
    run = make_unread_run(world)
    read_import(run.pk)
    assert not imports.begin_attempt(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (State.PREVIEW, 0)


def test_a_file_that_is_read_can_be_dropped_on_the_waiting_page(world, client_of):
    run = make_unread_run(world)
    client = client_of(world.secretary)
    address = reverse("import_drop", args=[run.pk])
    assert f'action="{address}"' in client.get(run.get_absolute_url()).content.decode()
    client.post(address)
    read_import(run.pk)  # the message arrives later
    run.refresh_from_db()
    assert (run.state, run.rows.count()) == (State.DROPPED, 0)


def test_what_is_written_cannot_be_dropped(world, client_of):
    run = confirm_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary)
    page = client_of(world.secretary).get(run.get_absolute_url()).content.decode()
    assert reverse("import_drop", args=[run.pk]) not in page


def test_the_health_page_counts_parked_imports(world, client):
    run = make_unread_run(world)
    ImportRun.objects.filter(pk=run.pk).update(attempts=2)
    assert not imports.begin_attempt(run_id=run.pk)
    assert client.get("/readyz").json()["parked_imports_24h"] == 1


# --- kill -9 ----------------------------------------------------------------------------------------------------------


def make_big_file(begin, rows=800):
    return make_roster_file(*[(f"2018{begin + i:08d}", f"新人{i}", *NEW[2:5], "") for i in range(rows)])


def start_worker(run):
    """Write the import in a process of its own, as a worker does."""
    return subprocess.Popen(  # noqa: S603 (this Python, with code of this test)
        [
            sys.executable,
            str(settings.BASE_DIR / "manage.py"),
            "shell",
            "-v",
            "0",
            "-c",
            WRITE.format(run.pk),
        ],
        env=os.environ | {"DATABASE_URL": build_database_url()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_in_the_middle(run):
    process = start_worker(run)
    until = time.monotonic() + PATIENCE
    try:
        while not count_writers("members_member"):
            assert process.poll() is None, "the worker ended before it wrote"
            assert time.monotonic() < until
    finally:
        process.send_signal(signal.SIGKILL)
    assert process.wait(PATIENCE) == -signal.SIGKILL
    while count_writers("members_member"):
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_is_absent_and_then_whole_and_never_twice(world):
    before = Member.objects.count()
    run = confirm_import(Kind.ROSTER, make_big_file(10_000), by=world.secretary)
    kill_in_the_middle(run)
    assert Member.objects.count() == before
    connection.close()  # each worker has its own
    workers = [start_worker(run), start_worker(run)]  # the message is delivered again, even twice
    for worker in workers:
        assert worker.wait(PATIENCE) == 0
    run.refresh_from_db()
    assert run.state == State.DONE
    assert Member.objects.count() == before + 800


@pytest.mark.django_db(transaction=True)
def test_an_import_that_is_killed_twice_is_absent_and_parked(world):
    before = Member.objects.count()
    run = confirm_import(Kind.ROSTER, make_big_file(30_000), by=world.secretary)
    kill_in_the_middle(run)
    kill_in_the_middle(run)
    write_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.problem, Member.objects.count()) == (State.FAILED, PARKED, before)
