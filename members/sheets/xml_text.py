"""Text that XML can carry: without control characters, half characters and noncharacters.

A workbook, a .docx and a page are XML or HTML. One of these characters in a stored text makes every later file
with it unreadable. Forms refuse them (`find_forbidden`); readers and writers of files remove them (`strip_forbidden`).
Marks that reverse the order of letters can make a name look like another one, so they are removed as well, but
never refused: people paste them with telephone numbers and do not see them.
"""

import re
from typing import Any

# Control characters except tab and line ends, surrogates, and the two last code points of each of the 17 planes.
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
_FORBIDDEN = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff" + _NONCHARACTERS
_DIRECTIONS = "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides, isolates
_find_forbidden = re.compile(f"[{_FORBIDDEN}]").findall
_strip_all = re.compile(f"[{_FORBIDDEN}{_DIRECTIONS}]+").sub


def find_forbidden(text: str) -> str:
    """Return the characters that no file can carry, in order, each once; "" where there is none."""
    return "" if text.isprintable() else "".join(dict.fromkeys(_find_forbidden(text)))


def strip_forbidden(text: str) -> str:
    """Return the text without characters that no file can carry, and without marks that reverse its order."""
    return text if text.isprintable() else _strip_all("", text)


def name_characters(characters: str) -> str:
    """Return characters that nobody can see as a list of their code points: U+000B、U+FFFE."""
    return "、".join(f"U+{ord(character):04X}" for character in characters)


def strip_deep(value: Any) -> Any:
    """Return a value of lists, tuples, dicts and texts with every text stripped; everything else as it is."""
    if isinstance(value, str):
        return strip_forbidden(value)
    if isinstance(value, dict):
        return {strip_deep(key): strip_deep(one) for key, one in value.items()}
    if isinstance(value, list):
        return [strip_deep(one) for one in value]
    return tuple(strip_deep(one) for one in value) if isinstance(value, tuple) else value
