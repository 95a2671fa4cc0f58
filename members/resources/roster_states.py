"""What several columns of a roster say together about somebody's state: 状态, 学籍状态, 是否在校, 是否毕业."""

import re
from collections.abc import Sequence

from members.rules import parse_member_state
from members.sheets.alternatives import Candidate
from members.sheets.cells import CellError
from members.sheets.states import Meaning, read_state, read_word, show_word, tidy_header, tidy_word
from members.sheets.values import Unreadable

# Names of the columns of a person's state; matched as a whole.
STATE_COLUMN = re.compile(
    "(?:学籍|在校|在籍|在读|团籍|团员|学生|人员|个人|当前|目前|最新|就读|学习|在册|毕业|名称)*状态(?:名称)?|毕业(?:情况|与否)|学籍(?:在籍)?情况|在(?:籍|校|读|册)(?:情况|与否)"
    "|(?:是否|是否仍|是否还|是否已|是否已经)(?:在籍|在校|在读|在册|在学|毕业|毕业离校|离校|离籍|休学|退学|转出|转学|参军|入伍|有学籍|在校生)"
)
# Columns of a day on which somebody left; 预计毕业时间 and 高中毕业时间 are other columns.
LEAVING = re.compile(
    "(?:实际)?(?:退团|离团|出团|离校|退学|转出|转学|开除|除名|休学|停学|毕业|结业|毕业离校|离籍|(?:团)?组织关系转出|转出团组织)"
    "(?:的)?(?:时间|日期|年月|年月日)|(?:是否|是否已)(?:退团|离团|除名|开除)"
)
_SPECIFIC = {
    "graduated": re.compile("毕业|结业|肄业|离校|离籍"),
    "suspended": re.compile("休学|保留学籍|停学"),
    "transferred": re.compile("转出|转学|退学|开除"),
    "exchange": re.compile("交换|交流|出国|出境"),
    "army": re.compile("参军|入伍|服役|服兵役"),
}
WORDS = {
    "active": "在籍", "graduated": "毕业", "suspended": "休学", "transferred": "转出", "exchange": "交流出国", "army": "参军",
}  # fmt: skip
_PRESENT = re.compile("在籍|在校|在读|在册|在学|正常|有学籍|注册")
_ASKING = re.compile("是否|与否")


def combine_states(candidates: Sequence[Candidate]) -> str:
    """Return the word of the state that all columns say together; "" where they say nothing.

    A state out of the branch wins over 在籍. Raises CellError for two such states and for words nobody can read.
    """
    found: dict[str, str] = {}
    for one in candidates:
        if state := _read_member_state(one.header, one.cell):
            found.setdefault(state, f"“{one.header}”是“{show_word(one.cell)[:20]}”")
    out = found.keys() - {"active"}
    if len(out) > 1:
        raise CellError(f"{'，'.join(found[state] for state in found if state in out)}，不能判断是哪一种状态")
    return WORDS[out.pop()] if out else WORDS["active"] if found else ""


def _read_member_state(header: str, cell: object) -> str:
    """Return the state that one cell names; "" where it says nothing about the person."""
    if isinstance(cell, Unreadable):
        raise CellError(f"“{header}”：{cell.reason}")
    text, name = tidy_word(cell), tidy_header(header)
    said = read_state("", cell)
    if said is Meaning.BLANK:
        return ""
    subject = _find_specific(name)
    if _ASKING.search(name) and text in ("无", "没有", "有"):
        said = Meaning.YES if text == "有" else Meaning.NO
    if _ASKING.search(name) and _find_specific(text) is None and said in (Meaning.YES, Meaning.NO):
        if subject:
            return subject if said is Meaning.YES else ""
        if said is Meaning.YES:
            return "active"
    else:
        try:
            return parse_member_state(show_word(cell))
        except ValueError:
            pass
        meaning = read_word(text)
        if meaning is Meaning.YES:
            return "active" if _PRESENT.search(text) else ""
        if meaning is Meaning.NO and (state := _find_specific(text)):
            return state
        if meaning is None:
            raise CellError(f"“{header}”的“{show_word(cell)[:20]}”无法识别，请写明在籍、休学、转出、毕业等")
    raise CellError(f"“{header}”是“{show_word(cell)[:20]}”，请在“状态”列写明休学、转出、毕业等")


def _find_specific(text: str) -> str | None:
    found = [state for state, pattern in _SPECIFIC.items() if pattern.search(text)]
    return found[0] if len(found) == 1 else None
