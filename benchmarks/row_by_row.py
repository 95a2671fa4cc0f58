"""How fast a roster of 50,000 people is imported, compared with django-import-export's own row-by-row import.

    PORTAL_ENV=test DATABASE_URL=… REDIS_URL=… python benchmarks/row_by_row.py [--rows 50000] [--compared 1000]

DATABASE_URL names the server: the script makes a database of its own there and drops it at the end. Both
imports read the same .xlsx, check the same columns, keep history by the same triggers and write to the same
tables.
"""

# ruff: noqa: E402 (Django is set up before its models are imported)

import argparse
import os
import platform
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "volunteer_portal.settings")

import django

django.setup()

import pghistory
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from import_export import fields, resources, widgets
from python_calamine import CalamineWorkbook
from tablib import Dataset

from benchmarks.imports import HEADER, build_workbook, make_admin, make_own_database, make_roster_lines
from members.models import Branch, College, ImportRun, Member, School, User
from members.rules import parse_stage_and_party
from members.sheets.cells import clean_name, clean_number, clean_phone, clean_text, make_name_key
from members.sheets.names import make_sort_key
from members.transfer.services import imports
from members.transfer.tasks import read_import, write_import


def time_rows(label: str, rows: int, work: Callable[[], Any]) -> tuple[float, Any]:
    start = perf_counter()
    result = work()
    seconds = perf_counter() - start
    print(f"{label:<58}{seconds:8.2f} s{rows / seconds:12,.0f} rows/s", flush=True)
    return seconds, result


# --- the portal's import: read, stage, compare; confirm; compare again and merge, with history -----------------


def preview_roster(user: User, content: bytes) -> ImportRun:
    run = imports.start_run(
        school=user.school, kind="roster", filename="花名册.xlsx", content=content, user=user, college=None
    )
    read_import(run.pk)
    run.refresh_from_db()
    assert run.state == ImportRun.State.PREVIEW, run.problem
    return run


def write_roster(user: User, run: ImportRun) -> ImportRun:
    imports.confirm_run(run_id=run.pk, user=user)
    write_import(run.pk)
    run.refresh_from_db()
    assert run.state == ImportRun.State.DONE, run.problem
    return run


def time_portal(user: User, content: bytes, rows: int) -> float:
    """Return the seconds for preview and import together; print the parts."""
    first, run = time_rows("portal: upload and preview", rows, lambda: preview_roster(user, content))
    time_pages(user, run)
    second, run = time_rows(
        "portal: import after confirmation, with history", rows, lambda: write_roster(user, run)
    )
    assert (run.figures["new"], run.figures["error"]) == (rows, 0), run.figures
    assert Member.objects.filter(school=user.school).count() == rows
    assert Member.pgh_event_model.objects.filter(school=user.school).count() == rows
    _, run = time_rows(
        "portal: the same file again, preview and import",
        rows,
        lambda: write_roster(user, preview_roster(user, content)),
    )
    assert run.figures["same"] == rows, run.figures
    return first + second


def time_pages(user: User, run: ImportRun) -> None:
    client = Client()
    client.force_login(user)
    client.get(run.get_absolute_url())  # templates and session are loaded now
    for label, query in (
        ("overview", ""),
        ("first page of 新增", "?status=new"),
        ("last page", "?status=new&page=last"),
    ):
        with CaptureQueriesContext(connection) as queries:
            start = perf_counter()
            response = client.get(run.get_absolute_url() + query)
            seconds = perf_counter() - start
        assert response.status_code == 200
        size = len(response.content) / 1024
        print(f"  preview page, {label}: {size:.0f} KB, {seconds:.2f} s, {len(queries)} queries", flush=True)


# --- django-import-export's import: import_data, first as a dry run, then for real ----------------------------


class Cleaned(widgets.CharWidget):
    def __init__(self, clean: Callable):
        super().__init__()
        self.clean_cell = clean

    def clean(self, value, row=None, **kwargs):
        return self.clean_cell(value)


class RowByRow(resources.ModelResource):
    """The same columns with the same checks, written as the package's guide writes a resource."""

    student_no = fields.Field("student_no", "学号", Cleaned(clean_number))
    name = fields.Field("name", "姓名", Cleaned(clean_name))
    gender = fields.Field("gender", "性别", Cleaned({"男": "male", "女": "female"}.get))
    grade = fields.Field("grade", "年级", Cleaned(clean_text))
    phone = fields.Field("phone", "手机号码", Cleaned(clean_phone))

    class Meta:
        model = Member
        import_id_fields = ("student_no",)
        fields = ("student_no", "name", "gender", "grade", "phone")
        skip_unchanged = True

    def __init__(self, school: School):
        super().__init__()
        self.school = school

    def get_queryset(self):
        return Member.objects.filter(school=self.school)

    def before_save_instance(self, instance, row, **kwargs):
        college, _ = College.objects.get_or_create(school=self.school, name=row["学院"])
        instance.school = self.school
        instance.branch, _ = Branch.objects.get_or_create(college=college, name=row["团支部"])
        instance.stage, instance.party = parse_stage_and_party(row["政治面貌"])
        instance.name_key, instance.sort_key = make_name_key(instance.name), make_sort_key(instance.name)


def time_row_by_row(user: User, content: bytes, rows: int) -> float:
    """Return the seconds for the dry run, which is its preview, and the real import together."""
    resource = RowByRow(user.school)

    def read() -> Dataset:
        header, *lines = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
        return Dataset(*lines, headers=header)

    def import_rows(dry_run: bool):
        with transaction.atomic(), pghistory.context(user=user.pk):
            return resource.import_data(read(), dry_run=dry_run, raise_errors=True, use_transactions=True)

    first, _ = time_rows("django-import-export: preview (its dry run)", rows, lambda: import_rows(True))
    second, result = time_rows("django-import-export: import, with history", rows, lambda: import_rows(False))
    assert result.totals["new"] == rows, result.totals
    assert Member.objects.filter(school=user.school).count() == rows
    return first + second


def get_memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--compared", type=int, default=1_000, help="rows for the row-by-row import")
    options = parser.parse_args()
    lines = make_roster_lines(options.rows)
    with make_own_database():
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            (version,) = cursor.fetchone()
        print(
            f"{os.cpu_count()} cores, {get_memory_gb():.0f} GB, Python {platform.python_version()}, PostgreSQL {version}"
        )
        ours = time_portal(make_admin("A", "甲大学"), build_workbook(HEADER, lines), options.rows)
        theirs = time_row_by_row(
            make_admin("B", "乙大学"), build_workbook(HEADER, lines[: options.compared]), options.compared
        )
        factor = (options.rows / ours) / (options.compared / theirs)
        print(
            f"preview and import together: {options.rows / ours:,.0f} against {options.compared / theirs:,.0f} rows/s"
        )
        print(f"factor {factor:.0f}")
    if factor < 20:
        sys.exit("slower than 20 times the row-by-row import")


if __name__ == "__main__":
    main()
