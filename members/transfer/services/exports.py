"""Export lists: a short list in the response, a long one by a Celery worker (requirements §4, §6).

A list is read and written in batches, so that 20,000 rows need no more memory than 2,000. Rights and filters
are checked when the file is made, not when it is requested, and the rights again when it is downloaded.
"""

import gc
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from members.lists import LISTINGS, ExportSheet, ListQuery
from members.models import ExportJob, User
from members.permissions import may
from members.querysets import MAX_ATTEMPTS
from members.services.export_log import log_export
from members.services.notify import notify
from members.sheets.workbooks import write_workbook

AT_ONCE = 2_000  # up to this number of people or records the response is the file
AT_A_TIME = 3  # waiting and running exports per user
SILENT = timedelta(minutes=10)  # a worker that reports nothing for so long is taken for dead
KEPT = timedelta(days=7)
NOT_ALLOWED = "您现在没有导出这份名单的权限。"
UNREADABLE = "筛选条件已失效，请回到名单页面重新选择后再导出。"
FAULT = "生成文件时出现意外错误。请重试；如再次出现，请联系管理员。"
INTERRUPTED = "生成文件时，后台程序两次意外中止，已不再生成。请缩小范围后再导出，或联系管理员。"
State = ExportJob.State
logger = logging.getLogger(__name__)


def open_query(*, user: User, kind: str, params: Mapping[str, str]) -> ListQuery:
    """Return the list with the user's current rights.

    Raises ValidationError without the right to export, and for invalid filters.
    """
    listing = LISTINGS[kind]
    if not user.is_active or not may(user, listing.action_of_export):
        raise ValidationError(NOT_ALLOWED)
    query = ListQuery(listing, user=user, params=params, action=listing.action_of_export)
    if not query.is_valid:
        raise ValidationError(UNREADABLE)
    return query


def write_list(
    sheet: ExportSheet, target: IO[bytes], *, heard: Callable[[int], None] = lambda done: None
) -> int:
    """Write the list into a file and return the number of its rows.

    `heard` is called after each batch with the number of people or records done.
    """
    written = 0

    def rows() -> Iterator[Sequence[Any]]:
        nonlocal written
        done = 0
        for looked_at, batch in sheet.batches:
            yield from batch
            done, written = done + looked_at, written + len(batch)
            heard(done)

    with _spare_collector():
        write_workbook(target, [(sheet.title, sheet.header, rows()), *sheet.more])
    return written + sum(len(rows) for _, _, rows in sheet.more)


@contextmanager
def _spare_collector() -> Iterator[None]:
    """Let the garbage collector look only at objects made meanwhile: half a million of Django's own do not change.

    Otherwise it looks at all of them again and again while rows come and go, a quarter of the time of a long list.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


# --- exports by a worker --------------------------------------------------------------------------------------


@transaction.atomic
def request_export(*, user: User, kind: str, params: Mapping[str, str]) -> ExportJob:
    """Return a new job that makes the list, or the user's waiting or running job for the same list.

    Raises ValidationError without the right, for bad filters, and if the user already has AT_A_TIME jobs.
    """
    query = open_query(user=user, kind=kind, params=params)
    filters = query.filters | ({"sort": params["sort"]} if params.get("sort") else {})
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two clicks wait for each other
    mine = ExportJob.objects.filter(user=user).unfinished()
    if same := mine.like(kind=kind, filters=filters).first():
        return same
    if mine.count() >= AT_A_TIME:
        raise ValidationError(f"您有 {AT_A_TIME} 份名单正在生成，请等其中一份完成后再导出。")
    assert user.school is not None  # roles are granted to accounts of a school only
    return ExportJob.objects.create(
        school=user.school,
        user=user,
        kind=kind,
        title=query.listing.title,
        filters=filters,
        total=query.sheet.total,
    )


class _GivenUp(Exception):  # noqa: N818 (no error: another worker has taken over)
    """This attempt was taken for dead, and another one is running."""


def run_export(*, job_id: int, redelivered: bool = False) -> None:
    """Make the file of a job. A job whose worker died is run again; a running job is left alone.

    `redelivered`: the broker delivers the message again, so the earlier worker is dead.
    """
    if (job := _take_job(job_id, redelivered)) is None:
        return
    with _notify_if_failing(job), TemporaryFile() as target:
        user = User.objects.select_related("school").get(pk=job.user_id)
        rights = list_rights(user)
        query = open_query(user=user, kind=job.kind, params=job.filters)
        _report_progress(job, 0, total=query.sheet.total)
        rows = write_list(query.sheet, target, heard=partial(_report_progress, job))
        target.seek(0)
        _keep_file(job, query, rows, rights, File(target))


def list_rights(user: User) -> list[list]:
    """Return the user's current roles with their places, as ExportJob.rights stores them."""
    held = (
        (grant.role, grant.school_id, grant.college_id, grant.branch_id, grant.street_id)
        for grant in user.active_grants
    )
    return sorted(([role, *places] for role, *places in held), key=str)


