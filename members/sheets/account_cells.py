"""Read the number and the name of somebody who gets an account, from a file or a form.

Both are shown on slips and in messages as they are, so they are read more strictly than the cells of lists, which only
match people.
"""

import re

from members.sheets.cells import HAN, CellError, clean_name, clean_number
from members.sheets.papers import holds_id_card

# Words that people and programs write where there is no name.
_NO_NAME = frozenset(
    [
        "无",
        "暂无",
        "没有",
        "空",
        "未知",
        "不详",
        "待定",
        "同上",
        "姓名",
        "nan",
        "null",
        "none",
        "nil",
        "undefined",
        "true",
        "false",
        "n/a",
        "#n/a",
        "#name?",
        "#ref!",
        "#value!",
    ]
)
# What a program writes instead of a character that it lacks (王?, 李□, U+FFFD), and a star that hides one (王*).
_LOST = re.compile("[?？*＊×\ufffd\u25a0-\u25a2\u25fb-\u25fe\u3013]")
_LETTER = re.compile(rf"[{HAN}]|[^\W\d_]")
PAPER = "平台不保存身份证号"


def clean_account_number(v: object) -> str:
    """Return a student or staff number; raises CellError as `clean_number`, and for ID-card numbers.

    The message does not repeat an ID-card number.
    """
    if holds_id_card(v if isinstance(v, str) else clean_number(v)):
        raise CellError(f"这像是身份证号，{PAPER}，请填写学号或工号")
    return clean_number(v)


def clean_account_name(v: object) -> str:
    """Return a name as `clean_name` does.

    Raises CellError for a word that means nothing, for a name that lost a character, and for ID-card numbers.
    """
    name = clean_name(v)
    if not name:
        return ""
    if holds_id_card(name):
        raise CellError(f"这里填成了身份证号，{PAPER}，请填写姓名")
    if name.casefold() in _NO_NAME or not _LETTER.search(name):
        raise CellError(f"“{name[:30]}”不是姓名，请填写真实姓名")
    if _LOST.search(name):
        raise CellError(f"“{name[:30]}”有缺字或被遮住的字，请填写完整姓名")
    return name
