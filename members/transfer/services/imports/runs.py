"""The states of an import: reading → preview → writing → done, or dropped, or failed with a reason."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from members.models import (
    Branch,
    College,
    ImportRow,
    ImportRun,
    Member,
    School,
    ServiceYear,
    User,
    VolunteerRecord,
)
from members.permissions import get_scope, may
from members.sheets.papers import remove_id_cards
from members.transfer.queries.imports import count_sheets
from members.transfer.services.imports import organisation, roster, staging
from members.transfer.services.imports.registry import (
    AFTER_IMPORT,
    CHECKS,
    COMPARE,
    LOCK,
    MERGE,
    MISSING,
    OF_A_YEAR,
    REVERTING,
)

# A file with at least this number of rows makes the planner's statistics stale.
MANY_ROWS = 1000
# The states that somebody may tell for all rows of a file of hours without such a column (`run.notes["state"]`).
STATES = ("confirmed", "pending")
STATE_OPTION = "请说明全部按“已确认”（--state confirmed）还是“待确认”（--state pending）导入。"
State = ImportRun.State
logger = logging.getLogger(__name__)


def get_allowed_college(
    *, user: User | None, school: School, kind: str, college: College | None
) -> College | None:
    """Return the college to which an import is bound; None for the whole school (school committee, operator).

    A college secretary's import is always bound to their own college. Raises ValidationError if the user may
    not import this kind, or not for this college.
    """
    if college is not None and college.school_id != school.pk:
        raise ValidationError("该学院不属于本校。")
    if college is not None and kind in OF_A_YEAR:
        raise ValidationError("这类文件属于全校，不能限定学院，请选择“全校”后重新上传。")
    if user is None:
        return college
    if not may(user, f"import.{kind}"):
        raise ValidationError("您没有导入这类文件的权限。")
    seen = get_scope(user, f"import.{kind}")
    if seen.everything or school.pk in seen.schools:
        return college
    own = College.objects.filter(pk__in=seen.colleges, school=school)
    if not own:
        raise ValidationError("您没有在该校导入文件的权限。")
    if college is not None:
        if not own.filter(pk=college.pk).exists():
            raise ValidationError("您只能导入本学院的文件。")
        return college
    if len(own) != 1:
        raise ValidationError("请先选择学院。")
    return own[0]


def check_as_of(as_of: date | None) -> date:
    """Return the day the file speaks of (today if it is not told); raise ValidationError for a later day."""
    today = timezone.localdate()
    if as_of is not None and as_of > today:
        raise ValidationError("数据日期不能晚于今天。")
    return as_of or today


@transaction.atomic
def start_run(
    *,
    school: School,
    kind: str,
    filename: str,
    content: bytes,
    user: User | None,
    college: College | None = None,
    as_of: date | None = None,
    follows: ImportRun | None = None,
) -> ImportRun:
    """Save the uploaded file as a run; a worker reads it (see members.transfer.tasks).

    `as_of`: 数据日期, the day the file speaks of; changes take effect then. The default is today.
    `follows`: the import whose rejected rows the file brings again.
    """
    run = ImportRun(
        follows=follows,
        as_of=check_as_of(as_of),
        school=school,
        kind=kind,
        college=get_allowed_college(user=user, school=school, kind=kind, college=college),
        filename=remove_id_cards(filename)[-200:],
        created_by=user,
        year=ServiceYear.objects.current(school) if kind in OF_A_YEAR else None,
    )
    run.file.save(f"{kind}.bin", ContentFile(content), save=False)
    run.save()
    return run


@transaction.atomic
def preview_run(
    *, run_id: int, header: Iterable[str], rows: Iterable[Any], notes: dict[str, Any]
) -> ImportRun:
    """Stage the rows and compare them; nothing else is saved. A second reading starts again from the file.

    Raises ValidationError for a file without rows.
    """
    run = lock_run(run_id)
    if run.state != State.READING:
        return run
    run.rows.all().delete()
    run.header, run.notes = list(header), notes
    if not staging.stage_rows(run, rows):
        raise ValidationError("表头下面没有数据行。")
    compare_run(run)
    run.state, run.attempts = State.PREVIEW, 0  # writing has its own attempts
    _forget_file(run)  # the rows are staged; the file may hold data that the portal should not keep
    run.save()
    return run


@transaction.atomic
def fail_run(*, run_id: int, problem: str) -> None:
    """Mark a run as failed; its page shows the problem.

    A run in any other state than reading or writing stays.
    """
    run = lock_run(run_id)
    if run.state in (State.READING, State.WRITING):
        run.state, run.problem = State.FAILED, problem
        _forget_file(run)
        run.save()


@contextmanager
def notify_if_failing(run_id: int, *, refusals: tuple[type[Exception], ...]) -> Iterator[None]:
    """Mark the run as failed on every exception, so that its user is told; the rollback leaves nothing saved.

    An exception of `refusals` gives its own message; any other is logged with its traceback.
    """
    try:
        yield
    except refusals as error:
        fail_run(run_id=run_id, problem=" ".join(getattr(error, "messages", [str(error)])))
    except Exception:
        logger.exception("Import %s failed", run_id)
        fail_run(
            run_id=run_id,
            problem="处理时出现意外错误，文件内容一行也没有录入。请重新上传；如再次出现，请联系管理员。",
        )


@transaction.atomic
def confirm_run(
    *, run_id: int, user: User, force: bool = False, state: str = "", columns_known: bool = False
) -> ImportRun:
    """Confirm the preview; a worker then saves the rows (see members.transfer.tasks).

    `force`: rows that go back to a former state are meant. `state`: "confirmed" or "pending" for all rows of a
    file of hours that does not say it. `columns_known`: the columns that nobody reads and that seem to say whether a
    row counts change nothing. Raises ValidationError if there are such rows and
    nobody forces them, if the user may not import the file, or if the run is not in its preview.
    """
    run = lock_run(run_id)
    get_allowed_college(user=user, school=run.school, kind=run.kind, college=run.college)
    if run.state != State.PREVIEW:
        raise ValidationError(f"这次导入{run.get_state_display()}，不能再确认。")
    run.forced = force
    _refuse_older(run, "如确要以这份文件为准，请勾选“确认导入旧数据”后再确认。")
    if run.notes.get("asks_columns") and not columns_known:
        asked = "；".join(describe_asked_columns(run.notes))
        raise ValidationError(f"{asked}。请核对后勾选“确认这些列不影响录入”再确认。")
    if state:
        run.notes["state"] = state
    _refuse_without_state(run, "请选择全部按“已确认”还是“待确认”导入。")
    run.state = State.WRITING
    run.save()
    return run


@transaction.atomic
def drop_run(*, run_id: int) -> ImportRun:
    """Drop a run before it is confirmed, and delete its rows and file; raise ValidationError later."""
    run = lock_run(run_id)
    if run.state not in (State.PREVIEW, State.READING):
        raise ValidationError(f"这次导入{run.get_state_display()}，不能放弃。")
    run.rows.all().delete()
    run.state = State.DROPPED
    _forget_file(run)
    run.save()
    return run


@transaction.atomic
def write_run(*, run_id: int) -> ImportRun:
    """Compare once more under the school's lock and save the rows. A second call does nothing."""
    run = lock_run(run_id)
    if run.state != State.WRITING:
        return run
    _merge_run(run)
    run.save()
    return run


