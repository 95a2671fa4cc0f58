"""Celery tasks for imports and exports: read and save files, make lists, retry lost jobs, delete old data."""

import logging

import pghistory
from celery import shared_task
from django.core.exceptions import ValidationError

from members.models import ImportRun
from members.sheets.sheets import SheetError
from members.transfer.resources import open_run
from members.transfer.services import exports, imports

# The task names are those of an earlier module, because messages that wait in a broker have them.
logger = logging.getLogger(__name__)


@shared_task(name="members.tasks.read_import")
def read_import(run_id: int) -> None:
    """Read an uploaded file and make its preview."""
    if not imports.begin_attempt(run_id=run_id, states=[ImportRun.State.READING]):
        return  # a duplicate message: the file has been read
    with imports.notify_if_failing(run_id, refusals=(SheetError, ValidationError)):
        header, rows, notes = open_run(ImportRun.objects.get(pk=run_id))
        imports.preview_run(run_id=run_id, header=header, rows=rows, notes=notes)


@shared_task(name="members.tasks.write_import")
def write_import(run_id: int) -> None:
    """Save the rows of a confirmed import."""
    if not imports.begin_attempt(run_id=run_id, states=[ImportRun.State.WRITING]):
        return
    user_id, filename = ImportRun.objects.values_list("created_by", "filename").get(pk=run_id)
    with (
        imports.notify_if_failing(run_id, refusals=(ValidationError,)),
        pghistory.context(user=user_id, import_run=run_id, file=filename),
    ):
        imports.write_run(run_id=run_id)


@shared_task(name="members.tasks.undo_import")
def undo_import(run_id: int) -> None:
    """Take back what an import wrote."""
    imports.finish_undo(run_id=run_id)


@shared_task(name="members.tasks.resume_imports")
def resume_imports() -> None:
    """Continue imports whose message was lost, in the broker or before it; all three tasks may run twice."""
    states = ImportRun.State
    tasks = {states.READING: read_import, states.WRITING: write_import, states.UNDOING: undo_import}
    for run in imports.list_stalled_runs():
        tasks[states(run.state)].delay(run.pk)


@shared_task(name="members.tasks.forget_imports")
def forget_imports() -> None:
    """Delete rows and files of old imports."""
    imports.forget_old_runs()


@shared_task(bind=True, name="members.tasks.make_export")
def make_export(self, job_id: int) -> None:
    """Make the file of an export."""
    exports.run_export(job_id=job_id, redelivered=bool((self.request.delivery_info or {}).get("redelivered")))


@shared_task(name="members.tasks.resume_exports")
def resume_exports() -> None:
    """Make the exports whose message was lost or whose worker died."""
    for job in exports.list_stalled_exports():
        make_export.delay(job.pk)


@shared_task(name="members.tasks.forget_exports")
def forget_exports() -> None:
    """Delete the files of old exports."""
    exports.forget_old_exports()
