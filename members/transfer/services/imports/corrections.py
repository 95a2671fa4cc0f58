"""Correct rejected rows of an import in the page: before its confirmation in the run itself, later in a run of their own."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from members.models import ImportRow, ImportRun, User
from members.transfer.services.imports.runs import compare_run, get_allowed_college, lock_run

State, Status = ImportRun.State, ImportRow.Status
# Why rows of a run in this state are not corrected, and what to do instead.
NO_LONGER = {
    State.READING: "这份文件还在读取，请稍后再改。",
    State.WRITING: "这次导入刚才已经确认，正在录入，改动没有保存。请等录入完成后，在结果页再改正有误的行。",
    State.DONE: "这次导入已经确认并录入，改动没有保存。请在结果页点“改正有误的行”，它们会成为一次新的导入。",
    State.DROPPED: "这次导入已经放弃，改动没有保存。请重新上传文件。",
    State.FAILED: "这个文件没有录入，请重新上传。",
    State.UNDONE: "这次导入已经撤销，改动没有保存。请重新上传文件。",
}

COPY_REJECTED = """
INSERT INTO members_importrow (run_id, position, sheet, number, key, original, data, status, reason, changes, doubts,
    reverting)
SELECT %(copy)s, position, sheet, number, key, original, data, status, reason, '{}', doubts, false
FROM members_importrow WHERE run_id = %(run)s AND status = 'error'
"""


@transaction.atomic
def correct_rows(*, run_id: int, user: User, rows: Mapping[int, Any]) -> tuple[int, int]:
    """Replace rejected rows by what their uploader has typed, and compare the run; return (good, rejected again).

    `rows`: {id: row read anew, as for `staging.stage_rows`}. What was typed is kept in a row that is rejected again.
    Raises ValidationError in Chinese, and writes nothing, if the run is no longer in its preview.
    """
    run = _lock_own_run(run_id, user)
    if run.state != State.PREVIEW:
        raise ValidationError(NO_LONGER[State(run.state)])
    found = list(run.rows.select_for_update().filter(pk__in=rows, status=Status.ERROR).order_by("pk"))
    if len(found) < len(rows):
        raise ValidationError("其中有的行刚才已在别处改正，这次的改动没有保存。请刷新本页，再改其余的行。")
    for row in found:
        new = rows[row.pk]
        row.original, row.data, row.key = new.original, new.data, new.key.upper()[:200]
        row.reason, row.doubts = new.reason, new.doubts
        row.status = Status.ERROR if new.reason else ""
    ImportRow.objects.bulk_update(
        found, ["original", "data", "key", "reason", "doubts", "status"], batch_size=100
    )
    compare_run(run)
    run.save()
    rejected = run.rows.filter(pk__in=rows, status=Status.ERROR).count()
    return len(found) - rejected, rejected


@transaction.atomic
def copy_rejected(*, run_id: int, user: User) -> ImportRun:
    """Return a new run in its preview, made of the rejected rows of a confirmed one, to be corrected and confirmed.

    Kind, college, day and row numbers are those of the file. If there is such a run already, it is returned.
    """
    run = _lock_own_run(run_id, user)
    if run.state != State.DONE:
        raise ValidationError(f"这次导入{run.get_state_display()}，没有要另行改正的行。")
    open_copy = run.followers.filter(state=State.PREVIEW, created_by=user, notes__has_key="partial").first()
    if open_copy:
        return open_copy
    notes = {name: run.notes[name] for name in ("columns", "states", "lacking", "state") if name in run.notes}
    copy = ImportRun.objects.create(
        school=run.school,
        kind=run.kind,
        college=run.college,
        year=run.year,
        as_of=run.as_of,
        filename=run.filename,
        header=run.header,
        notes=notes | {"partial": True},
        state=State.PREVIEW,
        follows=run,
        created_by=user,
    )
    with connection.cursor() as cursor:
        cursor.execute(COPY_REJECTED, {"copy": copy.pk, "run": run.pk})
        if not cursor.rowcount:
            raise ValidationError("没有可以改正的行：名单明细已满 30 天、按期清除。请重新上传文件。")
    compare_run(copy)
    copy.save()
    return copy


def _lock_own_run(run_id: int, user: User) -> ImportRun:
    """Lock a run and return it; raise ValidationError for others than its uploader, who may read its rejected rows."""
    run = lock_run(run_id)
    if run.created_by_id != user.pk:
        raise ValidationError("只有上传这份文件的人可以改正其中的行。")
    get_allowed_college(user=user, school=run.school, kind=run.kind, college=run.college)
    return run
