"""Columns that say whether a row counts are read by meaning, in every kind of file (requirements §4)."""

import pytest

from activities.resources.hour_states import combine_hour_states
from activities.resources.hours import HoursResource
from members.resources.base import StagedRow
from members.resources.organisation import OrganisationResource
from members.resources.roster import RosterResource
from members.resources.roster_states import combine_states
from members.resources.streets import StreetResource
from members.resources.volunteers import VolunteerResource
from members.sheets.alternatives import Candidate
from members.sheets.cells import CellError
from members.sheets.grids import parse_file
from members.sheets.states import Meaning, looks_like_state, read_state
from members.sheets.values import Unreadable
from members.transfer.resources import list_notes
from pairing.resources import CodeResource
from tests.members.sheet_files import make_xlsx

ROSTER = ("学号", "姓名", "学院", "团支部", "政治面貌")
AN = ("2018010001", "安知行", "法学院", "法学1801", "共青团员")
VOLUNTEER = ("志愿者编号", "姓名", "手机号码", "注册时间")
BAI = ("110108000001", "白若溪", "13800138001", "2018-09-28")
HOURS = ("学号", "姓名", "项目名称", "服务日期", "服务时长")
SERVED = ("2018010001", "安知行", "助残", "2018-10-13", 2)
CODE, ABC = ("申请结对码", "类型"), ("ABC001", "城区")
STREET, DONG = ("区", "街乡名称", "类型"), ("东城区", "东华门街道", "城区")
BRANCH, LAW = ("学院", "团支部"), ("法学院", "法学1801")
BASES = {
    RosterResource: (ROSTER, AN),
    VolunteerResource: (VOLUNTEER, BAI),
    HoursResource: (HOURS, SERVED),
    CodeResource: (CODE, ABC),
    StreetResource: (STREET, DONG),
    OrganisationResource: (BRANCH, LAW),
}


@pytest.fixture(autouse=True)
def in_october(time_machine):
    time_machine.move_to("2018-10-20 08:00 +0800")


def open_file(resource, *rows):
    opened = resource()
    return opened, opened.open(parse_file(make_xlsx(*rows), "名单.xlsx"))


def read_row(resource, **columns) -> StagedRow:
    """Return the row of a good file with these further columns."""
    header, row = BASES[resource]
    opened, sheet = open_file(resource, (*header, *columns), (*row, *columns.values()))
    (staged,) = opened.rows(sheet)
    return staged


def read_notes(resource, **columns) -> dict:
    header, row = BASES[resource]
    return list_notes(open_file(resource, (*header, *columns), (*row, *columns.values()))[1])


# Words

YES = (
    "有效 生效 已生效 通过 审核通过 院级审核通过 通过（院级） 已审核 同意 合格 正常 启用 在籍 在校 在读 在册 已注册 注册成功 已实名认证"
    " 未注销 未停用 未过期 未撤销 无异常 是 √ Y 1 true 是（已审核） 有效期内"
)
NO = (
    "无效 失效 未生效 不通过 未通过 审核不通过 审核未通过 未审核通过 不同意 不合格 不正常 异常 停用 已停用 未启用 休学 毕业 退学 转出 未注册"
    " 注册失败 未实名 已注销 作废 已撤销 冻结 驳回 已驳回（资料不全） 退回 拒绝 黑名单 已解散 已过期 否 × N 0 false"
)
WAITING = "待审 待审核 审核中 未审核 未确认 待确认 草稿 未提交 已提交 初审通过，待复审 公示中 待完善"


@pytest.mark.parametrize(
    ("words", "meaning"), [(YES, Meaning.YES), (NO, Meaning.NO), (WAITING, Meaning.WAITING)]
)
def test_words_are_read_by_meaning(words, meaning):
    assert {word: read_state("状态", word) for word in words.split()} == dict.fromkeys(words.split(), meaning)


@pytest.mark.parametrize("word", ["住校", "走读", "良好", "甲", "2018级", "未知情况"])
def test_a_word_that_nobody_can_read_has_no_meaning(word):
    assert read_state("状态", word) is None


