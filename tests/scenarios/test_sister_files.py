"""Odd files of each kind of the shared cases give what a person sees in them; honest odd files lose no row."""

from pathlib import Path

import openpyxl
import pytest

from tests.members.sheet_files import make_csv_text, save_workbook
from tests.scenarios.sister_files import HONEST, ID_NUMBERS, ODD, H, R
from tests.scenarios.test_file_cases import Outcome, check_case

pytestmark = pytest.mark.django_db
PEOPLE = """学号,姓名,学院,团支部,政治面貌,手机号码
2018010001,安知行,法学院,法学1801,共青团员,13800138001
2018010002,白若溪,法学院,法学1801,共青团员,13800138002
2018010003,程一诺,法学院,法学1801,共青团员,13800138003
2018010004,王䶮,法学院,法学1801,共青团员,13800138004
2018010005,葛天,法学院,法学1801,共青团员,13800138005
2018010006,古丽·阿迪力,法学院,法学1801,共青团员,13800138006
2018010007,李㛃,法学院,法学1801,共青团员,13800138007
2018010008,周桐,法学院,法学1801,共青团员,13800138008
"""


def import_text(kind: str, text: str, folder: Path) -> Outcome:
    people, path = folder / "people.csv", folder / "file.csv"
    people.write_text(PEOPLE, encoding="utf-8-sig")
    path.write_text(text, encoding="utf-8-sig")
    return Outcome({"kind": kind, "file": path}, folder, people)


def list_sisters(table: list) -> list:
    return [pytest.param(kind, text, expect, id=name) for name, kind, text, expect in table]


@pytest.mark.parametrize(("kind", "text", "expect"), list_sisters(ODD))
def test_an_odd_file_of_a_known_kind_gives_what_a_person_sees(kind, text, expect, tmp_path):
    check_case(import_text(kind, text, tmp_path), expect)


@pytest.mark.parametrize(("kind", "text", "expect"), list_sisters(HONEST))
def test_an_honest_odd_file_loses_no_row(kind, text, expect, tmp_path):
    outcome = import_text(kind, text, tmp_path)
    assert outcome.refusal == ""
    check_case(outcome, expect)


@pytest.mark.parametrize(("column", "text"), ID_NUMBERS)
def test_the_returned_sheet_has_no_id_number(column, text, tmp_path):
    rows = [[*R.split(","), column], ["", "安知行", "法学院", "法学1801", "共青团员", "", text]]
    outcome = import_text("roster", make_csv_text(*rows), tmp_path)
    assert outcome.errors
    sheet = openpyxl.load_workbook(tmp_path / "rejects.xlsx").active
    returned = ["".join(str(cell or "").split()) for row in sheet.iter_rows(values_only=True) for cell in row]
    assert "安知行" in returned
    digits = "".join(filter(str.isdigit, text))
    assert [cell for cell in returned if digits in cell or "".join(text.split()) in cell] == []


# (header, value of the cell, number format, field, what a person sees)
SHOWN = [
    ("学号", 180108, "00000000", "student_no", "00180108"),
    ("学号", 18010001, '"B"0', "student_no", "B18010001"),
    ("学号", 18010001, '"2018-"00000000', "student_no", "2018-18010001"),
    ("学号", 180108, '"S"000-000', "student_no", "S180-108"),
    ("学号", 2018010001, "0", "student_no", "2018010001"),
    ("学号", 2018010001, "0_ ", "student_no", "2018010001"),
    ("学号", 2018010001, "@", "student_no", "2018010001"),
    ("团支部", 1801, '"法学"0', "branch", "法学1801"),
    ("团支部", 1801, "General", "branch", "1801"),
    ("团支部", 1, '0"班"', "branch", "1班"),
    ("服务时长", 20, '0"分钟"', "minutes", "20"),
    ("服务时长", 90, '0"分"', "minutes", "90"),
    ("服务时长", 2, '0"小时"', "minutes", "120"),
    ("服务时长", 1.5, '0.0"h"', "minutes", "90"),
    ("服务时长", 2, "0.00", "minutes", "120"),
    ("服务时长", 0.0625, "h:mm", "minutes", "90"),
    ("服务时长", 1.25, "[h]:mm", "minutes", "1800"),
]


@pytest.mark.parametrize(("header", "value", "style", "field", "shown"), SHOWN)
def test_a_number_is_read_as_its_format_shows_it(header, value, style, field, shown, tmp_path):
    hours = field == "minutes"
    titles = [*H.split(","), "状态"] if hours else R.split(",")
    line = ["2018010001", "安知行", "助残", "2018-10-13", "", "已确认"] if hours else [
        "2018010001", "安知行", "法学院", "法学1801", "共青团员", ""]  # fmt: skip
    line[titles.index(header)] = value
    workbook = openpyxl.Workbook()
    workbook.active.append(titles)
    workbook.active.append(line)
    workbook.active.cell(2, titles.index(header) + 1).number_format = style
    people, path = tmp_path / "people.csv", tmp_path / "file.xlsx"
    people.write_text(PEOPLE, encoding="utf-8-sig")
    path.write_bytes(save_workbook(workbook))
    outcome = Outcome({"kind": "hours" if hours else "roster", "file": path}, tmp_path, people)
    check_case(outcome, {"rows": {"2": [{field: shown}, "error"]}})
