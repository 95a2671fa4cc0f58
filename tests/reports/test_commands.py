"""Commands that an operator scripts: publish_bulletin, registration_rates, export."""

import json
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from members.models import ExportLog, School
from members.sheets.reading import read_file
from members.sheets.sheets import read_sheet
from pairing.workbooks import LEDGER
from reports.models import Bulletin
from tests.pairing.pairs import make_pairing


def run_command(*args) -> str:
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def read_answer(*args) -> dict:
    return json.loads(run_command(*args, "--json", "--school", "JH"))


@pytest.mark.parametrize("on", [f"2018-10-{day}" for day in range(10, 31, 2)] + ["2018-11-01", "2018-11-03"])
def test_it_publishes_every_date_of_the_notice(world, on):
    assert read_answer("publish_bulletin", "--on", on)["due_on"] == on


@pytest.mark.parametrize(
    ("on", "near"), [("2018-10-11", "10月10日、10月12日"), ("2018-10-31", "10月30日、11月1日")]
)
def test_it_refuses_other_dates_with_the_reason_on_both_streams(world, on, near):
    out = StringIO()
    with pytest.raises(CommandError, match=near):
        call_command("publish_bulletin", "--on", on, "--school", "JH", "--json", stdout=out)
    assert near in json.loads(out.getvalue())["error"]
    assert not Bulletin.objects.exists()


def test_it_prints_the_issue(world):
    issue = read_answer("publish_bulletin", "--on", "2018-10-10")
    assert (issue["number"], issue["kind"], issue["members"], issue["registered"]) == (1, "regular", 8, 5)
    assert issue["lines"][1] == {
        "college": "法学院", "members": 7, "registered": 4, "reported": 1, "rate": 57.14, "rank": 2,
        "change": None, "change_points": None,
    }  # fmt: skip
    assert [branch["branch"] for branch in issue["branches_below"]] == ["法学1801团支部"]
    second = read_answer("publish_bulletin", "--on", "2018-10-12")
    assert (second["lines"][1]["change"], second["lines"][1]["change_points"]) == (0, 0.0)


def test_a_rerun_prints_the_same_issue(world):
    first = read_answer("publish_bulletin", "--on", "2018-10-10")
    assert read_answer("publish_bulletin", "--on", "2018-10-10") == first
    assert "内容不变" in run_command("publish_bulletin", "--on", "2018-10-10", "--school", "JH")
    assert Bulletin.objects.count() == 1


def test_without_a_date_it_takes_today(world):
    with time_machine.travel("2018-10-14T09:00:00+08:00"):
        issue = read_answer("publish_bulletin")
    assert (issue["number"], issue["due_on"]) == (1, "2018-10-14")


def test_where_there_are_two_schools_the_code_is_needed(world):
    with pytest.raises(CommandError, match="请用 --school 指定代码"):
        run_command("publish_bulletin", "--on", "2018-10-10")
    with pytest.raises(CommandError, match="没有代码为 XX 的学校"):
        run_command("registration_rates", "--school", "XX")


def test_without_a_school_it_says_how_to_make_one(db):
    assert not School.objects.exists()
    with pytest.raises(CommandError, match="create_school"):
        run_command("registration_rates")


def test_rates_are_numbers_rounded_down_and_null_where_there_is_nobody(world):
    answer = read_answer("registration_rates", "--year", "2018")
    assert answer["colleges"] == [
        {"college": "法学院", "members": 7, "registered": 4, "reported": 1, "rate": 57.14},
        {"college": "物理学院", "members": 1, "registered": 1, "reported": 0, "rate": 100.0},
    ]
    assert answer["branches"][3] == {
        "college": "物理学院", "branch": "物理1802团支部", "members": 0, "registered": 0, "reported": 0,
        "rate": None, "below_floor": False,
    }  # fmt: skip
    assert [branch["below_floor"] for branch in answer["branches"]] == [True, False, False, False]


def test_rates_as_a_table(world):
    table = run_command("registration_rates", "--school", "JH")
    assert "法学院 法学1801团支部  3/6  50.00  低于95%" in table
    assert "物理学院 物理1802团支部  0/0  不适用" in table


def test_a_year_that_was_never_opened_is_said(world):
    with pytest.raises(CommandError, match="京华大学没有设置2011年度的规则"):
        run_command("registration_rates", "--school", "JH", "--year", "2011")


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("roster", 14), ("bulletin", 4), ("bulletins", 1), ("pairings", 2), ("streets", 2), ("hours_records", 0),
        ("eligibility", 8), ("eligibility_branches", 4), ("exceptions", 0), ("honours", 0), ("admissions", 3),
    ],
)  # fmt: skip
def test_exports_are_written_and_noted(world, tmp_path, kind, rows):
    read_answer("publish_bulletin", "--on", "2018-10-10")
    out = tmp_path / "out.xlsx"
    assert read_answer("export", kind, str(out))["rows"] == rows
    assert load_workbook(out).worksheets[-1].max_row == rows + 1
    log = ExportLog.objects.get()
    assert (log.school, log.kind, log.rows, log.user) == (world.school, kind, rows, None)


@pytest.mark.parametrize(
    ("kind", "rows", "sheets"),
    [("appraisals", 4, ["教育评议", "不在评议名单"]), ("assessment", 2, ["得分", "各项数字"])],
)
def test_lists_with_a_second_sheet_are_written_whole(world, tmp_path, kind, rows, sheets):
    out = tmp_path / "out.xlsx"
    assert read_answer("export", kind, str(out))["rows"] == rows
    book = load_workbook(out)
    assert (book.sheetnames, book.worksheets[0].max_row) == (sheets, rows + 1)


def test_the_ledger_from_the_command_line_reads_back(world, tmp_path):
    out = tmp_path / "结对台账.xlsx"
    pairing = make_pairing(world.college_a, world.urban, user=world.secretary)
    read_answer("export", "pairings", str(out))
    rows = [row.cells for row in read_sheet(read_file(out.read_bytes(), out.name), LEDGER).rows]
    assert {row["college"]: row.get("street") or "" for row in rows} == {
        world.college_a.name: world.urban.name,
        world.college_b.name: "",
    }
    assert pairing.code.code not in str(rows)


def test_a_roster_from_the_command_line_masks_phones(world, tmp_path):
    out = tmp_path / "out.xlsx"
    read_answer("export", "roster", str(out))
    text = str(list(load_workbook(out).active.values))
    assert world.registered.student_no in text
    assert world.registered.phone not in text


def test_there_is_no_bulletin_to_export_before_the_first(world, tmp_path):
    with pytest.raises(CommandError, match="2018年度还没有发布通报"):
        read_answer("export", "bulletin", str(tmp_path / "out.xlsx"))


@pytest.mark.parametrize("text", ["2018-13-01", "昨天"])
def test_a_date_that_is_none_is_refused_in_chinese(text, world):
    with pytest.raises(CommandError, match=f"“{text}”不是有效的日期，应为 2018-10-12 这样的形式。"):
        call_command("publish_bulletin", "--on", text)
