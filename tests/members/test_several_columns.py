"""Several columns of one field, tables side by side, and parts of a file that nobody sees (requirements §4)."""

from dataclasses import replace

import pytest

from activities.resources.hours import HoursResource
from members.resources.base import StagedRow
from members.resources.roster import RosterResource
from members.resources.streets import StreetResource
from members.resources.volunteers import VolunteerResource
from members.sheets.grids import parse_file
from members.transfer.resources import list_notes
from pairing.resources import CodeResource
from tests.members.sheet_files import make_csv_text, make_xlsx
from tests.members.test_state_columns import AN, BAI, HOURS, ROSTER, SERVED, VOLUNTEER

SI = ("2018010002", "司马青", "法学院", "法学1802", "共青团员")
WU = ("2018010003", "吴一", "法学院", "法学1801", "共青团员")
LIU = ("2018010004", "刘二", "法学院", "法学1802", "共青团员")


@pytest.fixture(autouse=True)
def in_october(time_machine):
    time_machine.move_to("2018-10-20 08:00 +0800")


def read_all(resource, *rows, **options) -> list[StagedRow]:
    opened = resource()
    return list(opened.rows(opened.open(parse_file(make_xlsx(*rows, **options), "名单.xlsx"))))


def read_hours(**columns) -> list[StagedRow]:
    """Return the rows of a sheet of hours with these columns, each a list of cells or one cell."""
    lists = {name: cells if isinstance(cells, list) else [cells] for name, cells in columns.items()}
    lines = zip(*lists.values(), strict=True)
    rows = [(*SERVED[:4], *line, "已确认") for line in lines]
    return read_all(HoursResource, (*HOURS[:4], *lists, "状态"), *rows)


def count_hours(**columns) -> list[int | None]:
    return [row.data.get("minutes") for row in read_hours(**columns)]


# Two columns of one field


@pytest.mark.parametrize(
    "better", ["认定时长", "核定时长", "实际时长", "认定服务时长", "有效时长", "确认工时", "实际服务时长"]
)
@pytest.mark.parametrize(
    "worse", ["服务时长", "时长", "申报时长", "计划时长", "申请时长", "总时长", "预计时长"]
)
@pytest.mark.parametrize("turned", [False, True])
def test_what_was_recognised_counts_before_what_was_applied_for(better, worse, turned):
    columns = {better: 2, worse: 8}
    assert count_hours(**(dict(reversed(columns.items())) if turned else columns)) == [120]


def test_hours_that_nobody_recognised_do_not_count_where_others_were():
    done, waiting = read_hours(认定时长=[2, ""], 服务时长=[8, 8])
    assert done.data["minutes"] == 120
    assert waiting.data == {}


def test_a_column_that_is_empty_in_the_whole_file_gives_way():
    assert count_hours(认定时长=["", ""], 服务时长=[8, 2]) == [480, 120]


def test_minutes_and_hours_that_are_equal_are_no_contradiction():
    assert count_hours(**{"服务时长（小时）": 1.5, "服务时长（分钟）": 90}) == [90]
    assert count_hours(时长="2小时", 工时=2) == [120]


def test_two_different_values_without_a_preference_are_an_error_that_names_both():
    (row,) = read_hours(**{"服务时长（小时）": 1.5, "服务时长（分钟）": 80})
    assert row.data == {}
    assert all(text in row.reason for text in ("服务时长（小时）", "1.5", "服务时长（分钟）", "80")), (
        row.reason
    )
    (row,) = read_hours(服务时长=2, 工时=3)
    assert all(text in row.reason for text in ("“服务时长”是“2”", "“工时”是“3”")), row.reason


