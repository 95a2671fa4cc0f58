"""Reading of sheets: the rows that are records, and the values of their cells."""

import io
from datetime import date

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from members.sheets.sheets import Column, SheetError
from tests.members.sheet_files import (
    HEADER,
    LI,
    ZHANG,
    list_row_names,
    list_row_numbers,
    make_csv_text,
    make_xlsx,
    read_test_sheet,
    save_workbook,
)

# Rows with data and rows without


def test_a_value_merged_over_rows_belongs_to_each_of_them():
    rows = (
        ("学号", "姓名", "学院", "团支部"),
        ("1", "张三", "法学院", "1班"),
        ("2", "李四", "", ""),
        ("3", "王五"),
    )
    sheet = read_test_sheet(make_xlsx(*rows, merges=("C2:C4", "D2:D3")))
    assert [row.cells["college"] for row in sheet.rows] == ["法学院"] * 3
    assert [row.cells["branch"] for row in sheet.rows] == ["1班", "1班", ""]
    assert sheet.rows[1].original == ("2", "李四", "法学院", "1班")


def test_a_value_that_is_not_merged_is_not_carried_down():
    sheet = read_test_sheet(make_xlsx(("学号", "姓名", "团支部"), ("1", "张三", "1班"), ("2", "李四", "")))
    assert sheet.rows[1].cells["branch"] == ""


def test_an_empty_row_inside_a_merged_value_stays_empty():
    rows = (
        ("序号", "学号", "姓名", "团支部"),
        (1, "1", "张三", "1班"),
        (2, "", "", ""),
        (3, "3", "王五", ""),
    )
    assert list_row_numbers(read_test_sheet(make_xlsx(*rows, merges=("D2:D4",)))) == [2, 4]


def test_blank_rows_and_rows_with_only_a_serial_number_are_skipped():
    sheet = read_test_sheet(
        make_xlsx(("序号", *HEADER), (1, *ZHANG), (), ("", "  ", "\u3000"), (2,), (3, *LI))
    )
    assert list_row_numbers(sheet) == [2, 6]


def test_a_title_merged_across_the_table_is_no_person():
    rows = (HEADER, ZHANG, ("法学2班",), LI)
    assert list_row_names(read_test_sheet(make_xlsx(*rows, merges=("A3:E3",)))) == ["张三", "李四"]


@pytest.mark.parametrize(
    "footer",
    [
        ("合计", "", 3841),
        ("合计", 3841),
        ("合 计", "", "", "3841人"),
        ("总计：2人",),
        ("小计", "", "", "法学院", "", "2"),
        ("共2人",),
        ("以上共2人",),
        ("", "合计", "2"),
        ("填表人：", "", "", "", "审核人：", ""),
        ("填表人：", "张三", "审核人：", "李四", "", ""),
        ("填表人", "张三", "审核人", "李四"),
        ("", "", "填表人：张三"),
        ("制表：校团委",),
        ("负责人（签字）：",),
        ("学院团委（盖章）：", "", "", "日期："),
        ("分管领导签字：", "", "王书记"),
        ("备注：", "以上名单属实"),
        ("说明：1.本表一式两份", "", "2.请勿改动"),
        ("注:", "1"),
        ("注1：含休学",),
        ("填表日期：2018年10月12日",),
    ],
    ids=str,
)
def test_what_stands_below_the_table_is_no_person(footer):
    sheet = read_test_sheet(make_xlsx(("序号", *HEADER), (1, *ZHANG), (2, *LI), footer))
    assert list_row_names(sheet) == ["张三", "李四"]


def test_a_total_in_a_line_of_text_that_ends_early_is_no_person():
    sheet = read_test_sheet(
        make_csv_text(HEADER, ZHANG, ("合计", "1"), ("填表人：王老师",)).encode(), filename="团员名单.csv"
    )
    assert list_row_names(sheet) == ["张三"]


def test_the_lines_after_a_signature_are_no_people():
    rows = (
        HEADER,
        ZHANG,
        ("填表人：李四",),
        ("", "", "", "2018年10月12日"),
        ("说明：1.属实",),
        ("2.一式两份",),
    )
    assert list_row_names(read_test_sheet(make_xlsx(*rows))) == ["张三"]


def test_a_subtotal_does_not_end_the_table():
    assert list_row_names(
        read_test_sheet(make_xlsx(HEADER, ZHANG, ("小计", 1), LI, ("小计", 1), ("合计", 2)))
    ) == ["张三", "李四"]


@pytest.mark.parametrize(
    "row",
    [
        ("注", "2018010009", "法学1班"),
        ("总计", "2018010009", "法学1班"),
        ("合计", 2018010009, "法学1班"),
        ("说明", "2018010009", "法学1班"),
        ("注国强", "", ""),
        ("共青", "", "法学1班"),
        ("总小平", "2018010009", ""),
    ],
    ids=str,
)
def test_a_person_whose_name_begins_like_a_footer_is_kept(row):
    sheet = read_test_sheet(make_xlsx(("姓名", "学号", "团支部"), ("张三", "1", "1班"), row))
    assert list_row_numbers(sheet) == [2, 3]


