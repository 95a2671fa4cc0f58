"""Characters that programs lose, replace or add on the way from one system to another. Pure.

Entities of web pages become characters, private-use code points of older Chinese encodings become the characters that
were assigned later, variation selectors and invisible characters disappear. What nobody can restore is found as damage.
"""

import html
import re
import unicodedata

from members.sheets.xml_text import find_forbidden, strip_forbidden

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

# Control, zero-width, direction and soft-hyphen characters, which come with text pasted from chats and web pages,
# and variation selectors, which choose one of several glyphs of a character.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffc\U000e0000-\U000e0fff]"
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# Code points that are not what a person sees: radicals for characters (PDF files), private use, variants, entities.
_ODD = re.compile(
    "[&\u2e80-\u2fdf\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]" + "|" + _INVISIBLE.pattern
)
_RADICAL = re.compile("[\u2e80-\u2fdf]")
# Radicals without a decomposition in Unicode that are drawn as a whole character; texts from PDF files have them.
_DRAWN_AS = dict(
    zip(
        map(ord, "⺒⺓⺟⺠⻁⻄⻅⻆⻉⻋⻑⻓⻔⻗⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻲⻳"),
        "巳幺母民虎西见角贝车長长门雨青韦页风飞食马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙亀龟",
        strict=True,
    )
)


def _list_assigned() -> dict[int, str]:
    """Return {private-use code point: character} of GBK's bytes FE50–FEA0.

    GBK put these 80 characters at U+E815 to U+E864 before Unicode had them; 䶮 was U+E863. GB 18030-2000 assigned 66
    (Python's codec has them), GB 18030-2005 the other 14.
    """
    trails = [*range(0x50, 0x7F), *range(0x80, 0xA1)]
    assigned = {0xE815 + place: bytes((0xFE, t)).decode("gb18030") for place, t in enumerate(trails)}
    late = {
        0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC, 0xE81E: 0x9FB4, 0xE826: 0x9FB5, 0xE82B: 0x9FB6,
        0xE82C: 0x9FB7, 0xE831: 0x215D7, 0xE832: 0x9FB8, 0xE83B: 0x2298F, 0xE843: 0x9FB9, 0xE854: 0x9FBA,
        0xE855: 0x241FE, 0xE864: 0x9FBB,
    }  # fmt: skip
    return assigned | {code: chr(character) for code, character in late.items()}


_ASSIGNED = _list_assigned() | _DRAWN_AS


def tidy_characters(text: str) -> str:
    """Return the text in NFC without entities, variants and invisible characters.

    Text that XML cannot carry is removed. White space stays.
    """
    while _ODD.search(text):
        before = text
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
        text = _INVISIBLE.sub("", strip_forbidden(text)).translate(_ASSIGNED)
        text = _RADICAL.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
        if text == before:
            break
    return unicodedata.normalize("NFC", text)


# What a program writes instead of a character that it lacks: boxes, U+FFFD, private use that nobody assigned.
_DOTS_BEHIND = re.compile("[·•・.．。…]$")
_LOST = re.compile(
    "[\ufffd\u2580-\u259f\u2b1b\u25a0-\u25a3\u25af\u25fb-\u25fe\u2610\u2612\u3013\u2b1a\u2b1c\ue000-\uf8ff\U000f0000-\U0010ffff]"
)
# In a name or a number also a question mark, and a star or cross that hides a character (王*).
_LOST_OR_HIDDEN = re.compile("[?？¿﹖⁇*＊﹡⁎∗×✱✲✳✻●○◯\u2ff0-\u2fff]|" + _LOST.pattern)
# A line where a person's name lacks a character (王_); in the name of a unit it is a line (法_班).
_GAP = re.compile("[一-龥][_＿]+[一-龥]?")
_RECODED = re.compile("锟斤|斤拷|烫烫|屯屯|ï»¿|Ã[\u0080-¿]|â€|ã€")
_ASCII_LETTER, _LATIN = re.compile("[a-zA-Z]"), re.compile("[\x80-\xff]")
_PLAIN_HAN = re.compile("[\u4e00-\u9fff]+")
_HAN_INSIDE = re.compile("[\u4e00-\u9fff]")
_HAN_ONLY = re.compile(f"[{HAN}·]+")


def is_damaged(text: str) -> bool:
    """Return whether a text has lost characters: 李□, U+FFFD, unassigned private use, or read in a wrong encoding."""
    if text.isascii():
        return False
    if _PLAIN_HAN.fullmatch(text) and _is_common(text):
        return bool(_RECODED.search(text))
    return bool(_LOST.search(text) or _RECODED.search(text)) or is_recoded(text)


def is_damaged_name(text: str) -> bool:
    """Return whether a person's name has lost or hidden characters: also 王?, 王* and 王_."""
    return is_damaged_unit(text) or bool(_GAP.fullmatch(text))


def is_damaged_unit(text: str) -> bool:
    """Return whether the name of a college, branch or street has lost or hidden characters: also 法?班."""
    return bool(_LOST_OR_HIDDEN.search(text)) or is_damaged(text)


def loses_sign(written: str, name: str) -> bool:
    """Return whether a sign for a lost character is missing in the clean name: 李●, 王···, an object (U+FFFC)."""
    ends = written.strip()
    return (
        "\ufffc" in ends
        or ends[-1:] == "●"
        or ends[:1] == "●"
        or bool(len(name) < 2 and _DOTS_BEHIND.search(ends))
    )


def holds_controls(text: str) -> bool:
    """Return whether a text has control characters inside, or code points that are no characters.

    NUL characters behind a text come from fields of fixed width.
    """
    return bool(find_forbidden(text.strip("\x00")))


def is_recoded(text: str) -> bool:
    """Return whether a text is Chinese in UTF-8 or GBK that was read in another encoding (寮犱笁, å¼ ä¸‰, ÕÅÈý)."""
    if _HAN_INSIDE.search(text):
        # UTF-8 has three bytes a character, GBK two. Real names that are UTF-8 by chance consist of common
        # characters; 寮犱笁 does not, and 张三 behind it does.
        fits = not (_PLAIN_HAN.fullmatch(text) and len(text) % 3)
        read = "" if not fits or _is_common(text) else _recode(text, "gbk", "utf-8")
        return bool(_HAN_ONLY.fullmatch(read)) and _is_common(read)
    if _ASCII_LETTER.search(text) or not _LATIN.search(text):
        return False
    text = text.replace(" ", "\xa0")  # a cleaned text has plain spaces
    ways = [(written, read) for written in ("latin-1", "cp1252") for read in ("utf-8", "gb18030")]
    return any(_HAN_ONLY.fullmatch(_recode(text, *way)) for way in ways)


def _recode(text: str, written: str, read: str) -> str:
    try:
        return text.encode(written).decode(read)
    except UnicodeError:
        return ""


def _is_common(text: str) -> bool:
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
