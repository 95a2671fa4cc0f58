"""Exports of long lists by a worker: progress, rights at the time of the run, one owner, expiry after a week."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from members import lists
from members.models import ExportJob, ExportLog, Grant, Message
from members.transfer.services import exports
from members.transfer.tasks import forget_exports, make_export, resume_exports
from tests.factories import MemberFactory, ServiceRecordFactory, UserFactory, make_secretary
from tests.members.overlapping import run_overlapping
from tests.world import build_world

State = ExportJob.State
LISTS = {"roster": "roster_export", "eligibility": "eligibility_export", "hours_records": "records_export"}


@pytest.fixture
def long_lists(monkeypatch):
    """Treat every list as long, and read it in chunks of two people."""
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    monkeypatch.setattr(lists, "CHUNK", 2)


@pytest.fixture
def no_worker(monkeypatch):
    """Lose every message to the worker."""
    monkeypatch.setattr(make_export, "delay", lambda job_id: None)


def read_cells(content: bytes) -> list[tuple]:
    return list(load_workbook(BytesIO(content)).active.values)


def read_content(response) -> bytes:
    return b"".join(response.streaming_content)


def fetch_cells(client, job) -> list[tuple]:
    return read_cells(read_content(client.get(reverse("export_file", args=[job.pk]))))


def request_as(user, kind="roster", **query) -> ExportJob:
    return exports.request_export(user=user, kind=kind, params=query)


def make_export_as(user, kind="roster", **query) -> ExportJob:
    job = request_as(user, kind, **query)
    exports.run_export(job_id=job.pk)
    job.refresh_from_db()
    return job


def set_heard(job: ExportJob, **ago) -> None:
    ExportJob.objects.filter(pk=job.pk).update(heard_at=timezone.now() - timedelta(**ago))


# --- the file ---------------------------------------------------------------------------------------------------


def make_hours(world) -> None:
    MemberFactory.create_batch(5, branch=world.a2, registered=True)
    for member, minutes in ((world.registered, 1200), (world.party, 1080), (world.quiet, 60)):
        ServiceRecordFactory(member=member, minutes=minutes)


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("roster", {}),
        ("roster", {"registration": "missing", "sort": "-name"}),
        ("eligibility", {}),
        ("eligibility", {"standing": "risk"}),
        ("eligibility", {"standing": "not_judged"}),
        ("hours_records", {}),
        ("hours_records", {"count": "appraisal"}),
    ],
)
def test_it_holds_what_the_direct_answer_holds(kind, query, world, client_of, monkeypatch):
    make_hours(world)
    client, address = client_of(world.admin), reverse(LISTS[kind])
    direct = read_cells(client.get(address, query).content)
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    monkeypatch.setattr(lists, "CHUNK", 2)
    response = client.get(address, query)
    job = ExportJob.objects.get()
    assert (response.status_code, response["Location"]) == (302, job.get_absolute_url())
    assert len(direct) > 1
    assert fetch_cells(client, job) == direct
    noted = [(log.user, log.kind, log.filters, log.rows) for log in ExportLog.objects.all()]
    assert (
        noted[0] == noted[1] == (world.admin, kind, {k: v for k, v in query.items() if k != "sort"}, job.rows)
    )


@pytest.mark.parametrize(("people", "state"), [(2, 200), (3, 302)])
def test_only_a_list_longer_than_the_limit_goes_to_a_worker(people, state, world, client_of, monkeypatch):
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    MemberFactory.create_batch(people, branch=world.a2, grade="2011")
    response = client_of(world.admin).get(reverse("roster_export"), {"grade": "2011"})
    assert (response.status_code, ExportJob.objects.count()) == (state, int(state == 302))


@pytest.mark.parametrize("kind", LISTS)
def test_as_many_questions_for_a_chunk_of_few_as_of_many(kind, world, monkeypatch):
    make_hours(world)
    for member in world.a2.members.all():
        ServiceRecordFactory(member=member)
    counts = {}
    for size in (2, 4):
        monkeypatch.setattr(lists, "CHUNK", size)
        sheet = exports.open_query(user=world.admin, kind=kind, params={}).sheet
        batches = iter(sheet.batches)
        next(batches)  # the first batch includes the queries that run once per export
        with CaptureQueriesContext(connection) as queries:
            looked_at, _ = next(batches)
        assert looked_at == size
        counts[size] = len(queries)
    assert counts[2] == counts[4] <= 5


def test_progress_is_told_chunk_by_chunk(world, long_lists):
    told = []
    sheet = exports.open_query(user=world.admin, kind="roster", params={"grade": ""}).sheet
    rows = exports.write_list(sheet, BytesIO(), heard=told.append)
    assert rows == sheet.total == told[-1]
    assert told == sorted(set(told))
    assert len(told) == -(-rows // 2)


def test_the_page_shows_how_far_it_is_and_asks_again_until_it_is_done(world, client_of):
    job, client = request_as(world.admin), client_of(world.admin)
    assert "正在排队" in client.get(job.get_absolute_url()).content.decode()
    ExportJob.objects.filter(pk=job.pk).update(state=State.RUNNING, done=7, total=20)
    page = client.get(job.get_absolute_url()).content.decode()
    assert 'value="7" max="20"' in page.replace("\n", " ").replace("  ", " ")
    assert 'hx-trigger="every 2s"' in page
    assert '<meta http-equiv="refresh"' in page
    ExportJob.objects.filter(pk=job.pk).update(state=State.WAITING)
    exports.run_export(job_id=job.pk)
    page = client.get(job.get_absolute_url()).content.decode()
    assert reverse("export_file", args=[job.pk]) in page
    assert "every 2s" not in page
    assert '<meta http-equiv="refresh"' not in page


def test_whoever_waits_is_told(world, client_of):
    job = make_export_as(world.admin)
    message = Message.objects.get(user=world.admin)
    assert (message.title, message.url) == ("导出完成：花名册", job.get_absolute_url())
    assert f"共 {job.rows} 行" in message.text


def test_the_list_of_exports_says_how_each_was_narrowed(world, client_of):
    make_export_as(world.secretary, college=str(world.college_a.pk), stage="member")
    make_export_as(world.admin)
    page = client_of(world.secretary).get(reverse("exports")).content.decode()
    assert "学院：法学院" in page
    assert "发展阶段：团员" in page
    assert page.count("下载</a>") == 1


# --- the owner and the owner's rights ---------------------------------------------------------------------------


def test_nobody_else_reaches_it_not_even_with_the_same_role(world, client_of):
    job = make_export_as(world.secretary)
    colleague = make_secretary(world.college_a)
    for other in (colleague, world.admin, world.secretary_b, world.branch_secretary, world.bh.secretary):
        for name in ("export", "export_file"):
            assert client_of(other).get(reverse(name, args=[job.pk])).status_code == 404
        assert client_of(other).post(reverse("export_again", args=[job.pk])).status_code == 404
    assert client_of(world.secretary).get(reverse("export_file", args=[job.pk])).status_code == 200


def end_role(user) -> None:
    Grant.objects.filter(user=user).update(
        starts_on=date(2017, 1, 1), ends_on=timezone.localdate() - timedelta(days=1)
    )


def test_a_role_that_ended_before_the_run_gives_no_file(world):
    job = request_as(world.secretary)
    end_role(world.secretary)
    exports.run_export(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.problem, bool(job.file)) == (State.FAILED, exports.NOT_ALLOWED, False)
    assert not ExportLog.objects.exists()


def test_a_closed_account_gets_no_file(world):
    job = request_as(world.secretary)
    world.secretary.is_active = False
    world.secretary.save()
    exports.run_export(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.problem) == (State.FAILED, exports.NOT_ALLOWED)


def test_the_file_holds_the_scope_of_the_run_not_of_the_request(world, client_of):
    """The user is secretary of two colleges and loses one role while the export waits."""
    both = Grant.objects.create(user=world.secretary, role="college_secretary", college=world.college_b)
    job = request_as(world.secretary)
    both.delete()
    exports.run_export(job_id=job.pk)
    rows = fetch_cells(client_of(world.secretary), job)
    assert {row[3] for row in rows[1:]} == {world.college_a.name}


def test_a_college_that_was_chosen_and_then_lost_fails_with_words(world):
    both = Grant.objects.create(user=world.secretary, role="college_secretary", college=world.college_b)
    job = request_as(world.secretary, college=str(world.college_b.pk))
    both.delete()
    exports.run_export(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.problem) == (State.FAILED, exports.UNREADABLE)


def test_a_file_is_not_handed_out_once_a_role_behind_it_has_ended(world, client_of):
    both = Grant.objects.create(user=world.secretary, role="college_secretary", college=world.college_b)
    job, client = make_export_as(world.secretary), client_of(world.secretary)
    assert client.get(reverse("export_file", args=[job.pk])).status_code == 200
    both.delete()
    response = client.get(reverse("export_file", args=[job.pk]))
    assert (response.status_code, response["Location"]) == (302, job.get_absolute_url())
    page = client.get(job.get_absolute_url()).content.decode()
    assert "请按现在的权限重新导出" in page
    client.post(reverse("export_again", args=[job.pk]))
    again = ExportJob.objects.exclude(pk=job.pk).get()
    assert {row[3] for row in fetch_cells(client, again)[1:]} == {world.college_a.name}


def test_a_new_role_does_not_close_an_older_file(world, client_of):
    job = make_export_as(world.secretary)
    Grant.objects.create(user=world.secretary, role="college_secretary", college=world.college_b)
    assert client_of(world.secretary).get(reverse("export_file", args=[job.pk])).status_code == 200


def test_nobody_without_the_list_s_own_right_may_ask(world):
    for user in (world.branch_secretary, world.member, world.nobody, UserFactory(school=world.school)):
        with pytest.raises(ValidationError, match="没有导出"):
            request_as(user)


# --- duplicate, interrupted and failed exports ------------------------------------------------------------------


def test_the_same_request_gives_the_same_job(world, client_of, long_lists, no_worker):
    client, address = client_of(world.admin), reverse("roster_export")
    for query in ({}, {}, {"stage": "member"}, {"stage": "member", "page": "3"}, {}):
        client.get(address, query)
    assert sorted(job.filters.get("stage", "") for job in ExportJob.objects.all()) == ["", "member"]


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_job():
    world = build_world()
    first, second = run_overlapping(lambda: request_as(world.admin), lambda: request_as(world.admin))
    assert first == second
    assert ExportJob.objects.count() == 1


def test_a_fourth_list_at_a_time_is_refused_with_words(world, client_of, long_lists, no_worker):
    client, address = client_of(world.admin), reverse("roster_export")
    for stage in ("member", "activist", "candidate"):
        client.get(address, {"stage": stage})
    response = client.get(address, follow=True)
    assert "正在生成，请等其中一份完成" in response.content.decode()
    assert ExportJob.objects.count() == 3


def test_a_job_whose_message_was_lost_is_made_later(world):
    job = request_as(world.admin)
    resume_exports()
    job.refresh_from_db()
    assert job.state == State.WAITING  # the job is too new to be resumed
    set_heard(job, minutes=11)
    resume_exports()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.DONE, 1)


class Killed(BaseException):
    """Simulates the kill of a process: no handler of Exception catches it."""


def kill_in_the_middle(job: ExportJob, monkeypatch) -> None:
    def kill_worker(job, done, **values):
        if done:
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(exports, "_report_progress", kill_worker)
        exports.run_export(job_id=job.pk)


def test_a_job_whose_worker_was_killed_is_made_up(world, client_of, long_lists, monkeypatch):
    job = request_as(world.admin)
    kill_in_the_middle(job, monkeypatch)
    job.refresh_from_db()
    assert job.state == State.RUNNING
    exports.run_export(job_id=job.pk)  # a second message is ignored while the first run seems to be alive
    job.refresh_from_db()
    assert job.attempts == 1
    set_heard(job, minutes=11)
    resume_exports()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.DONE, 2)
    assert len(fetch_cells(client_of(world.admin), job)) == 1 + job.rows
    assert (ExportLog.objects.count(), Message.objects.count()) == (1, 1)


def test_a_message_that_the_broker_delivers_again_is_made_up_at_once(world, long_lists, monkeypatch):
    job = request_as(world.admin)
    kill_in_the_middle(job, monkeypatch)
    exports.run_export(job_id=job.pk, redelivered=True)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.DONE, 2)


def test_a_job_that_kills_every_worker_is_given_up(world, client_of, long_lists, monkeypatch):
    job = request_as(world.admin)
    for _ in range(exports.MAX_ATTEMPTS):
        kill_in_the_middle(job, monkeypatch)
        set_heard(job, minutes=11)
    resume_exports()
    job.refresh_from_db()
    assert (job.state, job.problem) == (State.FAILED, exports.INTERRUPTED)
    assert Message.objects.get().title == "导出未完成：花名册"


def test_a_worker_that_was_taken_for_dead_writes_nothing_any_more(world, client_of, long_lists, monkeypatch):
    job, told = request_as(world.admin), exports._report_progress

    def take_over(attempt, done, **values):
        if done:
            monkeypatch.setattr(exports, "_report_progress", told)
            exports.run_export(job_id=job.pk, redelivered=True)
        told(attempt, done, **values)

    monkeypatch.setattr(exports, "_report_progress", take_over)
    exports.run_export(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.DONE, 2)
    assert ExportLog.objects.count() == Message.objects.count() == 1
    assert len(list_stored_files(job)) == 1


def list_stored_files(job: ExportJob) -> list[str]:
    folder = job.file.name.rpartition("/")[0]
    return job.file.storage.listdir(folder)[1]


def test_a_finished_job_is_not_made_again(world):
    job = make_export_as(world.admin)
    make_export(job.pk)
    assert ExportLog.objects.count() == 1


def test_a_fault_is_told_and_can_be_tried_again(world, client_of, monkeypatch, caplog):
    with monkeypatch.context() as patch:
        patch.setattr(exports, "write_list", lambda *args, **kwargs: 1 / 0)
        job = make_export_as(world.admin)
    assert (job.state, job.problem) == (State.FAILED, exports.FAULT)
    assert "ZeroDivisionError" in caplog.text
    client = client_of(world.admin)
    assert "重试" in client.get(job.get_absolute_url()).content.decode()
    response = client.post(reverse("export_again", args=[job.pk]))
    again = ExportJob.objects.get(state=State.DONE)
    assert response["Location"] == again.get_absolute_url()
    assert len(fetch_cells(client, again)) == 1 + again.rows


def test_nothing_is_kept_on_the_disk_of_a_list_that_failed(world, long_lists, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    job = request_as(world.admin)
    kill_in_the_middle(job, monkeypatch)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


# --- expiry after a week ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "kept"), [(6, True), (8, False)])
def test_the_file_is_forgotten_after_a_week(world, client_of, days, kept, django_capture_on_commit_callbacks):
    job = make_export_as(world.admin)
    storage, name = job.file.storage, job.file.name
    ExportJob.objects.filter(pk=job.pk).update(asked_at=timezone.now() - timedelta(days=days))
    with django_capture_on_commit_callbacks(execute=True):
        forget_exports()
    job.refresh_from_db()
    assert (job.state == State.DONE, bool(job.file), storage.exists(name)) == (kept, kept, kept)
    client = client_of(world.admin)
    assert client.get(reverse("export_file", args=[job.pk])).status_code == (200 if kept else 302)
    assert ("重新导出" in client.get(job.get_absolute_url()).content.decode()) is not kept


def test_a_file_that_is_not_there_is_no_fault(world, client_of):
    job = make_export_as(world.admin)
    job.file.storage.delete(job.file.name)
    client = client_of(world.admin)
    assert client.get(reverse("export_file", args=[job.pk])).status_code == 302
    assert "重新导出" in client.get(job.get_absolute_url()).content.decode()