@pytest.mark.parametrize("post", ["负责人", "审核人", "联系人", "备注：休学"])
def test_a_post_or_remark_in_the_first_column_does_not_hide_a_person(post):
    rows = (("职务", *HEADER), (post, *ZHANG), (post, "", "李四", "法学院", "法学1班", "138"))
    assert list_row_names(read_test_sheet(make_xlsx(*rows))) == ["张三", "李四"]


def test_a_row_with_only_half_of_its_data_is_kept_for_its_error():
    rows = (HEADER, ("", "张三", "", "", ""), ("2018010002", "", "", "", ""), ("", "", "法学院", "", ""))
    assert list_row_numbers(read_test_sheet(make_xlsx(*rows))) == [2, 3, 4]


def test_a_header_repeated_between_pasted_pages_is_skipped():
    assert list_row_numbers(read_test_sheet(make_xlsx(("名单",), HEADER, ZHANG, (), HEADER, LI))) == [3, 6]


def test_a_pasted_page_with_another_order_of_columns_is_read_by_its_own_header():
    other = ("姓名", "学号", "学院", "手机号码", "团支部")
    sheet = read_test_sheet(make_xlsx(HEADER, ZHANG, other, ("李四", "2", "法学院", "138", "1班")))
    assert sheet.rows[1].cells["student_no"] == "2"
    assert sheet.rows[1].original == ("2", "李四", "法学院", "1班", "138")


# Worksheets


def test_a_worksheet_per_college_is_read_in_order():
    second = (
        ("名单",),
        ("姓名", "学号", "所在团支部", "学院", "宿舍"),
        ("王五", "3", "数学1班", "理学院", "2-101"),
    )
    sheet = read_test_sheet(make_xlsx(HEADER, ZHANG, more=(("理学院", second), ("说明", (("请勿改动",),)))))
    assert [(row.sheet, row.number, row.cells["student_no"]) for row in sheet.rows] == [
        ("名单", 2, ZHANG[0]),
        ("理学院", 3, "3"),
    ]
    assert sheet.header == (*HEADER, "宿舍")
    assert sheet.rows[0].original == (*ZHANG, "")
    assert sheet.rows[1].original == ("3", "王五", "理学院", "数学1班", "", "2-101")
    assert sheet.skipped_sheets == ("说明",)
    assert sheet.ignored == ("宿舍",)


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_worksheet_is_not_read(state):
    workbook = openpyxl.load_workbook(io.BytesIO(make_xlsx(HEADER, ZHANG, more=(("旧", (HEADER, LI)),))))
    workbook["旧"].sheet_state = state
    assert list_row_names(read_test_sheet(save_workbook(workbook))) == ["张三"]


def test_excel_dates_arrive_as_dates():
    columns = (Column("name", "姓名", required=True), Column("day", "日期", required=True))
    sheet = read_test_sheet(make_xlsx(("姓名", "日期"), ("张三", date(2018, 10, 1))), columns)
    assert sheet.rows[0].cells["day"] == date(2018, 10, 1)


def test_a_false_workbook_is_said_to_be_one():
    with pytest.raises(SheetError, match="打不开"):
        read_test_sheet(b"not a workbook at all")
    with pytest.raises(SheetError, match="没有找到表头"):
        read_test_sheet("一些文字".encode(), filename="名单.csv")


plain = st.text(alphabet="张三李四abc019·,;\"'\t \n", min_size=1, max_size=8)
rosters = st.lists(
    st.tuples(st.integers(10**9, 10**10 - 1).map(str), plain, plain, plain, plain), min_size=1, max_size=8
)


@settings(max_examples=50)
@given(
    rows=rosters, encoding=st.sampled_from(["utf-8", "gb18030", "utf-16"]), delimiter=st.sampled_from(",;\t")
)
def test_every_row_of_a_text_file_comes_back_as_it_was(rows, encoding, delimiter):
    sheet = read_test_sheet(make_csv_text(HEADER, *rows, delimiter=delimiter).encode(encoding))
    assert [tuple(row.cells.values()) for row in sheet.rows] == rows


def blank_spaces(cells) -> tuple:
    return tuple(cell if cell.strip() else "" for cell in cells)


@settings(max_examples=30)
@given(rows=rosters, above=st.integers(0, 5), left=st.integers(0, 3), blank=st.integers(0, 2))
def test_every_row_of_a_workbook_comes_back_with_its_number(rows, above, left, blank):
    content = make_xlsx(HEADER, *[()] * blank, *rows, offset=(above, left))
    sheet = read_test_sheet(content)
    # Some programs write a cell with only white space as an empty cell, so both are compared as empty.
    assert [blank_spaces(row.cells.values()) for row in sheet.rows] == [blank_spaces(row) for row in rows]
    assert list_row_numbers(sheet) == list(range(above + blank + 2, above + blank + 2 + len(rows)))