@transaction.atomic
def import_at_once(
    *, run: ImportRun, header: Iterable[str], rows: Iterable[Any], dry_run: bool = False
) -> ImportRun:
    """Stage, compare and merge in one transaction, for the command line; a dry run only stages and compares.

    Raises ValidationError, and writes nothing, for rows that go back to a former state, unless `run.forced`.
    """
    run.as_of = check_as_of(run.as_of)
    School.objects.select_for_update(no_key=True).get(pk=run.school_id)
    run.header = list(header)
    run.save()
    if not staging.stage_rows(run, rows):
        raise ValidationError("表头下面没有数据行。")
    if dry_run:
        compare_run(run)
        _refuse_without_state(run, STATE_OPTION)
        run.state = State.PREVIEW
    else:
        _merge_run(run)
    run.save()
    return run


def list_stalled_runs() -> list[ImportRun]:
    """Return the runs that have been reading, writing or undoing for ten minutes without a change."""
    since = timezone.now() - timedelta(minutes=10)
    busy = [State.READING, State.WRITING, State.UNDOING]
    return list(ImportRun.objects.filter(state__in=busy, updated_at__lt=since))


def forget_old_runs() -> None:
    """Delete the rows and files of uploads, which hold personal data, after 30 days (requirements §6).

    The figures stay. Dismissed records of the volunteers' lists go after a year.
    """
    old = ImportRun.objects.filter(created_at__lt=timezone.now() - timedelta(days=30))
    for run in old.exclude(file=""):
        _forget_file(run)
        run.save()
    ImportRow.objects.filter(run__in=old).delete()
    old.filter(state=State.PREVIEW).update(state=State.DROPPED)
    # Dismissed records are people of other schools; after a year nobody restores them any more.
    strangers = VolunteerRecord.objects.filter(state=VolunteerRecord.State.DISMISSED)
    strangers.filter(created_at__lt=timezone.now() - timedelta(days=365)).delete()


