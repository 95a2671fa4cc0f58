"""What several state columns of a sheet of hours say together: 状态 of the activity, 审核状态 of the hours."""

import re
from collections.abc import Sequence

from activities.rules.ledgers import parse_record_state
from members.sheets.alternatives import Candidate
from members.sheets.cells import CellError
from members.sheets.states import Meaning, read_state, show_word, tidy_header, tidy_word
from members.sheets.values import Unreadable

# Names of the columns of the state of a record; matched as a whole.
STATE_COLUMN = re.compile(
    "(?:时长|工时|记录|服务|学院|学校|团委|校级|院级|最终|系统|平台)*(?:有效|审核|审批|复核|确认|认定|核定|生效|公示|发放|入账)(?:状态|结果|情况|是否通过)"
    "|(?:是否|是否已|是否已经|已)(?:有效|生效|通过|审核|审核通过|审批通过|确认|认定|核定|入账|发放)|有效性|审核通过|审批结果|审核|认定"
)
# Columns about the activity or about who came: they can speak against a record, never for it.
OTHER_STATES = re.compile(
    "(?:活动|项目|服务|参加|参与|出勤|签到|签退|考勤|到场|到岗|报名)(?:状态|情况|结果)|考勤|出勤"
    "|(?:是否|是否已)(?:参加|参与|到场|到岗|出勤|签到|签退|缺勤|缺席|请假|旷工|爽约)"
)
ABSENCE = re.compile("缺勤|缺席|请假|旷工|爽约")
_TOOK_PLACE = """
正常 已完成 完成 已结束 结束 进行中 已开展 开展中 已归档 归档 已发布 发布 招募中 招募结束 已签到 已签退 签到 签退 迟到 早退 补签
已报名 报名成功 已参加 参加 出勤 全勤 到场 已到 已到场 已录用 录用
"""
_DID_NOT = "未签到 未参加 未到 未到场 缺勤 缺席 请假 旷工 爽约 未报名 未录用 已取消 取消"
OTHER_WORDS = dict.fromkeys(_TOOK_PLACE.split(), Meaning.YES) | dict.fromkeys(_DID_NOT.split(), Meaning.NO)
_OF_HOURS = re.compile("审核|审批|复核|确认|认定|核定|时长|工时|记录|生效|有效|通过|公示|发放|入账")
_STATES = {Meaning.YES: "confirmed", Meaning.WAITING: "pending", Meaning.NO: "rejected"}
_WORDS = {"confirmed": "已确认", "pending": "待确认", "rejected": "无效"}


def combine_hour_states(candidates: Sequence[Candidate]) -> str:
    """Return a word for the state that all columns say together; "" where a column that must say it is empty.

    A record is confirmed only if all columns of the hours say so; 状态 of the activity can only speak against it.
    """
    own = [one for one in candidates if _OF_HOURS.search(tidy_header(one.header))]
    found: list[tuple[str, str]] = []
    for one in candidates:
        if isinstance(one.cell, Unreadable):
            raise CellError(f"“{one.header}”：{one.cell.reason}")
        word = show_word(one.cell)
        if read_state("", word) is Meaning.BLANK:
            if one in own or not own:
                found.append(("", ""))
        elif one in own or not own or _speaks_against(word):
            found.append((_read_record_state(one.header, word), word))
    states = {state for state, _ in found}
    for state in ("rejected", "pending", "", "confirmed"):
        if state in states:
            said = next(word for one, word in found if one == state)
            return said if state and _is_plain(said, state) else _WORDS.get(state, "")
    return ""


def _speaks_against(word: str) -> bool:
    """Return whether 状态 beside a column of the hours says more than that the activity took place."""
    return OTHER_WORDS.get(tidy_word(word)) is not Meaning.YES


def _read_record_state(header: str, word: str) -> str:
    try:
        return parse_record_state(word)
    except ValueError:
        if (meaning := read_state(header, word)) in _STATES:
            return _STATES[meaning]
        raise CellError(f"“{header}”的“{word[:20]}”无法识别，应为已确认、待确认或无效") from None


def _is_plain(word: str, state: str) -> bool:
    try:
        return parse_record_state(word) == state
    except ValueError:
        return False
