"""Recognition of headers in the spellings that schools use."""

import pytest

from members.resources.roster import RosterResource
from members.sheets.sheets import Column
from tests.members.sheet_files import (
    HEADER,
    ZHANG,
    list_row_names,
    list_row_numbers,
    make_xlsx,
    read_refusal,
    read_test_sheet,
)


@pytest.mark.parametrize(
    "written",
    [
        "学号*",
        "*学号",
        "＊学号：",
        "学 号",
        "学\n号",
        "学　号",
        "学号（必填）",
        "学号(必填)",
        "学号\u200b",
        "学籍号",
        "学号（11位数字）",
        "学号/工号",
        "编号（学号）",
    ],
)
def test_a_header_is_known_however_it_is_decorated(written):
    sheet = read_test_sheet(make_xlsx((written, "姓名", "团支部"), ("1", "张三", "法学1班")))
    assert sheet.rows[0].cells["student_no"] == "1"
    assert sheet.ignored == ()


def test_title_rows_above_the_header_are_no_data():
    sheet = read_test_sheet(
        make_xlsx(("京华大学团员花名册",), (), ("填报单位：法学院", "", "2018年10月"), HEADER, ZHANG)
    )
    assert (sheet.header_row, list_row_numbers(sheet)) == (4, [5])


def test_a_header_below_the_thirtieth_row_is_not_looked_for():
    titles = [(f"第 {n} 条说明",) for n in range(1, 31)]
    assert list_row_names(read_test_sheet(make_xlsx(*titles[1:], HEADER, ZHANG))) == ["张三"]
    assert "前 30 行" in read_refusal(make_xlsx(*titles, HEADER, ZHANG))


def test_row_numbers_are_those_of_the_sheet_when_it_begins_far_down():
    sheet = read_test_sheet(make_xlsx(HEADER, ZHANG, offset=(40, 3)))
    assert (sheet.header_row, list_row_numbers(sheet)) == (41, [42])
    assert sheet.columns["student_no"] == 3
    assert sheet.rows[0].original[3:] == ZHANG


def test_missing_columns_are_named_together_with_the_header_found():
    message = read_refusal(make_xlsx(("名单",), ("姓名", "性别", "班级"), ("张三", "男", "1")))
    assert "“学号”、“团支部”" in message
    assert "第 2 行的表头是：姓名、性别、班级" in message


def test_a_sheet_without_any_known_header_says_what_is_needed():
    assert "“学号”、“姓名”、“团支部”" in read_refusal(make_xlsx(("甲", "乙"), (1, 2)))


VOLUNTEERS = (
    Column("name", "姓名", required=True),
    Column("no", "志愿者编号"),
    Column("phone", "手机", ("联系电话",)),
)
EITHER = (frozenset({"no", "phone"}),)


def test_one_of_two_columns_is_enough():
    assert list_row_names(
        read_test_sheet(make_xlsx(("姓名", "联系电话"), ("张三", "138")), VOLUNTEERS, any_of=EITHER)
    ) == ["张三"]
    assert list_row_names(
        read_test_sheet(make_xlsx(("姓名", "志愿者编号"), ("张三", "1")), VOLUNTEERS, any_of=EITHER)
    ) == ["张三"]
    message = read_refusal(make_xlsx(("姓名", "性别"), ("张三", "男")), VOLUNTEERS, any_of=EITHER)
    assert "“志愿者编号”、“手机”中的至少一列" in message


def test_of_two_columns_of_a_field_the_canonical_comes_first_and_both_are_kept():
    sheet = read_test_sheet(
        make_xlsx(("学号", "姓名", "团支部", "联系电话", "手机号码"), ("1", "张三", "1班", "010", "138"))
    )
    (row,) = sheet.rows
    assert row.cells["phone"] == "138"
    assert [(one.header, one.cell) for one in row.several["phone"]] == [
        ("手机号码", "138"),
        ("联系电话", "010"),
    ]
    assert sheet.ignored == ()


def test_of_two_aliases_the_first_comes_first():
    sheet = read_test_sheet(
        make_xlsx(("学号", "姓名", "团支部", "联系电话", "手机"), ("1", "张三", "1班", "010", "138"))
    )
    assert [one.cell for one in sheet.rows[0].several["phone"]] == ["010", "138"]
    assert sheet.ignored == ()


def test_a_column_about_somebody_else_is_not_taken():
    sheet = read_test_sheet(
        make_xlsx(
            ("学号", "姓名（拼音）", "姓名", "团支部", "联系电话（家长）"), ("1", "zs", "张三", "1班", "138")
        )
    )
    assert list_row_names(sheet) == ["张三"]
    assert "phone" not in sheet.columns
    assert sheet.ignored == ("姓名（拼音）", "联系电话（家长）")


COLUMNS = RosterResource().columns()


@pytest.mark.parametrize(
    "written", ["团支部全称", "所属支部名称", "现团支部", "所在（团）支部", "【团支部】", "班级（团支部）"]
)
def test_a_header_is_known_with_words_around_it_that_change_nothing(written):
    sheet = read_test_sheet(make_xlsx(("学号", "姓名", written), ("1", "张三", "法学1班")), COLUMNS)
    assert sheet.rows[0].cells["branch"] == "法学1班"


def test_a_column_of_its_plain_name_wins_over_one_with_words_around_it():
    sheet = read_test_sheet(
        make_xlsx(("学号", "姓名", "团支部全称", "团支部"), ("1", "张三", "法学院法学1班", "法学1班"))
    )
    assert sheet.rows[0].cells["branch"] == "法学1班"


def test_a_header_in_two_rows_is_one_header():
    sheet = read_test_sheet(
        make_xlsx(
            ("团员信息表",),
            ("学号", "姓名", "组织关系", "", "联系方式", ""),
            ("", "", "学院", "团支部", "手机", "邮箱"),
            ("1", "张三", "法学院", "法学1班", "138", "a@b"),
            merges=("A2:A3", "B2:B3", "C2:D2", "E2:F2"),
        )
    )
    assert sheet.header_row == 3
    assert tuple(sheet.rows[0].cells.values()) == ("1", "张三", "法学院", "法学1班", "138")
    assert sheet.ignored == ("联系方式邮箱",)


HOURS = (Column("name", "姓名", required=True), Column("hours", "服务时长", ("时长",), required=True))


def test_a_header_in_minutes_says_so_in_its_cells():
    rows = (("张三", 90), ("李四", "45"), ("王五", "1小时"), ("赵六", ""))
    sheet = read_test_sheet(make_xlsx(("姓名", "服务时长（分钟）"), *rows), HOURS)
    assert [row.cells["hours"] for row in sheet.rows] == ["90分钟", "45分钟", "1小时", ""]
    assert sheet.rows[0].original == ("张三", 90)
    assert (
        read_test_sheet(make_xlsx(("姓名", "服务时长（小时）"), ("张三", 2)), HOURS).rows[0].cells["hours"]
        == 2
    )