def may_fetch(*, user: User, job: ExportJob) -> bool:
    """Return whether the file exists and the user still has every role with which it was made."""
    if job.state != State.DONE or job.user_id != user.pk or job.kind not in LISTINGS:
        return False
    if not job.file.name or not job.file.storage.exists(job.file.name):
        return False  # a backup was restored without the files
    held = list_rights(user)
    return may(user, LISTINGS[job.kind].action_of_export) and all(right in held for right in job.rights)


def list_stalled_exports() -> list[ExportJob]:
    """Return the open jobs whose message was lost or whose worker died: silent for SILENT."""
    return list(ExportJob.objects.unfinished().filter(heard_at__lt=timezone.now() - SILENT))


def forget_old_exports() -> None:
    """Delete the files of old jobs after KEPT, because they hold personal data (requirements §6)."""
    for job in ExportJob.objects.exclude(state=State.EXPIRED).filter(asked_at__lt=timezone.now() - KEPT):
        _forget_export(job.pk)


@transaction.atomic
def _forget_export(job_id: int) -> None:
    job = ExportJob.objects.select_for_update().get(pk=job_id)
    if job.file.name:
        transaction.on_commit(partial(job.file.storage.delete, job.file.name))
    job.state, job.file = State.EXPIRED, ""
    job.save(update_fields=["state", "file"])


@transaction.atomic
def _take_job(job_id: int, redelivered: bool) -> ExportJob | None:
    """Start an attempt and return the job; None where the job is closed, running or has failed too often."""
    job = ExportJob.objects.select_for_update().get(pk=job_id)
    at_work = job.state == State.RUNNING and job.heard_at > timezone.now() - SILENT and not redelivered
    if not job.is_open or at_work:
        return None
    if job.attempts >= MAX_ATTEMPTS:
        logger.error("Export %s ended its worker %s times; it is parked", job.pk, job.attempts)
        _fail_export(job, INTERRUPTED)
        return None
    job.state, job.attempts = State.RUNNING, job.attempts + 1
    job.done, job.heard_at = 0, timezone.now()
    job.save(update_fields=["state", "attempts", "done", "heard_at"])
    return job


def _report_progress(job: ExportJob, done: int, **values) -> None:
    if not _filter_this_attempt(job).update(done=done, heard_at=timezone.now(), **values):
        raise _GivenUp


def _filter_this_attempt(job: ExportJob):
    return ExportJob.objects.filter(pk=job.pk, state=State.RUNNING, attempts=job.attempts)


def _keep_file(job: ExportJob, query: ListQuery, rows: int, rights: list, content: File) -> None:
    """Save the finished file, log the export and send a message to its user."""
    job.file.save(f"{job.kind}.xlsx", content, save=False)
    try:
        with transaction.atomic():
            log_export(user=job.user, kind=job.kind, filters=query.filters, rows=rows)
            values = {
                "state": State.DONE,
                "file": job.file.name,
                "filename": query.sheet.filename,
                "rows": rows,
            }
            if not _filter_this_attempt(job).update(**values, rights=rights, finished_at=timezone.now()):
                raise _GivenUp
            _notify_asker(job, "export_done", rows=rows, days=KEPT.days)
    except BaseException:
        if job.file.name:
            job.file.storage.delete(job.file.name)
        raise


@contextmanager
def _notify_if_failing(job: ExportJob) -> Iterator[None]:
    """Tell the user about every failure; log an unexpected error with its traceback."""
    try:
        yield
    except _GivenUp:
        logger.warning("Export %s was taken over by another worker", job.pk)
    except ValidationError as refusal:
        _fail_export(job, " ".join(refusal.messages))
    except Exception:
        logger.exception("Export %s failed", job.pk)
        _fail_export(job, FAULT)


@transaction.atomic
def _fail_export(job: ExportJob, problem: str) -> None:
    values = {"state": State.FAILED, "problem": problem, "finished_at": timezone.now()}
    open_ = ExportJob.objects.unfinished().filter(pk=job.pk, attempts=job.attempts)
    if open_.update(**values):
        _notify_asker(job, "export_failed", problem=problem)


def _notify_asker(job: ExportJob, template: str, **values) -> None:
    notify(job.user, template, job.get_absolute_url(), key=f"export:{job.pk}", job=job, **values)
