"""Columns of a sheet that say whether a row is in force: 任职状态, 是否在任, 审核状态, 离任时间 (requirements §4)."""

import re
import unicodedata

_HEADER = re.compile(
    "状态|有效|生效|在任|在职|在岗|是否现任|是否任职|任职情况|审核|审批|启用|离任|离职|离岗|卸任|免职|免去|辞职|罢免|注销|停用|作废|撤销"
)
# Who approved, and when, says nothing against a row.
_BESIDE = re.compile("(?:人|者|单位|部门|电话|签字|编号|次数)$|(?:审核|审批|启用|生效).*(?:时间|日期)")
_ENDING = re.compile("离任|离职|离岗|卸任|免职|免去|辞职|罢免|注销|停用|作废|撤销")
_SPACES = re.compile(r"\s+")
_BLANK = frozenset({"", "-", "--", "—", "——", "/"})
_YES = frozenset(["是", "y", "yes", "true", "1", "√", "✓", "有"])
_NO = frozenset(["否", "n", "no", "false", "0", "×", "x", "无", "没有", "暂无"])
_IN_FORCE = frozenset(
    [
        "在任",
        "现任",
        "任职中",
        "在职",
        "在岗",
        "有效",
        "生效",
        "已生效",
        "正常",
        "通过",
        "已通过",
        "审核通过",
        "审批通过",
        "已审核",
        "已审批",
        "同意",
        "启用",
        "已启用",
        "在校",
        "在籍",
        "未离任",
        "未离职",
        "未卸任",
        "未免职",
        "未辞职",
        "未注销",
        "未停用",
        "未作废",
        "未撤销",
        "已激活",
        "未激活",
        "未开始",
    ]
)
_NOT_IN_FORCE = frozenset(
    [
        "已结束",
        "结束",
        "离任",
        "已离任",
        "卸任",
        "已卸任",
        "离职",
        "已离职",
        "离岗",
        "已离岗",
        "免职",
        "已免职",
        "辞职",
        "已辞职",
        "罢免",
        "已罢免",
        "撤销",
        "已撤销",
        "停用",
        "已停用",
        "注销",
        "已注销",
        "作废",
        "已作废",
        "无效",
        "失效",
        "已失效",
        "未生效",
        "不通过",
        "未通过",
        "审核不通过",
        "审批不通过",
        "驳回",
        "已驳回",
        "待审核",
        "审核中",
        "未审核",
        "待审批",
        "审批中",
        "未审批",
        "拟任",
        "候任",
        "待上任",
        "暂停",
        "到期",
        "已到期",
        "不在任",
        "未在任",
        "非现任",
        "不在职",
        "毕业",
        "已毕业",
        "转出",
        "已转出",
        "休学",
        "退学",
    ]
)


def is_state_header(header: str) -> bool:
    """Return whether a column with this header says whether its rows are in force."""
    text = _tidy(header)
    return bool(_HEADER.search(text)) and not _BESIDE.search(text)


def read_in_force(header: str, cell: str) -> bool | None:
    """Return whether the cell says that the row is in force; None where nobody can tell.

    An empty cell says nothing against the row.
    """
    text = _tidy(cell)
    if text in _BLANK or text in _IN_FORCE:
        return True
    if text in _NOT_IN_FORCE:
        return False
    ending = bool(_ENDING.search(_tidy(header)))
    if text in _YES or text in _NO:
        return (text in _YES) != ending
    return None


def _tidy(text: str) -> str:
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).casefold()
