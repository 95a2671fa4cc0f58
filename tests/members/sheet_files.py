"""Builders of files for the tests that read sheets, and the columns of a roster."""

import csv
import io

import openpyxl
import pytest

from members.sheets.grids import parse_file
from members.sheets.sheets import Column, SheetError, read_sheet

ROSTER = (
    Column("student_no", "学号", ("学籍号",), required=True),
    Column("name", "姓名", ("学生姓名",), required=True),
    Column("college", "学院", ("所在学院",)),
    Column("branch", "团支部", ("所在团支部", "支部名称"), required=True),
    Column("phone", "手机号码", ("手机", "联系电话")),
)
HEADER = ("学号", "姓名", "学院", "团支部", "手机号码")
ZHANG = ("2018010001", "张三", "法学院", "法学1班", "13800000001")
LI = ("2018010002", "李四", "法学院", "法学1班", "13800000002")
WANG = ("2018010003", "王五", "理学院", "数学1班", "13800000003")


def make_xlsx(*rows, merges=(), more=(), offset=(0, 0)):
    """Return a workbook with these rows.

    `merges`: merged ranges of the first sheet. `more`: further worksheets as (name, rows). `offset`: numbers of rows
    above and columns at the left that stay empty.
    """
    workbook = openpyxl.Workbook()
    for number, (name, lines) in enumerate((("名单", rows), *more)):
        sheet = workbook.active if number == 0 else workbook.create_sheet()
        sheet.title = name
        for i, line in enumerate(lines, 1 + offset[0]):
            for j, value in enumerate(line, 1 + offset[1]):
                if value not in ("", None):
                    sheet.cell(i, j, value)
    for merge in merges:
        workbook.worksheets[0].merge_cells(merge)
    return save_workbook(workbook)


def save_workbook(workbook):
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def make_csv_text(*rows, delimiter=","):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def read_test_sheet(content, columns=ROSTER, filename="团员名单.xlsx", **options):
    return read_sheet(parse_file(content, filename), columns, **options)


def list_row_numbers(sheet):
    return [row.number for row in sheet.rows]


def list_row_names(sheet):
    return [row.cells["name"] for row in sheet.rows]


def read_refusal(content, columns=ROSTER, **options):
    with pytest.raises(SheetError) as refused:
        read_test_sheet(content, columns, **options)
    return str(refused.value)