def test_yes_under_a_column_that_ends_something_speaks_against_the_row():
    assert read_state("是否注销", "是") is Meaning.NO
    assert read_state("是否停用", "否") is Meaning.YES
    assert read_state("是否有效", "否") is Meaning.NO


# Every kind of file

KINDS = [VolunteerResource, CodeResource, StreetResource, OrganisationResource, RosterResource]


@pytest.mark.parametrize(
    "resource", [VolunteerResource, StreetResource, OrganisationResource, RosterResource]
)
@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("审核状态", "审核不通过"),
        ("审核结果", "驳回"),
        ("审核状态", "待审核"),
        ("是否有效", "否"),
        ("是否有效", "×"),
        ("有效状态", "无效"),
        ("数据状态", "已删除"),
        ("是否注销", "是"),
        ("注销时间", "2018-09-01"),
        ("停用时间", "2018年9月1日"),
        ("停用日期", 43345),
        ("审核意见", "不同意"),
        ("审核状态", "某种话"),
    ],
)
def test_a_row_that_is_not_in_force_is_refused_with_column_and_word(resource, header, word):
    staged = read_row(resource, **{header: word})
    assert staged.data == {}
    assert f"“{header}”是“{word}”" in staged.reason


@pytest.mark.parametrize("resource", KINDS)
@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("审核状态", "审核通过"),
        ("审核结果", "通过"),
        ("是否有效", "是"),
        ("是否有效", True),
        ("有效状态", "有效"),
        ("是否注销", "否"),
        ("注销时间", ""),
        ("注销时间", "无"),
        ("审核时间", "2018-09-01"),
        ("审核人", "王老师"),
        ("有效期至", "2028-09-01"),
        ("备注", "休学"),
        ("审核意见", "情况属实"),
        ("审核意见", "同意"),
    ],
)
def test_a_row_in_force_goes_in(resource, header, word):
    staged = read_row(resource, **{header: word})
    assert (staged.reason, "refusal" in staged.data) == ("", False)


def test_all_state_columns_must_say_so():
    assert read_row(VolunteerResource, 状态="正常", 审核状态="待审核").reason
    assert read_row(VolunteerResource, 状态="正常", 审核状态="审核通过", 注销时间="").reason == ""
    assert read_row(VolunteerResource, 状态="正常", 审核状态="审核通过", 注销时间="2018-10-01").reason


# Volunteers


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("注册状态", "未注册"),
        ("志愿者状态", "已注销"),
        ("实名认证状态", "未实名"),
        ("认证结果", "认证失败"),
        ("是否注册", "否"),
        ("账号状态", "冻结"),
        ("取消注册时间", "2018-10-01"),
    ],
)
def test_a_volunteer_whose_registration_is_not_in_force_is_refused(header, word):
    assert header in read_row(VolunteerResource, **{header: word}).reason


def test_leaving_a_group_is_no_end_of_the_registration():
    assert read_row(VolunteerResource, 退出团体时间="2018-10-01").reason == ""


# Codes


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("状态", "已使用"),
        ("状态", "已作废"),
        ("状态", "停用"),
        ("状态", "已发放"),
        ("使用状态", "已用"),
        ("是否使用", "是"),
        ("是否已发放", "√"),
        ("使用时间", "2018-10-01"),
    ],
)
def test_a_code_that_is_used_or_void_says_why_it_does_not_go_into_stock(header, word):
    staged = read_row(CodeResource, **{header: word})
    assert staged.data["refusal"] == f"“{header}”是“{word}”，不能入库"


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("状态", "未使用"),
        ("状态", "库存"),
        ("状态", "可用"),
        ("状态", "正常"),
        ("是否使用", "否"),
        ("是否可用", "是"),
        ("发放日期", "2018-10-01"),
        ("使用时间", ""),
    ],
)
def test_a_code_that_is_free_goes_into_stock(header, word):
    assert read_row(CodeResource, **{header: word}).data == {"code": "ABC001", "kind": "urban"}


def test_a_code_with_a_word_nobody_can_read_is_refused():
    assert "不能判断" in read_row(CodeResource, 状态="某种话").reason


# Streets and branches


