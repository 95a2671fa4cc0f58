"""The words that people and programs write into a cell that has no value (requirements §4). Pure."""

import re
import unicodedata

# Compared without spaces, marks around the word, width and case. A word of this table is never a name, number,
# unit, street, title or code. An empty cell changes nothing; so does such a word.
WORDS = frozenset(
    [
        "无",
        "暂无",
        "没有",
        "尚无",
        "均无",
        "空",
        "空值",
        "空白",
        "空缺",
        "暂缺",
        "暂空",
        "缺",
        "缺失",
        "未知",
        "不详",
        "未详",
        "不明",
        "不清楚",
        "不知道",
        "待定",
        "未定",
        "待补",
        "待补充",
        "待填",
        "待填写",
        "未填",
        "未填写",
        "没填",
        "没填写",
        "未录入",
        "待录入",
        "未选择",
        "请选择",
        "请填写",
        "请输入",
        "必填",
        "选填",
        "无数据",
        "暂无数据",
        "无内容",
        "无记录",
        "无此项",
        "不适用",
        "未分配",
        "待分配",
        "未设置",
        "同上",
        "同前",
        "如上",
        "同左",
        "同右",
        "以上",
        "略",
        "省略",
        "nan",
        "na",
        "n/a",
        "n.a.",
        "n.a",
        "nil",
        "null",
        "none",
        "nat",
        "nul",
        "undefined",
        "undef",
        "unknown",
        "empty",
        "blank",
        "void",
        "missing",
        "tbd",
        "tba",
        "todo",
        "\\n",
    ]
)
# What a spreadsheet shows instead of a value that it cannot compute, or that its column is too narrow for.
_ERROR = re.compile(
    r"#(?:n/a(?:n/a)?|na|ref!?|name\??|value!?|div/0!?|null!?|num!?|spill!?|calc!?|field!?|blocked!?|unknown!?|connect!?"
    r"|busy!?|getting_data|error!?)|#{2,}|err:[0-9]{3}"
)
_ZERO = re.compile(r"[+\-]?0+(?:\.0*)?%?")
_PLAIN = re.compile("[0-9A-Za-z\u4e00-\u9fff]+")
_AROUND = "()[]{}<>【】《》〈〉“”\"'’‘`‘.。,，、;；:：!！~_-"
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－", "-"))
_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Me"})


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).casefold()
    return "".join(c for c in plain if unicodedata.category(c) not in _UNSEEN and not c.isspace())


def means_nothing(text: str) -> bool:
    """Return whether a text says that there is no value: 无, /, ……, nan, 待定 or (空); not 0.

    A text without any letter or digit says nothing, but an error value is no word for nothing.
    """
    if _PLAIN.fullmatch(text):  # nearly every cell
        return text in WORDS or text.casefold() in WORDS
    plain = _fold(text)
    if _ERROR.fullmatch(plain):
        return False
    bare = plain.strip(_AROUND)
    return plain in WORDS or bare in WORDS or not any(map(str.isalnum, plain))


def is_zero(text: str) -> bool:
    """Return whether a text is 0, the value of a formula that looks up an empty cell; no name and no number is 0."""
    if _PLAIN.fullmatch(text):
        return not text.strip("0")
    return bool(_ZERO.fullmatch(_fold(text)))


def is_error_value(text: str) -> bool:
    """Return whether a text is an error value of a spreadsheet, as #N/A or #REF!, or the ##### of a narrow column."""
    return not _PLAIN.fullmatch(text) and bool(_ERROR.fullmatch(_fold(text)))


def is_truth_value(text: str) -> bool:
    """Return whether a text is TRUE or FALSE, as a program writes a tick."""
    return (text if _PLAIN.fullmatch(text) else _fold(text)).casefold() in ("true", "false")
