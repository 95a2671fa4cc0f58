"""Undo a finished import: everything that it wrote becomes as it was, as long as nothing was built on it.

The history says what an import wrote and what was there before (`changes`), at any later time: the rows of the file are
not needed. What was built on it (`built_on`) refuses the whole undoing.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from time import sleep

import pghistory
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from psycopg2.errors import DeadlockDetected, LockNotAvailable

from members.models import ImportRun, User
from members.services.spells import take_back_spells
from members.transfer.services.imports import staging
from members.transfer.services.imports.built_on import FINDERS, FORGOTTEN, WORDS, Built, Finder, list_built_on
from members.transfer.services.imports.changes import (
    KEPT,
    Table,
    find_changes,
    lock_rows,
    quote,
    restore_rows,
)
from members.transfer.services.imports.registry import AFTER_IMPORT
from members.transfer.services.imports.runs import MANY_ROWS, get_allowed_college, lock_run

State = ImportRun.State
# Records of hours that are voided with a reason that begins so count as never imported.
UNDONE = "撤销导入"
TOO_OLD = "这次导入是在有撤销功能之前完成的，不能自动撤销。"
SHARED = "这次导入与另一次导入是同一步完成的，不能单独撤销。"
BUILT_ON = "这次导入之后已有 {} 项依据它办理的内容，不能撤销。请先处理列出的各项。"
BUSY = "有人正在办理与这次导入有关的事项，没有撤销任何内容。请过一会儿再看。"
# Undoing gives way: it waits for a row only so long, leaves everything and begins anew. Somebody who holds a row of the
# import may wait for another one that the undoing holds; after a second the database would end either of the two.
WAIT, PAUSE, ATTEMPTS = "300ms", 0.2, 20
logger = logging.getLogger(__name__)

# Functions of apps above for rows that can never be deleted. They run before anything is written back; each returns a
# function that runs after it, or None.
Taker = Callable[[ImportRun, User | None], Callable[[], object] | None]
TAKERS: list[Taker] = []


@dataclass
class Undoing:
    """What undoing an import would take back, and what was built on the import."""

    tables: list[Table] = field(default_factory=list)
    built_on: list[Built] = field(default_factory=list)
    refusal: str = ""

    @property
    def is_allowed(self) -> bool:
        return not self.refusal and not self.built_on

    def describe_rows(self) -> list[tuple[str, str]]:
        """Return (what, what happens to how many) for each table, in Chinese."""
        return [(str(table.model._meta.verbose_name), _describe_table(table)) for table in self.tables]


def _describe_table(table: Table) -> str:
    """Return what undoing does to a table: what the import added goes, what it changed or deleted comes back."""
    goes = "作废" if table.model in KEPT else "删除"
    parts = [
        f"{goes}新增的 {table.made} 条" if table.made else "",
        f"恢复改动的 {table.changed} 条" if table.changed else "",
        f"恢复删除的 {table.gone} 条" if table.gone else "",
    ]
    return "，".join(part for part in parts if part)


def register_undo(
    *,
    list_built_on: Finder | None = None,
    take_back: Taker | None = None,
    words: dict[type, Callable] | None = None,
) -> None:
    """Register what an app above knows of undoing; its AppConfig.ready calls this.

    `list_built_on` returns what was built on a run. `take_back` takes back rows that can never be deleted. `words`
    names rows of a table in a sentence about a later change.
    """
    if list_built_on is not None:
        FINDERS.append(list_built_on)
    if take_back is not None:
        TAKERS.append(take_back)
    WORDS.update(words or {})


def check_undo_right(*, run: ImportRun, user: User | None) -> None:
    """Raise ValidationError if the user may not undo the run: they must be able to import such a file for its scope."""
    college = get_allowed_college(user=user, school=run.school, kind=run.kind, college=run.college)
    if college != run.college:
        raise ValidationError("这次导入属于全校，只能由校团委撤销。")


@transaction.atomic
def plan_undo(*, run: ImportRun) -> Undoing:
    """Return what undoing the run would take back and what stops it; nothing is written or locked."""
    if refusal := _find_refusal(run):
        return Undoing(refusal=refusal)
    tables = find_changes(run)
    return Undoing(tables, list_built_on(run, tables))


@transaction.atomic
def begin_undo(*, run_id: int, user: User) -> ImportRun:
    """Mark a finished run as being undone; a worker then undoes it (see members.transfer.tasks).

    Raises ValidationError as `undo_run` does.
    """
    run = lock_run(run_id)
    check_undo_right(run=run, user=user)
    plan = plan_undo(run=run)
    if not plan.is_allowed:
        raise ValidationError(plan.refusal or BUILT_ON.format(len(plan.built_on)))
    run.state, run.undone_by, run.problem = State.UNDOING, user, ""
    run.save()
    return run


def finish_undo(*, run_id: int) -> None:
    """Undo a run whose undoing has begun; if something was built on it meanwhile, it is done as before and says so.

    A second call does nothing.
    """
    run = ImportRun.objects.select_related("undone_by").get(pk=run_id)
    if run.state != State.UNDOING:
        return
    try:
        undo_run(run_id=run_id, user=run.undone_by)
    except ValidationError as refusal:
        _keep_run(run_id, " ".join(refusal.messages))
    except Exception:
        logger.exception("Undoing import %s failed", run_id)
        _keep_run(run_id, "撤销时出现意外错误，没有撤销任何内容。请稍后再试；如再次出现，请联系管理员。")


@transaction.atomic
def _keep_run(run_id: int, problem: str) -> None:
    """Let a run whose undoing was refused be done again, with the reason."""
    run = lock_run(run_id)
    if run.state == State.UNDOING:
        run.state, run.undone_by, run.problem = State.DONE, None, problem
        run.save()


def undo_run(*, run_id: int, user: User | None) -> Undoing:
    """Take everything back that the run wrote, or nothing. `user` is None for the operator.

    The school is locked first, then the rows that the run wrote. Raises ValidationError if the user may not, if the
    run is not finished, or if anything was built on it.
    """
    for _ in range(ATTEMPTS):
        try:
            return _undo_run(run_id, user)
        except OperationalError as error:
            if not isinstance(error.__cause__, (LockNotAvailable, DeadlockDetected)):
                raise
            sleep(PAUSE)
        except IntegrityError as error:
            # A row that the check could not see yet refers to something that would go.
            logger.exception("Undoing import %s failed", run_id)
            raise ValidationError(BUSY) from error
    raise ValidationError(BUSY)


@transaction.atomic
def _undo_run(run_id: int, user: User | None) -> Undoing:
    run = lock_run(run_id)
    check_undo_right(run=run, user=user)
    if refusal := _find_refusal(run):
        raise ValidationError(refusal)
    staging.forget_plans()
    _lock_or_give_way(run)
    tables = find_changes(run)
    if built := list_built_on(run, tables):
        raise ValidationError(BUILT_ON.format(len(built)))
    about = {"undo_import": run.pk, "reason": f"{UNDONE}“{run.filename}”"} | (
        {"user": user.pk} if user else {}
    )
    with pghistory.context(**about):
        _take_back(run, tables, user)
    run.state, run.undone_at, run.undone_by, run.problem = State.UNDONE, timezone.now(), user, ""
    run.save()
    if then := AFTER_IMPORT.get(run.kind):
        transaction.on_commit(then)
    return Undoing(tables)


def _lock_or_give_way(run: ImportRun) -> None:
    """Lock the rows that the run wrote; raise OperationalError if somebody has one of them for long."""
    tables = find_changes(run)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [WAIT])
        lock_rows(tables)
        cursor.execute("SELECT set_config('lock_timeout', '0', true)")


def _take_back(run: ImportRun, tables: list[Table], user: User | None) -> None:
    after = [then for take in TAKERS if (then := take(run, user))]
    take_back_spells(run=run)
    _forget_messages(tables)
    restore_rows(tables)
    if sum(table.made + table.changed for table in tables) >= MANY_ROWS:
        staging.analyse_tables("members_member", "members_spell", "members_volunteerrecord")
    for then in after:
        then()


def _find_refusal(run: ImportRun) -> str:
    if run.state not in (State.DONE, State.UNDOING):
        return f"这次导入{run.get_state_display()}，不能撤销。"
    if run.history is None:
        return TOO_OLD
    if ImportRun.objects.filter(history=run.history).exclude(pk=run.pk).exists():
        return SHARED
    return ""


def _forget_messages(tables: list[Table]) -> None:
    """Delete messages to accounts and offices that go; nobody can have read them."""
    labels = {table.label for table in tables if table.made}
    for model in FORGOTTEN:
        for relation in model._meta.concrete_fields:
            target = relation.related_model._meta.label_lower if relation.related_model else ""
            if target in labels:
                column = connection.ops.quote_name(str(relation.column))
                with connection.cursor() as cursor:
                    cursor.execute(
                        f"DELETE FROM {quote(model)} WHERE {column} IN "
                        "(SELECT id FROM undo_rows WHERE label = %s AND made AND NOT gone)",
                        [target],
                    )