@pytest.mark.parametrize(
    ("columns", "times"),
    [
        ({"开始时间": "8:00", "结束时间": "18:00", "签到时间": "9:00", "签退时间": "11:00"}, ("09:00", "11:00")),
        ({"计划开始时间": "8:00", "计划结束时间": "18:00", "签到时间": "9:00", "签退时间": "11:00"}, ("09:00", "11:00")),
        ({"活动开始时间": "8:00", "活动结束时间": "18:00", "实际开始时间": "9:00", "实际结束时间": "11:00"}, ("09:00", "11:00")),
    ],
)  # fmt: skip
def test_who_came_and_left_counts_before_the_plan(columns, times):
    header = (*HOURS[:4], *columns, "状态")
    (row,) = read_all(HoursResource, header, (*SERVED[:4], *columns.values(), "已确认"))
    assert row.data["minutes"] == 120
    assert tuple(row.data[name][11:16] for name in ("starts_at", "ends_at")) == times


def test_a_plan_is_no_time_of_somebody_who_did_not_come():
    header = (*HOURS[:4], "开始时间", "结束时间", "签到时间", "签退时间", "状态")
    came, absent = read_all(
        HoursResource,
        header,
        (*SERVED[:4], "8:00", "18:00", "9:00", "11:00", "已确认"),
        (*SERVED[:4], "8:00", "18:00", "", "", "已确认"),
    )
    assert came.data["minutes"] == 120
    assert absent.data == {}


@pytest.mark.parametrize(
    ("mobile", "other", "phone"),
    [("", "13800138001", "13800138001"), ("13800138001", "", "13800138001"), ("13800138001", "138 0013 8001", "13800138001"),
     ("坏的", "13800138001", "13800138001")],
)  # fmt: skip
def test_the_filled_and_readable_phone_counts(mobile, other, phone):
    header = ("志愿者编号", "姓名", "手机号码", "联系电话", "注册时间")
    (row,) = read_all(VolunteerResource, header, (*BAI[:2], mobile, other, "2018-09-28"))
    assert (row.data["phone"], row.reason, row.doubts) == (phone, "", {})


def test_of_two_phones_the_plain_title_counts_with_a_doubt():
    header = ("志愿者编号", "姓名", "手机号码", "联系电话", "注册时间")
    (row,) = read_all(VolunteerResource, header, (*BAI[:2], "13800138001", "13800138002", "2018-09-28"))
    assert row.data["phone"] == "13800138001"
    assert "“联系电话”是“13800138002”" in row.doubts["phone"]


def test_two_days_of_registration_are_no_contradiction():
    header = ("志愿者编号", "姓名", "手机号码", "注册日期", "实名认证时间")
    (row,) = read_all(VolunteerResource, header, (*BAI[:3], "2018-09-28", "2018-09-30"))
    assert (row.data["registered_on"], row.reason) == ("2018-09-28", "")
    assert "实名认证时间" in row.doubts["registered_on"]


def test_an_id_number_in_a_second_column_is_not_repeated():
    header = (*ROSTER, "学籍号")
    (row,) = read_all(RosterResource, header, (*AN, "110101199003071233"))
    assert "110101199003071233" not in str(row.doubts) + row.reason


def test_the_phone_of_a_parent_is_another_field():
    (row,) = read_all(RosterResource, (*ROSTER, "手机号码", "家长电话"), (*AN, "", "13800138009"))
    assert "phone" not in row.data


def test_a_project_and_its_activity_are_no_contradiction():
    (row,) = read_all(HoursResource, (*HOURS, "活动名称", "状态"), (*SERVED, "重阳节专场", "已确认"))
    assert (row.data["title"], row.reason) == ("助残", "")


def test_the_same_header_twice_with_different_names_is_an_error():
    (row,) = read_all(RosterResource, (*ROSTER, "姓名"), (*AN, "别人"))
    assert row.data == {}
    assert "别人" in row.reason


# Tables side by side


def list_people(rows: list[StagedRow]) -> list[tuple]:
    return [(row.number, row.data.get("student_no"), row.data.get("name")) for row in rows]


FOUR = [(2, AN[0], AN[1]), (3, WU[0], WU[1]), (2, SI[0], SI[1]), (3, LIU[0], LIU[1])]


@pytest.mark.parametrize("gap", [(), ("",), ("", "")])
def test_two_tables_side_by_side_are_both_read(gap):
    rows = ((*ROSTER, *gap, *ROSTER), (*AN, *gap, *SI), (*WU, *gap, *LIU))
    assert list_people(read_all(RosterResource, *rows)) == FOUR


