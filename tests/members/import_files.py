"""Helpers that import files of a test by the same services and tasks as the browser, but without the browser."""

from io import BytesIO, StringIO
from json import loads
from pathlib import Path

from django.core.management import call_command
from openpyxl import load_workbook

from members.models import ImportRun, Member, School, User
from members.transfer.services import imports
from members.transfer.tasks import read_import, write_import
from tests.members.sheet_files import make_xlsx

Kind, State = ImportRun.Kind, ImportRun.State
ROSTER_HEADER = ("学号", "姓名", "学院", "团支部", "政治面貌", "手机号码")
VOLUNTEER_HEADER = ("志愿者编号", "姓名", "手机号", "所属团体", "注册时间")


def make_roster_file(*rows, header=ROSTER_HEADER) -> bytes:
    return make_xlsx(header, *rows)


def make_volunteers_file(*rows, header=VOLUNTEER_HEADER) -> bytes:
    return make_xlsx(header, *rows)


def make_roster_row(person: Member, **changed) -> tuple:
    """Return the roster row with the person's data in the portal, except for the `changed` cells."""
    known = {
        "student_no": person.student_no,
        "name": person.name,
        "college": person.branch.college.name,
        "branch": person.branch.name,
        "politics": person.get_party_display() if person.party else "共青团员",
        "phone": person.phone,
    }
    return tuple((known | changed).values())


def preview_import(
    kind: str, content: bytes, *, by: User, college=None, filename="名单.xlsx", as_of=None
) -> ImportRun:
    """Return a run that is read and waits on its preview page."""
    run = imports.start_run(
        school=by.school,
        kind=kind,
        filename=filename,
        content=content,
        user=by,
        college=college,
        as_of=as_of,
    )
    read_import(run.pk)
    run.refresh_from_db()
    return run


def confirm_import(kind: str, content: bytes, *, by: User, force: bool = False, **options) -> ImportRun:
    """Return a run that is confirmed but not written yet. `force`: rows may go back to a former state."""
    run = preview_import(kind, content, by=by, **options)
    assert run.state == State.PREVIEW, run.problem
    return imports.confirm_run(run_id=run.pk, user=by, force=force)


def run_import(kind: str, content: bytes, *, by: User, **options) -> ImportRun:
    """Return a run that is confirmed and written."""
    run = confirm_import(kind, content, by=by, **options)
    write_import(run.pk)
    run.refresh_from_db()
    assert run.state == State.DONE, run.problem
    return run


def count_outcome(run: ImportRun) -> dict[str, int]:
    """Return {status: number of rows}, without statuses that have no row."""
    statuses = ("new", "changed", "same", "unclear", "error")
    return {status: run.figures[status] for status in statuses if run.figures[status]}


def list_row_problems(run: ImportRun) -> dict[int, str]:
    """Return {row number in the file: reason} of the rows with an error or an unclear person."""
    return dict(run.rows.filter(status__in=["error", "unclear"]).values_list("number", "reason"))


def run_import_command(kind: str, path: Path, **options) -> dict:
    """Run `manage.py import_file` and return its JSON report."""
    out = StringIO()
    call_command("import_file", kind, str(path), json=True, stdout=out, **options)
    return loads(out.getvalue())


def read_counts(report: dict) -> tuple[int, int, int, int, int]:
    """Return the numbers (created, updated, unchanged, unclear, errors) of a command's report."""
    return (
        report["created"],
        report["updated"],
        report["unchanged"],
        report["unclear"],
        len(report["errors"]),
    )


def get_person(school: School, student_no: str) -> Member:
    return Member.objects.select_related("branch__college").get(school=school, student_no=student_no)


def read_lines(workbook: bytes) -> list[tuple]:
    """Return the rows of a workbook's first sheet, header first."""
    return list(load_workbook(BytesIO(workbook)).active.iter_rows(values_only=True))
