"""Writes a `File` as the bytes that somebody would upload."""

import csv
import io
from datetime import datetime
from itertools import groupby
from pathlib import Path

import xlwt
from openpyxl import Workbook

from tests.scenarios.generator import File


def write_file(file: File, folder: Path) -> Path:
    """Write the file to the folder, with its title above and its total below; return its path."""
    name = f"{file.label}.{file.form if file.form in WRITERS else 'csv'}"
    lines = [*([(file.title,), ()] if file.title else []), file.header, *file.rows]
    if file.total:
        lines += [(), file.total]
    path = folder / name
    path.write_bytes(WRITERS.get(file.form, _build_text)(file, lines))
    return path


def _build_text(file: File, lines: list[tuple]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue().encode(file.form)


def _build_xlsx(file: File, lines: list[tuple]) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    for number, line in enumerate(lines, 1):
        for place, value in enumerate(line, 1):
            if value != "":
                sheet.cell(number, place, value)
    first = lines.index(file.header) + 2
    for column in file.merged:
        place = file.columns.index(column)
        for _, run in groupby(range(len(file.rows)), key=lambda row, at=place: file.rows[row][at]):
            block = list(run)
            if len(block) > 1:
                sheet.merge_cells(
                    start_row=first + block[0],
                    end_row=first + block[-1],
                    start_column=place + 1,
                    end_column=place + 1,
                )
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _build_xls(file: File, lines: list[tuple]) -> bytes:
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("名单")
    dated = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm")
    for number, line in enumerate(lines):
        for place, value in enumerate(line):
            style = [dated] if isinstance(value, datetime) else []
            sheet.write(number, place, value, *style)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


WRITERS = {"xlsx": _build_xlsx, "xls": _build_xls}