def test_what_is_left_of_a_street_says_nothing_against_it():
    assert read_row(StreetResource, 对接状态="未对接").reason == ""
    assert read_row(StreetResource, 状态="已撤销").reason


def test_a_branch_that_is_dissolved_is_refused():
    assert read_row(OrganisationResource, 组织状态="已解散").reason
    assert read_row(OrganisationResource, 支部状态="正常").reason == ""


# Rosters


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({"学籍状态": "休学"}, "suspended"),
        ({"状态": "正常", "学籍状态": "休学"}, "suspended"),
        ({"状态": "在读", "学籍状态": "毕业"}, "graduated"),
        ({"学籍状态": "退学", "在校状态": "在校"}, "transferred"),
        ({"在校状态": "", "学籍状态": "转出"}, "transferred"),
        ({"状态": "正常", "学籍状态": "在籍"}, "active"),
        ({"是否在校": "是"}, "active"),
        ({"是否在籍": "√"}, "active"),
        ({"是否毕业": "是"}, "graduated"),
        ({"是否休学": "是", "状态": "在籍"}, "suspended"),
        ({"状态": "已毕业", "毕业时间": "2018-07-01"}, "graduated"),
        ({"学籍状态": "正常", "是否在校": "否", "状态": "休学"}, None),
    ],
)
def test_the_state_out_of_the_branch_wins(columns, state):
    staged = read_row(RosterResource, **columns)
    assert staged.data.get("state") == state
    assert bool(staged.reason) is (state is None)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"状态": "休学", "学籍状态": "毕业"}, ("“状态”是“休学”", "“学籍状态”是“毕业”")),
        ({"是否在校": "否"}, ("“是否在校”是“否”",)),
        ({"学籍状态": "某种话"}, ("学籍状态", "某种话")),
        ({"退团时间": "2018-09-01"}, ("退团时间",)),
        ({"离校日期": "2018-07"}, ("离校日期",)),
        ({"毕业时间": "2018年7月"}, ("毕业时间",)),
    ],
)
def test_a_state_that_nobody_can_tell_is_an_error_that_names_the_columns(columns, words):
    staged = read_row(RosterResource, **columns)
    assert staged.data == {}
    assert all(word in staged.reason for word in words), staged.reason


@pytest.mark.parametrize(
    "columns",
    [
        {"毕业时间": "2022-07-01"},
        {"预计毕业时间": "2018-07-01"},
        {"高中毕业时间": "2015-07-01"},
        {"入团时间": "2015-05-04"},
        {"是否毕业": "否"},
        {"是否休学": "否"},
        {"退团时间": ""},
    ],
)
def test_a_day_to_come_or_of_another_school_says_nothing(columns):
    staged = read_row(RosterResource, **columns)
    assert (staged.reason, staged.data.get("state", "active")) == ("", "active")


def read_league(politics: str, league: str, **more) -> StagedRow:
    opened, sheet = open_file(
        RosterResource, (*ROSTER, "是否团员", *more), (*AN[:4], politics, league, *more.values())
    )
    (staged,) = opened.rows(sheet)
    return staged


@pytest.mark.parametrize(
    ("politics", "league", "stage"),
    [("共青团员", "是", "member"), ("", "是", "member"), ("", "否", "student"), ("群众", "否", "student"),
     ("中共党员", "是", "member"), ("群众", "", "student"), ("", "非团员", "student")],
)  # fmt: skip
def test_whether_somebody_is_a_member_may_be_a_column_of_its_own(politics, league, stage):
    assert read_league(politics, league).data["stage"] == stage


@pytest.mark.parametrize(("politics", "league"), [("群众", "是"), ("共青团员", "否"), ("入团积极分子", "是")])
def test_a_member_who_is_none_is_a_contradiction(politics, league):
    assert "矛盾" in read_league(politics, league).reason


def test_a_roster_may_say_only_who_is_a_member():
    opened, sheet = open_file(RosterResource, (*ROSTER[:4], "是否团员"), (*AN[:4], "是"))
    assert next(opened.rows(sheet)).data["stage"] == "member"


