"""The text of a raw cell, and why a cell is refused: what all functions that clean cells share. Pure."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from members.sheets.characters import tidy_characters
from members.sheets.papers import remove_id_cards


class CellError(ValueError):
    """A cell has a value that does not fit its column; the message gives the reason in Chinese."""


SPACE = re.compile(r"\s+")
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－", "-"))


def clean_text(v: object) -> str:
    """Return any cell as text in NFC: None is "", 3.0 is "3", &middot; is ·.

    Spaces around the text and what nobody sees (invisible characters, variants) are removed.
    """
    if type(v) is str:
        if v.isascii() and v.isprintable() and "&" not in v:
            return v.strip()
        return tidy_characters(v).strip()
    if v is None:
        return ""
    if isinstance(v, float):
        return str(int(v)) if v.is_integer() else repr(v)
    if isinstance(v, datetime):
        return v.strftime("%Y-%m-%d %H:%M:%S") if v.time() != time() else v.date().isoformat()
    if isinstance(v, date):
        return v.isoformat()
    return str(v)


_QUOTED = re.compile('=?(?:"([^"]*)"|“([^“”]*)”)')


def unquote(text: str) -> str:
    """Return the inside of ="2018" or "2018", which programs write so that a spreadsheet keeps a text."""
    found = _QUOTED.fullmatch(text) if text[-1:] in ('"', "”") else None
    return (found[1] or found[2] or "").strip() if found else text


def remove_spaces(text: str) -> str:
    """Return the text in NFKC (full-width digits become digits), with plain hyphens and without white space."""
    text = unicodedata.normalize("NFKC", tidy_characters(text)).translate(DASHES)
    return unquote(SPACE.sub("", text))


def shorten(v: object) -> str:
    """Return a cell's text for an error message, at most 30 characters and an ellipsis, without ID-card numbers."""
    text = remove_id_cards(clean_text(v))
    return text if len(text) <= 30 else text[:30] + "…"


def refuse_dates_and_ticks(v: object) -> None:
    """Raise CellError for a date, a time or TRUE in a column of names, numbers or words."""
    if isinstance(v, bool):
        raise CellError(f"“{str(v).upper()}”是表格软件的逻辑值，请设为文本后重填")
    if isinstance(v, date):
        raise CellError(f"“{shorten(v)}”被表格软件变成了日期，请设为文本后重填")
    if isinstance(v, time | timedelta):
        raise CellError(f"“{shorten(v)}”被表格软件变成了时间，请设为文本后重填")
