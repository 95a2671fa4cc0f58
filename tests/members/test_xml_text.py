"""Which characters a file can carry: asked of the XML parser itself, for every code point there is."""

import sys
import unicodedata
from xml.etree import ElementTree

import pytest

from members.sheets.xml_text import find_forbidden, name_characters, strip_deep, strip_forbidden

NONCHARACTERS = [
    *range(0xFDD0, 0xFDF0),
    *(p * 0x10000 + last for p in range(17) for last in (0xFFFE, 0xFFFF)),
]
DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def test_control_characters_halves_and_noncharacters_are_all_that_is_forbidden():
    """The expectation is the Unicode database's, not the pattern's: categories Cc and Cs, and 66 noncharacters."""
    expected = {code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in ("Cc", "Cs")}
    expected = (expected | set(NONCHARACTERS)) - {9, 10, 13}
    found = {code for code in range(sys.maxunicode + 1) if find_forbidden(chr(code))}
    assert found == expected
    assert len(NONCHARACTERS) == 66


def test_what_remains_of_all_characters_is_read_by_a_strict_parser():
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    left = strip_forbidden(everything).replace("&", "").replace("<", "")
    read = ElementTree.fromstring(f"<t>{left}</t>").text  # noqa: S314 (made here)
    assert read == left.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("mark", DIRECTIONS)
def test_marks_that_reverse_the_order_are_removed_but_not_refused(mark):
    assert find_forbidden(f"张{mark}三") == ""
    assert strip_forbidden(f"张{mark}三") == "张三"


@pytest.mark.parametrize(
    "text", ["", "张三", "第一行\n第二行\t后", "𠮷野\u3000家", "👩\u200d🎓", "ئۇيغۇر\u200f", "\ue000"]
)
def test_visible_text_stays_as_it_is(text):
    assert find_forbidden(text) == ""
    assert strip_forbidden(text) == text


def test_forbidden_characters_are_named_once_in_their_order():
    assert find_forbidden("张\ufffe三\x0b李\ufffe\ud83d") == "\ufffe\x0b\ud83d"
    assert name_characters("\ufffe\x0b\U0010ffff") == "U+FFFE、U+000B、U+10FFFF"


def test_texts_inside_lists_and_dicts_are_stripped():
    value = {"na\x0bme": ["张\ufffe三", 1, None, ("李\x00四",)]}
    assert strip_deep(value) == {"name": ["张三", 1, None, ("李四",)]}