# Hours


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({"状态": "正常", "审核状态": "待审核"}, "pending"),
        ({"状态": "已完成", "审核状态": "审核不通过"}, "rejected"),
        ({"状态": "已结束", "审核状态": "审核通过"}, "confirmed"),
        ({"审核状态": "审核通过", "活动状态": "已结束"}, "confirmed"),
        ({"审核状态": "审核通过", "活动状态": "已取消"}, "rejected"),
        ({"审核状态": "审核通过", "是否有效": "否"}, "rejected"),
        ({"审核状态": "审核通过", "是否有效": "是"}, "confirmed"),
        ({"是否有效": "是"}, "confirmed"),
        ({"状态": "已确认", "作废时间": "2018-10-15"}, "rejected"),
        ({"状态": "已确认", "作废时间": ""}, "confirmed"),
        ({"状态": "已确认", "是否到场": "否"}, "rejected"),
        ({"状态": "已确认", "是否到场": "是"}, "confirmed"),
        ({"状态": "院级审核通过"}, "confirmed"),
        ({"状态": "待学院审核"}, "pending"),
    ],
)
def test_hours_count_only_if_all_columns_say_so(columns, state):
    staged = read_row(HoursResource, **columns)
    assert (staged.reason, staged.data.get("state")) == ("", state)


@pytest.mark.parametrize(
    "columns",
    [{"状态": "正常", "审核状态": ""}, {"审核状态": "某种话"}, {"状态": "已确认", "签到状态": "某种话"}],
)
def test_hours_whose_state_nobody_can_tell_are_refused(columns):
    assert read_row(HoursResource, **columns).data == {}


def make_candidate(header: str, cell: object) -> Candidate:
    return Candidate(header, 0, 0, cell)


def test_a_cell_that_nobody_can_see_is_no_empty_one():
    unseen = Unreadable("这个单元格看不到")
    assert read_state("审核状态", unseen) is None
    for combine in (combine_states, combine_hour_states):
        with pytest.raises(CellError, match="看不到"):
            combine((make_candidate("状态", "正常"), make_candidate("审核状态", unseen)))


def test_a_remark_on_the_hours_decides_nothing():
    with pytest.raises(CellError, match="无法识别"):
        combine_hour_states((make_candidate("审核情况", "材料齐全"),))


# What nobody reads


@pytest.mark.parametrize(
    ("header", "word"),
    [("住宿状态", "住校"), ("是否住宿", "是"), ("甲乙丙", "已注销"), ("是否注册志愿者", "否")],
)
def test_an_unknown_column_that_seems_to_be_a_state_is_asked_about(header, word):
    notes = read_notes(RosterResource, **{header: word})
    assert notes["asks_columns"] == [[header, [word]]]
    assert header not in notes["ignored"]


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("性别（中文）", "男"),
        ("备注", "休学"),
        ("审核人", "王老师"),
        ("宗教信仰", "无"),
        ("民族", "汉族"),
        ("宿舍", "3号楼"),
        ("子女数", "1"),
        ("特长", "有"),
        ("添加方式", "系统录入"),
    ],
)
def test_another_unknown_column_is_only_named(header, word):
    notes = read_notes(VolunteerResource, **{header: word})
    assert "asks_columns" not in notes
    assert header in notes["ignored"]


@pytest.mark.parametrize(
    "words", ["合格 不合格", "已缴 未缴", "属实 不属实", "在岗 不在岗 调休", "党员 非党员"]
)
def test_a_column_whose_words_deny_each_other_is_a_state(words):
    assert set(looks_like_state("材料情况", dict.fromkeys(words.split(), 3))) == set(words.split())


@pytest.mark.parametrize("words", ["汉族 回族", "一班 二班", "住校 走读", "法学 经济学", "不详"])
def test_words_that_do_not_deny_each_other_are_no_state(words):
    assert looks_like_state("情况", dict.fromkeys(words.split(), 3)) == ()


def test_a_column_with_many_words_is_no_state():
    cells = {f"有效{number}": 1 for number in range(100)}
    assert looks_like_state("状态", cells) == ()


def test_the_columns_that_only_an_export_has_are_not_asked_about():
    assert "asks_columns" not in read_notes(CodeResource, 学院="法学院")