def test_two_tables_side_by_side_in_a_text_file_are_both_read():
    text = make_csv_text((*ROSTER, "", *ROSTER), (*AN, "", *SI), (*WU, "", *LIU))
    opened = RosterResource()
    assert list_people(list(opened.rows(opened.open(parse_file(text.encode("gb18030"), "名单.csv"))))) == FOUR


def test_three_tables_with_serial_numbers_and_another_order_are_read():
    other = ("序号", "姓名", "学籍号", "所在团支部", "学院", "政治面貌")
    rows = (
        ("序号", *ROSTER, "序号", *ROSTER, *other),
        ("1", *AN, "2", *SI, "3", WU[1], WU[0], WU[3], WU[2], WU[4]),
    )
    people = list_people(read_all(RosterResource, *rows))
    assert people == [(2, AN[0], AN[1]), (2, SI[0], SI[1]), (2, WU[0], WU[1])]


def test_a_table_below_with_its_own_order_and_decoration_is_read_under_its_own_header():
    rows = read_all(
        VolunteerResource,
        ("手机号码", "是否有效（必填）", "注册日期", "姓名", "志愿者编号"),
        ("13800000001", "有效", "2017-09-09", "安一", "110100000001"),
        (),
        ("2018年度名单", "", "", "", ""),
        ("*是否有效", "姓名（必填）", "志愿者编号", "注册日期", "手机号码"),
        ("不通过", "白二", "110100000002", "2017-02-03", "13800000002"),
        ("有效", "司马青", "110100000003", "2017-02-03", "13800000003"),
    )
    assert [(row.number, row.data.get("name"), bool(row.reason)) for row in rows] == [
        (2, "安一", False),
        (6, None, True),
        (7, "司马青", False),
    ]


def test_a_state_that_only_the_table_below_has_counts_there():
    rows = read_all(
        VolunteerResource,
        ("姓名", "志愿者编号", "注册日期"),
        ("安一", "110100000001", "2017-09-09"),
        ("审核结果", "姓名", "志愿者编号", "注册日期"),
        ("未通过", "白二", "110100000002", "2017-02-03"),
        ("通过", "司马青", "110100000003", "2017-02-03"),
    )
    assert [row.data.get("name") for row in rows] == ["安一", None, "司马青"]
    assert "审核结果" in rows[1].reason


def test_two_tables_side_by_side_that_both_have_two_columns_for_the_name_are_both_read():
    header = ("志愿者姓名", "志愿者编号", "注册日期", "学生姓名")
    an, bai = ("安一", "110100000001", "2017-09-09", "安一"), ("白二", "110100000002", "2017-09-09", "白二")
    rows = read_all(VolunteerResource, header * 2, an + bai)
    assert [row.data.get("name") for row in rows] == ["安一", "白二"]


def test_titles_merged_over_each_table_belong_to_it():
    rows = (
        ("一班名单", "", "", "", "", "", "二班名单"),
        (*ROSTER, "", *ROSTER),
        (*AN, "", *SI),
        (*WU, "", *LIU),
    )
    people = list_people(read_all(RosterResource, *rows, merges=("A1:E1", "G1:K1")))
    assert people == [(number + 1, *rest) for number, *rest in FOUR]


def test_a_shorter_table_ends_before_the_longer_one():
    rows = (
        (*ROSTER, "", *ROSTER),
        (*AN, "", *SI),
        ("", "", "", "", "", "", *LIU),
        ("合计", "1", "", "", "", "", "合计", "2"),
    )
    people = list_people(read_all(RosterResource, *rows))
    assert people == [(2, AN[0], AN[1]), (2, SI[0], SI[1]), (3, LIU[0], LIU[1])]


def test_a_value_merged_over_rows_of_the_right_table_stays_in_it():
    rows = ((*ROSTER, "", *ROSTER), (*AN, "", *SI), (*WU, "", *LIU[:3], "", LIU[4]))
    people = read_all(RosterResource, *rows, merges=("J2:J3",))
    assert [row.data["branch"] for row in people] == ["法学1801", "法学1801", "法学1802", "法学1802"]


