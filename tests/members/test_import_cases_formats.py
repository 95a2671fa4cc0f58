"""Files of schools whose cells say more than their values: imported with the command, as an operator does."""

import io
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font

from activities.models import ServiceRecord
from members.models import Member
from tests.factories import SchoolFactory
from tests.members.import_files import ROSTER_HEADER, run_import_command
from tests.members.sheet_files import make_csv_text

pytestmark = pytest.mark.django_db

HOURS_HEADER = ("学号", "姓名", "项目名称", "服务日期", "服务时长", "状态")
PEOPLE = [
    ("2018010001", "安知行", "法学院", "法学1801", "共青团员", "13800138001"),
    ("2018010002", "白若溪", "法学院", "法学1801", "共青团员", "13800138002"),
]
AN = ("2018010001", "安知行", "助残", "2018-10-13")


@pytest.fixture
def school(tmp_path):
    school = SchoolFactory(code="JH")
    path = tmp_path / "people.csv"
    path.write_text(make_csv_text(ROSTER_HEADER, *PEOPLE), encoding="utf-8")
    run_import_command("roster", path, school="JH")
    return school


def import_rows(tmp_path: Path, kind: str, header, *rows, codes=None, change=None) -> dict:
    """Import rows of an .xlsx; `codes` {column: number format} of the first row; `change(page)` before saving."""
    workbook = openpyxl.Workbook()
    page = workbook.active
    for row in (header, *rows):
        page.append(row)
    for column, code in (codes or {}).items():
        page[f"{column}2"].number_format = code
    if change:
        change(page)
    path = tmp_path / "file.xlsx"
    workbook.save(path)
    return run_import_command(kind, path, school="JH")


def count_minutes(school, student_no="2018010001") -> int:
    records = ServiceRecord.objects.filter(member__school=school, member__student_no=student_no)
    return sum(record.minutes for record in records)


def make_person(number) -> tuple:
    return (number, "壬九", "法学院", "法学1801", "共青团员", "13800138009")


@pytest.mark.parametrize(
    ("number", "code", "shown"),
    [
        (180108, "00000000", "00180108"), (18010001, '"B"00000000', "B18010001"), (2018010009, "0", "2018010009"),
        (10009, '"2018"000000', "2018010009"), (2018010009, "#,##0", "2018010009"), (2018010009, "0_ ", "2018010009"),
        (18010001, "\\S00000000", "S18010001"), (180108, '000000"X"', "180108X"), (2018010009, "General", "2018010009"),
        (18010001, '"B"@', "B18010001"), ("18010001", '"B"@', "B18010001"), (2018010009, "0.00", "2018010009"),
    ],
)  # fmt: skip
def test_a_student_number_is_what_a_person_sees(school, tmp_path, number, code, shown):
    report = import_rows(tmp_path, "roster", ROSTER_HEADER, make_person(number), codes={"A": code})
    assert report["errors"] == []
    assert Member.objects.filter(school=school, student_no=shown, name="壬九").exists()


@pytest.mark.parametrize("code", ["0.00E+00", "0%", "0,", ";;;", "[DBNum1][$-804]General", '"号"'])
def test_a_student_number_that_nobody_can_see_is_refused(school, tmp_path, code):
    report = import_rows(tmp_path, "roster", ROSTER_HEADER, make_person(2018010009), codes={"A": code})
    assert [error["row"] for error in report["errors"]] == [2]
    assert report["errors"][0]["reason"].startswith("学号：")
    assert not Member.objects.filter(school=school, name="壬九").exists()


@pytest.mark.parametrize(
    ("value", "code", "minutes"),
    [
        (20, '0"分钟"', 20), (2, '0"小时"', 120), (2.5, '0.0"h"', 150), (20, "0分钟", 20), (4 / 3, "General", 80), (4 / 3, "0.00", 80),
        (2.5, "0.0", 150), (2, "0", 120), (2, "0_ ", 120), (2.5, "# ?/?", 150), (1 / 6, 'h"时"mm"分"', 240), (0.5, "[h]:mm", 720),
        (0.0625, '[h]"小时"mm"分"', 90), (90, '[>=60]0"分钟";0"小时"', 90), (1.5, 'General"小时"', 90),
    ],
)  # fmt: skip
def test_hours_are_what_a_person_sees(school, tmp_path, value, code, minutes):
    report = import_rows(tmp_path, "hours", HOURS_HEADER, (*AN, value, "已确认"), codes={"E": code})
    assert report["errors"] == []
    assert count_minutes(school) == minutes


@pytest.mark.parametrize(
    ("value", "code"), [(2.5, "0"), (4 / 3, "0.0"), (20.4, '0"分钟"'), (0.5, "0%"), (1.1041666667, "h:mm"), (2, '0"人"'), (2, "yyyy-mm-dd")]
)  # fmt: skip
def test_hours_that_show_another_number_are_refused(school, tmp_path, value, code):
    report = import_rows(tmp_path, "hours", HOURS_HEADER, (*AN, value, "已确认"), codes={"E": code})
    assert [error["row"] for error in report["errors"]] == [2]
    assert count_minutes(school) == 0


def test_a_percent_in_a_column_that_nobody_reads_costs_nothing(school, tmp_path):
    report = import_rows(
        tmp_path, "roster", (*ROSTER_HEADER, "出勤率"), (*make_person("2018010009"), 0.5), codes={"G": "0%"}
    )
    assert report["errors"] == []


def test_a_formula_without_a_value_is_named(school, tmp_path):
    report = import_rows(tmp_path, "hours", HOURS_HEADER, (*AN, "=2+0.5", "已确认"))
    assert report["errors"] == [
        {"row": 2, "reason": "服务时长：这个单元格是公式，没有保存结果，请在 Excel 里另存"}
    ]


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?"])
@pytest.mark.parametrize("column", ["A", "B", "C", "D"])
def test_an_error_value_never_becomes_data(school, tmp_path, error, column):
    def change(page):
        page[f"{column}2"] = error

    report = import_rows(tmp_path, "roster", ROSTER_HEADER, make_person("2018010009"), change=change)
    assert [row["row"] for row in report["errors"]] == [2]
    assert error in report["errors"][0]["reason"]
    assert not Member.objects.filter(school=school, student_no="2018010009").exists()


def test_white_letters_are_refused(school, tmp_path):
    def change(page):
        page["D2"].font = Font(color="FFFFFFFF")

    report = import_rows(tmp_path, "roster", ROSTER_HEADER, make_person("2018010009"), change=change)
    assert "看不到" in report["errors"][0]["reason"]


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_bytes_before_a_workbook_are_no_reason_to_refuse_it(school, tmp_path, before):
    workbook = openpyxl.Workbook()
    workbook.active.append(ROSTER_HEADER)
    workbook.active.append(make_person("2018010009"))
    buffer = io.BytesIO()
    workbook.save(buffer)
    path = tmp_path / "file.xlsx"
    path.write_bytes(before + buffer.getvalue())
    assert run_import_command("roster", path, school="JH")["created"] == 1