def _forget_file(run: ImportRun) -> None:
    """Clear the run's file; the caller saves the run.

    The file itself is deleted on commit, because a reading that is rolled back needs it again.
    """
    if run.file.name:
        transaction.on_commit(partial(run.file.storage.delete, run.file.name))
        run.file = ""


def lock_run(run_id: int) -> ImportRun:
    """Lock the school first (one import of a school at a time), then the run; return the run."""
    school_id = ImportRun.objects.values_list("school_id", flat=True).get(pk=run_id)
    School.objects.select_for_update(no_key=True).get(pk=school_id)
    return (
        ImportRun.objects.select_related("school", "college").select_for_update(of=("self",)).get(pk=run_id)
    )


def is_partial(run: ImportRun) -> bool:
    """Return whether the run has only rejected rows of another file, so that it says nothing of what it lacks."""
    return bool(run.notes.get("partial"))


def add_doubt(run: ImportRun, sentence: str) -> None:
    """Add a Chinese sentence to the doubts that the preview and the command print; the caller saves the run."""
    doubts = run.notes.setdefault("doubts", [])
    if sentence not in doubts:
        doubts.append(sentence)


def describe_asked_columns(notes: dict[str, Any]) -> list[str]:
    """Return a sentence about each column that nobody reads and that seems to say whether a row counts."""
    return [
        f"“{column}”列平台不认识，里面有{''.join(f'“{word}”' for word in words[:6])}，请核对这一列是否影响录入"
        for column, words in notes.get("asks_columns", [])
    ]


def compare_run(run: ImportRun) -> None:
    run.notes.pop("doubts", None)  # of the comparison before
    for sentence in run.notes.get("file_doubts", []):
        add_doubt(run, sentence)
    COMPARE[run.kind](run)
    if refuse := CHECKS.get(run.kind):
        refuse(run)
    count_missing, count_reverting = MISSING.get(run.kind), REVERTING.get(run.kind)
    run.figures = staging.count_statuses(run) | {
        "missing": 0
        if is_partial(run)
        else count_missing(run)
        if count_missing
        else list_absent(run).count(),
        "reverting": count_reverting(run) if count_reverting else 0,
        "sheets": count_sheets(run),
    }
    if run.kind == ImportRun.Kind.ROSTER:
        run.figures["new_organisations"] = roster.list_new_organisations(run)
    if run.kind == ImportRun.Kind.ORGANISATION:
        run.figures["missing_colleges"] = organisation.list_absent_colleges(run)


def _refuse_older(run: ImportRun, advice: str) -> None:
    """Raise ValidationError if rows of the file go back to a former state and nobody has said that this is meant."""
    count = run.figures.get("reverting", 0)
    if count and not run.forced:
        raise ValidationError(f"这份文件可能早于平台现有的数据：{count} 条将回到以前的状态。{advice}")


def _refuse_without_state(run: ImportRun, advice: str) -> None:
    """Raise ValidationError if the file of hours has no column for the state and nobody has told it for all rows."""
    if run.notes.get("asks_state") and run.notes.get("state") not in STATES:
        raise ValidationError(f"文件没有状态列：{advice}")


def _merge_run(run: ImportRun) -> None:
    staging.forget_plans()
    before = _count_organisations(run)
    if lock := LOCK.get(run.kind):
        lock(run)
    compare_run(run)
    _refuse_without_state(run, STATE_OPTION)
    _refuse_older(run, "没有录入任何内容；如确要以这份文件为准，请确认后重新导入（命令行加 --force）。")
    with pghistory.context(import_run=run.pk) as context:
        run.history = context.id
        MERGE[run.kind](run, today=timezone.localdate())
    if run.rows.count() >= MANY_ROWS:
        staging.analyse_tables("members_member", "members_spell", "members_volunteerrecord")
    colleges, branches = _count_organisations(run)
    run.figures |= {"colleges": colleges - before[0], "branches": branches - before[1]}
    run.state, run.confirmed_at = State.DONE, timezone.now()
    if then := AFTER_IMPORT.get(run.kind):
        transaction.on_commit(then)


def _count_organisations(run: ImportRun) -> tuple[int, int]:
    return (
        College.objects.filter(school=run.school).count(),
        Branch.objects.filter(college__school=run.school).count(),
    )


def list_absent(run: ImportRun):
    """Return the people or branches in the file's part of the school that the file lacks.

    They are listed, never deleted. The list is empty for other kinds, and after forget_old has deleted the
    rows.
    """
    if run.kind == ImportRun.Kind.ORGANISATION:
        found = organisation.list_absent_branches(run)
    elif run.kind == ImportRun.Kind.ROSTER and run.rows.filter(data__has_key="branch").exists():
        found = Member.objects.absent_from(run)  # a list without branches is one of some people
    else:
        return Member.objects.none()
    return found if run.rows.exists() and not is_partial(run) else found.none()
