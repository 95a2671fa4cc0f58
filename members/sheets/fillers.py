"""Rows of a sheet that are no data: examples, prompts under the header, 以下空白, rows of dots. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from members.sheets.nothing import is_zero, means_nothing

_EXAMPLE = "示例|样例|范例|示范|样表|范本|例如|例子|举例|填写例|example|sample|e\\.g\\."
_OPEN, _CLOSE = r"[(\[【<《“\"*]*", r"[)\]】>》”\"*]*"
# A cell that is nothing but a mark: 示例, （样例）, 例1, 填写示例, 示例（请勿删除）, 例：.
_MARK = re.compile(
    rf"{_OPEN}(?:此行|本行|该行|此行为|本行为|以下为|这是)?(?:填写|填报|填表|录入|数据|参考)?(?:{_EXAMPLE}|例)(?:数据|行|内容|信息)?[0-9一二三]{{0,2}}"
    rf"{_CLOSE}(?:[:,，。;!(\[【].*)?",
    re.I,
)
_REMOVE = re.compile(
    "(?:此行|本行|该行|示例|样例|范例).{0,12}(?:请|须|需|可|应)?.{0,6}(?:删除|删去|勿填|清除)(?:.{0,6})"
)
# A cell of data with a mark at its beginning or end: 例：张三, 张三（示例）, 如：2018010001.
_MARKED = re.compile(
    rf"(?:{_OPEN}(?:{_EXAMPLE}|例如?|如|比如){_CLOSE}:.*|[(\[【](?:填写)?(?:{_EXAMPLE}|例)[)\]】].*"
    rf"|.*[(\[【](?:填写)?(?:{_EXAMPLE}|例)(?:数据|行)?[)\]】]|(?:{_EXAMPLE}|例|比如)[a-z]?[0-9]{{6,}}.*)",
    re.I | re.S,
)
_BLANK_BELOW = re.compile(
    r"[-—=*.…(\[【<《 ]*(?:(?:此行|本行|本页|此处|此页|此表)?(?:以下|以后|之后|往下)(?:各行)?(?:为|均为|皆为|是|无|留)?"
    r"(?:空白|空行|空|无正文|无内容|无数据|无|正文)|(?:此处|本页|此页|本行|此行)?空白|(?:表格?|全文|名单|数据)?(?:完|结束|止|到此为止)"
    r"|end(?:ofdata|oftable|oflist|offile)?|eof)[-—=*.…)\]】>》。 ]*",
    re.I,
)
_PROMPT = re.compile(
    rf"{_OPEN}(?:"
    r"(?:此处|此列|此栏|在此|本列|请|请在此|请按|必须|须|需|可)(?:处|列|栏|在此|如实|据实|认真|准确|正确|务必)*(?:填|输入|录入|选择|选填|从下拉|下拉|勾选|注明|写|保持|设为|勿|不要|核对).*"
    r"|(?:填写|输入|录入|选择|下拉选择|从下拉|点击选择|填)(?!者|人|表|单).*"
    r"|(?:必填|选填|必选|可选|非必填|可不填|必填项|选填项|自动生成|系统生成|勿填|请勿.*|不要.*|不填)"
    r"|(?:文本|日期|数字|数值|文字)(?:格式|类型|型).*|文本|文字|下拉(?:框|菜单|列表)?|(?:学院|支部|单位)?全称|真实姓名|[与同]?.{1,8}(?:保持)?一致"
    r"|.{1,8}为[0-9]{1,2}位(?:数字|字符)?|(?:格式|要求|说明|提示|注意|备注|示例|样例|例如?|如)(?:为|是|:).*"
    r"|[0-9]{1,2}(?:[-~至到][0-9]{1,2})?位(?:的)?(?:数字|字符|学号|手机号|手机号码|编号|字母|文本).*"
    rf"|y{{2,4}}[-/.年]?m{{1,2}}[-/.月]?d{{1,2}}日?.*|x{{3,}}){_CLOSE}",
    re.I | re.S,
)
# One search over the row; nearly every row of data has none of these.
_SUSPECT = re.compile(
    "例|示范|样表|范本|sample|e\\.g\\.|example|以下|以后|之后|往下|空白|填|选择|输入|录入|格式|位|完|结束|止|end|eof|文本|文字|下拉|全称|真实|一致|比如|请|yy|须|xxx|如[:：]|自动|系统生成|不要"
    "|要求|说明|提示|注意|注明|删",
    re.I,
)
_BETWEEN = "\x1f"


def is_filler(row: Sequence[object], known: Iterable[object]) -> bool:
    """Return whether a row of a sheet is no data, by its cells and by those of the `known` columns.

    An example has a mark in any cell; a plain 张三 may be a person, and stays.
    """
    known = list(known)
    if all(map(_says_nothing, known)):
        # A row of #N/A says something went wrong: it is listed.
        return True
    if _is_numbering(known):
        return True
    texts = [cell for cell in row if type(cell) is str]
    if not _SUSPECT.search("".join(_BETWEEN.join(texts).split(" "))):
        return False
    filled = [plain for plain in map(_fold, texts) if plain]
    if any(map(_BLANK_BELOW.fullmatch, filled)) and len(set(filled)) == 1:
        return True
    return _is_example(row, known) or _is_prompt(known)


def _says_nothing(cell: object) -> bool:
    if type(cell) is str:
        return not cell or means_nothing(cell) or is_zero(cell)
    return cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool) and cell == 0)


def _is_numbering(known: list[object]) -> bool:
    """Return whether the cells number the columns: 1, 2, 3 …, A, B, C … or ①, ②, ③ …, at least three of them."""
    if len(known) < MIN_NUMBERED or len(str(known[0])) > 3:
        return False
    texts = tuple(str(cell).strip("()（）栏列 ").removesuffix(".0") for cell in known)
    return any(texts == numbers[: len(texts)] for numbers in _NUMBERINGS)


MIN_NUMBERED = 3
_NUMBERINGS = (
    tuple(str(number) for number in range(1, 27)),
    tuple(chr(ord("A") + number) for number in range(26)),
    tuple(chr(ord("①") + number) for number in range(20)),
)


def _is_example(row: Sequence[object], known: list[object]) -> bool:
    """Return whether a cell marks the row: alone in a column of remarks or numbers, or beside its text."""
    own = {cell for cell in known if type(cell) is str}
    for cell in row:
        if type(cell) is not str:
            continue
        plain = _fold(cell)
        if _MARKED.fullmatch(plain) or (_MARK.fullmatch(plain) and (cell not in own or len(plain) <= 6)):
            return True
        if cell not in own and _REMOVE.fullmatch(plain):
            return True
    return False


def _is_prompt(known: list[object]) -> bool:
    """Return whether at least half of the filled known cells tell what to write: 请填写学号, 必填, 11位数字."""
    filled = [
        cell
        for cell in known
        if not _says_nothing(cell) or (type(cell) is str and _PROMPT.fullmatch(_fold(cell)))
    ]
    prompts = sum(type(cell) is str and bool(_PROMPT.fullmatch(_fold(cell))) for cell in filled)
    return prompts > 0 and 2 * prompts >= len(filled)


def _fold(cell: str) -> str:
    return unicodedata.normalize("NFKC", "".join(cell.split()))
