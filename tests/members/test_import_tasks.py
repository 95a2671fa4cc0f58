"""Periodic tasks of imports: an interrupted import resumes; an old import keeps its figures only."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.models import Branch, ImportRun, Member, VolunteerRecord
from members.transfer.services import imports
from members.transfer.tasks import forget_imports, read_import, resume_imports
from tests.members.import_files import (
    Kind,
    State,
    confirm_import,
    make_roster_file,
    make_roster_row,
    preview_import,
    run_import,
)
from tests.members.sheet_files import make_xlsx

NEW = ("2018010099", "欧阳新", "法学院", "法学1801团支部", "共青团员", "13900000099")


def set_last_heard(run: ImportRun, **ago) -> None:
    ImportRun.objects.filter(pk=run.pk).update(updated_at=timezone.now() - timedelta(**ago))


def set_uploaded(run: ImportRun, **ago) -> None:
    ImportRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(**ago))


def make_unread_run(world) -> ImportRun:
    return imports.start_run(
        school=world.school,
        kind=Kind.ROSTER,
        filename="名单.xlsx",
        content=make_roster_file(NEW),
        user=world.secretary,
    )


def test_a_file_whose_message_was_lost_is_read_later(world):
    run = make_unread_run(world)
    set_last_heard(run, minutes=11)
    resume_imports()
    run.refresh_from_db()
    assert (run.state, run.figures["new"]) == (State.PREVIEW, 1)


def test_a_confirmed_import_whose_message_was_lost_is_written_later(world):
    run = confirm_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary)
    set_last_heard(run, minutes=11)
    resume_imports()
    run.refresh_from_db()
    assert run.state == State.DONE
    assert Member.objects.filter(student_no="2018010099").exists()


def test_what_is_at_work_or_waits_for_a_person_is_left_alone(world):
    working, waiting = (
        make_unread_run(world),
        preview_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary),
    )
    set_last_heard(waiting, days=1)
    resume_imports()
    for run, state in ((working, State.READING), (waiting, State.PREVIEW)):
        run.refresh_from_db()
        assert run.state == state


def test_a_message_delivered_twice_reads_once(world):
    run = make_unread_run(world)
    read_import(run.pk)
    read_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.rows.count()) == (State.PREVIEW, 1)


@pytest.mark.parametrize(("days", "kept"), [(29, True), (31, False)])
def test_rows_are_forgotten_after_30_days(world, days, kept):
    run = preview_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary)
    set_uploaded(run, days=days)
    forget_imports()
    run.refresh_from_db()
    assert run.rows.exists() is kept
    assert (run.state == State.PREVIEW) is kept
    assert run.figures["new"] == 1


def test_a_file_nobody_read_is_forgotten_after_30_days(world, django_capture_on_commit_callbacks):
    run = make_unread_run(world)
    storage, name = run.file.storage, run.file.name
    set_uploaded(run, days=31)
    with django_capture_on_commit_callbacks(execute=True):
        forget_imports()
    assert not storage.exists(name)


def test_a_forgotten_file_says_nothing_on_who_is_missing(world, client_of):
    people = run_import(Kind.ROSTER, make_roster_file(make_roster_row(world.quiet)), by=world.admin)
    tree = run_import(
        Kind.ORGANISATION, make_xlsx(("学院", "团支部"), ("法学院", "法学1801团支部")), by=world.admin
    )
    assert imports.list_absent(people).exists()
    assert set(imports.list_absent(tree)) == set(Branch.objects.filter(college__school=world.school)) - {
        world.a1
    }
    for run in (people, tree):
        set_uploaded(run, days=31)
    forget_imports()
    for run in (people, tree):
        assert not imports.list_absent(run).exists()
        page = client_of(world.admin).get(reverse("import_missing", args=[run.pk]))
        assert "名单明细只保留 30 天" in page.content.decode()


def test_a_read_file_is_not_kept(world, django_capture_on_commit_callbacks):
    run = make_unread_run(world)
    storage, name = run.file.storage, run.file.name
    assert storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        read_import(run.pk)
    run.refresh_from_db()
    assert (bool(run.file), storage.exists(name), run.rows.exists()) == (False, False, True)


def test_a_strangers_row_marked_long_ago_is_forgotten(world):
    VolunteerRecord.objects.filter(pk=world.unclear.pk).update(
        state="dismissed", created_at=timezone.now() - timedelta(days=366)
    )
    forget_imports()
    assert not VolunteerRecord.objects.filter(pk=world.unclear.pk).exists()
    assert VolunteerRecord.objects.filter(pk=world.unclear_b.pk).exists()
