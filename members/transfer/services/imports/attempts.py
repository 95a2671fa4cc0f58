"""Count how often a worker began with an import: a file that ends its worker twice is not tried again."""

import logging
from collections.abc import Collection
from functools import partial

from django.db import transaction

from members.models import ImportRun
from members.querysets import MAX_ATTEMPTS

PARKED = (
    "处理这份文件时，后台程序两次意外中止，已不再处理，文件内容一行也没有录入。"
    "请用 Excel 打开，另存为 .xlsx 或拆成几个文件后重新上传；如再次出现，请联系管理员。"
)
State = ImportRun.State
logger = logging.getLogger(__name__)


@transaction.atomic
def begin_attempt(*, run_id: int, states: Collection[str] = (State.READING, State.WRITING)) -> bool:
    """Count one more attempt and return whether the run is in one of these states, so that it is to be worked on now.

    A message of reading that comes again while the run is written must not touch it: its file is gone.

    Call this outside of any transaction: the count must be saved before the work that may end the worker. The
    transaction in which a living worker reads or writes locks the run, so a second message waits here for its end.
    """
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    if run.state not in states:
        return False
    if run.attempts >= MAX_ATTEMPTS:
        park_run(run)
        return False
    run.attempts += 1
    run.save(update_fields=["attempts", "updated_at"])
    return True


def park_run(run: ImportRun) -> None:
    """Mark a locked run as failed, delete its file, and tell the operator; /readyz counts such runs."""
    logger.error("Import %s ended its worker %s times; it is parked", run.pk, run.attempts)
    run.attempts += 1  # the start that was refused: this is how /readyz knows it
    if run.file.name:
        transaction.on_commit(partial(run.file.storage.delete, run.file.name))
    run.state, run.problem, run.file = State.FAILED, PARKED, ""
    run.save(update_fields=["state", "problem", "file", "attempts", "updated_at"])
