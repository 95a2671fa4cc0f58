"""A roster's words with codes of national standards: 03共青团员 (GB/T 4762), 性别 2 (GB/T 2261.1). Pure: no Django."""

import re

from members.rules import PARTY, STAGES, invert_words
from members.sheets.texts import remove_spaces

# GB/T 2261.1: 1 男, 2 女, 0 未知, 9 未说明.
GENDERS = invert_words({"male": "男 男性 男生 m male 1", "female": "女 女性 女生 f female 2"})
UNTOLD_GENDERS = frozenset({"0", "9", "未知", "未知的性别", "未说明", "未说明的性别", "其他", "保密"})
# GB/T 4762: sheets write the code, the words, or both (03共青团员). One digit may be a school's own code.
POLITICS_CODES = {
    "01": "中共党员", "02": "中共预备党员", "03": "共青团员", "04": "民革党员", "05": "民盟盟员", "06": "民建会员",
    "07": "民进会员", "08": "农工党党员", "09": "致公党党员", "10": "九三学社社员", "11": "台盟盟员",
    "12": "无党派人士", "13": "群众",
}  # fmt: skip
_BETWEEN = r"[.、,，:|/=\-—–_]*"
_CODE_IN_FRONT = re.compile(rf"[\[(【]?([0-9]{{1,2}})[\])】]?{_BETWEEN}(?:\(([^()]+)\)|(.*))")
_CODE_BEHIND = re.compile(rf"(.+?){_BETWEEN}[\[(【]?([0-9]{{1,2}})[\])】]?")
_ORPHANS = re.compile(r"^(?:[1-9]|0[0-9])\.0+$")  # a code that a program took for a number


def parse_gender(word: str) -> str:
    """Return "male", "female" or "" (not told) from 男, 2 or 1-男性; raise ValueError in Chinese for other words."""
    code, name = _split_code(word)
    code, name = code.lstrip("0") or code[:1], name.casefold()
    said = {"" if part in UNTOLD_GENDERS else GENDERS.get(part) for part in (code, name) if part}
    if len(said) > 1 or None in said:
        raise ValueError(f"性别“{word}”无法识别")
    return said.pop() or "" if said else ""


def parse_politics(word: str) -> str:
    """Return the words of a 政治面貌 that may have its code of GB/T 4762: 03 and 03共青团员 are 共青团员.

    Raises ValueError with a Chinese reason for an unknown code, and for a code that contradicts the words.
    """
    code, name = _split_code(word)
    if not code:
        return name
    named = POLITICS_CODES.get(code)
    if named is None or (name and _get_meaning(name) != _get_meaning(named)):
        raise ValueError(f"政治面貌“{word}”无法识别，请填写文字，如共青团员")
    return name or named


def _get_meaning(politics: str) -> str:
    return PARTY.get(politics) or STAGES.get(politics) or politics


def _split_code(word: str) -> tuple[str, str]:
    """Return (code, words) of 03共青团员, 03 or 共青团员(03); "" for what the word lacks."""
    word = remove_spaces(word).strip("'’‘`。")
    if _ORPHANS.fullmatch(word):
        word = word.partition(".")[0]
    if found := _CODE_IN_FRONT.fullmatch(word):
        return found[1], found[2] or found[3]
    if found := _CODE_BEHIND.fullmatch(word):
        return found[2], found[1]
    return "", word