@pytest.mark.parametrize("turned", [False, True])
def test_of_different_tables_side_by_side_the_one_of_the_kind_is_read_and_the_other_named(turned):
    left, right = (ROSTER, AN), (VOLUNTEER, BAI)
    if turned:
        left, right = right, left
    content = make_xlsx((*left[0], "", *right[0]), (*left[1], "", *right[1]))
    for resource, own, other in ((RosterResource, AN[1], VOLUNTEER), (VolunteerResource, BAI[1], ROSTER)):
        opened = resource()
        sheet = opened.open(parse_file(content, "名单.xlsx"))
        assert [row.data["name"] for row in opened.rows(sheet)] == [own]
        assert "、".join(other) in " ".join(list_notes(sheet)["file_doubts"])


def test_a_table_whose_header_is_in_another_row_is_read_as_well():
    rows = ((*ROSTER, "", "二班"), (*AN, "", *ROSTER), (*WU, "", *SI), ("", "", "", "", "", "", *LIU))
    people = list_people(read_all(RosterResource, *rows))
    assert people == [(2, AN[0], AN[1]), (3, WU[0], WU[1]), (3, SI[0], SI[1]), (4, LIU[0], LIU[1])]


@pytest.mark.parametrize(
    ("resource", "header", "rows"),
    [
        (CodeResource, ("序号", "申请结对码", "类型"), [("1", "ABC001", "城区"), ("2", "ABC002", "郊区")]),
        (StreetResource, ("区", "街道", "类别"), [("东城区", "东华门街道", "城区"), ("延庆区", "大榆树镇", "郊区")]),
        (VolunteerResource, ("姓名", "手机", "注册时间"), [("安知行", "13800138001", "2018-9-1"), ("白若溪", "13800138002", "2018-9-2")]),
        (HoursResource, (*HOURS, "状态"), [(*SERVED, "已确认"), (*SERVED[:2], "敬老", *SERVED[3:], "已确认")]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("gap", [(), ("",)])
def test_tables_of_every_kind_may_lie_side_by_side(resource, header, rows, gap):
    staged = read_all(resource, (*header, *gap, *header), (*rows[0], *gap, *rows[1]))
    assert [(row.number, row.reason) for row in staged] == [(2, ""), (2, "")]
    assert staged[0].data != staged[1].data


def test_a_gap_inside_one_table_divides_nothing():
    rows = (
        (*ROSTER[:2], "", *ROSTER[2:], "", "手机号码", "备注"),
        (*AN[:2], "", *AN[2:], "", "13800138001", "好"),
    )
    (row,) = read_all(RosterResource, *rows)
    assert (row.data["branch"], row.data["phone"]) == (AN[3], "13800138001")


# Parts that nobody sees


def read_hidden_notes(**hidden) -> list[str]:
    raw = parse_file(make_xlsx(ROSTER, AN, SI, WU), "名单.xlsx")
    ((grid,),) = raw.readings
    opened = RosterResource()
    grid = replace(grid, **{name: value for name, value in hidden.items() if name != "hidden_sheets"})
    sheets = hidden.get("hidden_sheets", ())
    return list_notes(opened.open(replace(raw, readings=((grid,),), hidden_sheets=sheets))).get(
        "file_doubts", []
    )


def test_hidden_rows_columns_and_sheets_are_named():
    assert read_hidden_notes() == []
    assert read_hidden_notes(hidden_rows=frozenset({1, 3})) == [
        "文件中有被隐藏的行：第 2、4 行（共 2 行），已一并读取，请核对"
    ]
    assert read_hidden_notes(hidden_columns=frozenset({3, 9})) == [
        "文件中有被隐藏的列：团支部，已一并读取，请核对"
    ]
    assert read_hidden_notes(hidden_sheets=("旧名单",)) == [
        "文件中有被隐藏的工作表：旧名单，没有读取，请核对"
    ]


def test_a_hidden_row_that_is_no_record_is_not_named():
    assert read_hidden_notes(hidden_rows=frozenset({0})) == []
