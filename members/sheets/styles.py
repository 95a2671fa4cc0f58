"""Read the styles of a workbook (.xlsx): which of them make a cell look different from its value."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from members.sheets.codes import BUILT_IN
from members.sheets.formats import Look, choose_look, is_date_code
from members.sheets.markup import make_parser, parse_stream

_WHITE = frozenset({"FFFFFF"})
_WHITE_INDEXES = frozenset({"1", "9", "65"})  # 65 is the background of the window


@dataclass(frozen=True, slots=True)
class Style:
    """What a cell's style does to its look; `is_unseen`: white letters on nothing."""

    code: str
    look: Look
    is_unseen: bool = False
    is_date: bool = False


@dataclass
class _StyleSheet:
    codes: dict[int, str] = field(default_factory=dict)
    white_fonts: list[bool] = field(default_factory=list)
    bare_fills: list[bool] = field(default_factory=list)
    formats: list[dict[str, str]] = field(default_factory=list)


def read_special_styles(stream: IO[bytes]) -> dict[int, Style]:
    """Return {number: style} for the styles whose cells have to be looked at."""
    sheet = _read_style_sheet(stream)
    return dict(_list_special_styles(sheet))


def _list_special_styles(sheet: _StyleSheet) -> Iterator[tuple[int, Style]]:
    for number, attributes in enumerate(sheet.formats):
        code = find_code(_parse_number(attributes.get("numFmtId")), sheet.codes)
        look = choose_look(code)
        unseen = _pick(sheet.white_fonts, attributes.get("fontId")) and _pick(
            sheet.bare_fills, attributes.get("fillId")
        )
        if unseen or look is not Look.NEVER:
            yield number, Style(code, look, unseen, is_date_code(code))


def find_code(number: int, codes: dict[int, str]) -> str:
    """Return the code of a number format; General for a number that nothing defines."""
    return codes.get(number) or BUILT_IN.get(number, "General")


def _parse_number(text: str | None) -> int:
    return int(text) if text and text.strip().isdecimal() else 0


def _pick(marks: list[bool], place: str | None) -> bool:
    number = _parse_number(place)
    return number < len(marks) and marks[number]


def _read_style_sheet(stream: IO[bytes]) -> _StyleSheet:
    """Return the parts of styles.xml that matter: number formats, white fonts, fills and the cells' formats."""
    sheet = _StyleSheet()
    path: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        parent = path[-1] if path else ""
        path.append(local)
        if local == "numFmt" and parent == "numFmts":
            sheet.codes[_parse_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif local == "font" and parent == "fonts":
            sheet.white_fonts.append(False)
        elif local == "color" and path[-3:-1] == ["fonts", "font"]:
            sheet.white_fonts[-1] = _is_white(attributes)
        elif local == "fill" and parent == "fills":
            sheet.bare_fills.append(False)
        elif local == "patternFill" and path[-3:-1] == ["fills", "fill"]:
            sheet.bare_fills[-1] = attributes.get("patternType", "none") == "none"
        elif local == "fgColor" and path[-4:-2] == ["fills", "fill"]:
            sheet.bare_fills[-1] = sheet.bare_fills[-1] or _is_white(attributes)
        elif local == "xf" and parent == "cellXfs":
            sheet.formats.append(attributes)

    parser = make_parser(start)
    parser.EndElementHandler = lambda _: path.pop()
    parse_stream(parser, stream)
    return sheet


def _is_white(colour: dict[str, str]) -> bool:
    if "tint" in colour and float(colour["tint"] or 0) < 0:
        return False
    if "rgb" in colour:
        return colour["rgb"].upper()[-6:] in _WHITE
    if "theme" in colour:
        return colour["theme"] == "0"  # the light colour behind the cells
    return colour.get("indexed") in _WHITE_INDEXES
