"""Export a list of the portal, and import it again as it is, saved by another program, and as text."""

import csv
import re
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO, StringIO

from django.core.management import call_command
from openpyxl import load_workbook

from tests.members.import_files import run_import_command

_ESCAPED = re.compile("_x005F_(?=x[0-9A-Fa-f]{4}_)")


def export_list(kind: str, school, folder) -> bytes:
    path = folder / f"{kind}-out.xlsx"
    call_command("export", kind, str(path), year=2018, school=school.code, stdout=StringIO())
    return path.read_bytes()


def list_forms(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (filename, content): the portal's own file, saved again by openpyxl, and as text with commas."""
    yield "own.xlsx", content
    book, saved, text = load_workbook(BytesIO(content)), BytesIO(), StringIO(newline="")
    book.save(saved)
    yield "saved.xlsx", saved.getvalue()
    csv.writer(text).writerows(map(_show, book.active.iter_rows(values_only=True)))
    yield "text.csv", text.getvalue().encode("utf-8-sig")


def _show(row) -> list:
    """Return the cells as a spreadsheet program shows them; openpyxl does not read the escape of an underscore."""
    shown = [cell.date() if isinstance(cell, datetime) else cell for cell in row]
    return [_ESCAPED.sub("_", cell) if isinstance(cell, str) else cell for cell in shown]


def read_back(kind: str, content: bytes, school, folder, **options) -> dict[str, dict]:
    """Import the content in every form; return {filename: the command's report}."""
    reports = {}
    for name, form in list_forms(content):
        (folder / name).write_bytes(form)
        reports[name] = run_import_command(kind, folder / name, school=school.code, **options)
    return reports


def assert_all_unchanged(reports: dict[str, dict], rows: int, *, warnings: tuple[str, ...] = ()) -> None:
    """Assert that every form has these rows, changes nothing, refuses nothing and asks nothing."""
    for name, report in reports.items():
        assert report["errors"] == [], name
        assert (report["created"], report["updated"], report["unclear"]) == (0, 0, 0), name
        assert (report["rows"], report["unchanged"]) == (rows, rows), name
        assert tuple(report["warnings"]) == warnings, name
