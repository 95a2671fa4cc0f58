"""Give the cells of an old workbook (.xls) what a person sees in them, and find its hidden rows and columns."""

import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import xlrd
from xlrd.compdoc import CompDocError

from members.sheets.formats import HIDDEN, Look, choose_look, is_date_code, show_date, show_number, show_text
from members.sheets.styles import Style, find_code
from members.sheets.values import Unreadable

if TYPE_CHECKING:
    from members.sheets.grids import Grid

# xlrd checks little: a damaged file ends in any of these.
BROKEN_WORKBOOK = (
    xlrd.XLRDError, CompDocError, AssertionError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError,
    EOFError, OSError, RuntimeError, struct.error,
)  # fmt: skip
_NO_FILL = 0
_WHITE = frozenset({1, 9, 65})


def apply_old_looks(content: bytes, grids: "Sequence[Grid]") -> "list[Grid]":
    """Return the grids of an .xls with what a person sees in each cell and with the hidden rows and columns.

    Raises ValueError for a file that is damaged.
    """
    try:
        return list(_apply_sheets(content, grids))
    except BROKEN_WORKBOOK as error:
        raise ValueError("a damaged workbook") from error


def _apply_sheets(content: bytes, grids: "Sequence[Grid]") -> "Iterator[Grid]":
    log = io.StringIO()
    book = xlrd.open_workbook(
        file_contents=content,
        formatting_info=True,
        on_demand=True,
        logfile=log,
        ignore_workbook_corruption=True,
    )
    styles = _find_special_styles(book)
    for grid in grids:
        yield _apply_sheet(book, book.sheet_by_name(grid.name), grid, styles)
        book.unload_sheet(grid.name)  # one sheet at a time in memory


def _find_special_styles(book: xlrd.Book) -> dict[int, Style]:
    styles = {}
    codes = {number: entry.format_str for number, entry in book.format_map.items()}
    for number, xf in enumerate(book.xf_list):
        code = find_code(xf.format_key, codes)
        look = choose_look(code)
        unseen = (
            book.font_list[xf.font_index].colour_index in _WHITE and xf.background.fill_pattern == _NO_FILL
        )
        if not xf.is_style and (unseen or look is not Look.NEVER):
            styles[number] = Style(code, look, unseen, is_date_code(code))
    return styles


def _apply_sheet(
    book: xlrd.Book, sheet: "xlrd.sheet.Sheet", grid: "Grid", styles: dict[int, Style]
) -> "Grid":
    for row in range(min(sheet.nrows, len(grid.rows))):
        cells, target = sheet.row(row), grid.rows[row]
        for column in range(min(len(cells), len(target))):
            cell = cells[column]
            if cell.xf_index in styles or cell.ctype == xlrd.XL_CELL_ERROR:
                target[column] = _show_cell(cell, target[column], styles.get(cell.xf_index), book.datemode)
    hidden = {
        column for column, one in sheet.colinfo_map.items() if one.hidden or one.width == 0
    }  # fmt: skip
    return replace(
        grid,
        hidden_rows=frozenset(
            row for row, one in sheet.rowinfo_map.items()
            if (one.hidden or one.height == 0) and row < len(grid.rows) and any(map(_is_filled, grid.rows[row]))
        ),
        hidden_columns=frozenset(
            column for column in hidden if any(column < len(row) and _is_filled(row[column]) for row in grid.rows)
        ),
    )  # fmt: skip


def _is_filled(cell: object) -> bool:
    return cell is not None and cell != ""


def _show_cell(cell: "xlrd.sheet.Cell", before: object, style: Style | None, datemode: int) -> object:
    if cell.ctype == xlrd.XL_CELL_ERROR:
        text = xlrd.error_text_from_code.get(cell.value, "#N/A")
        return Unreadable(f"这个单元格是错误值 {text}，请改正后重填", text)
    if style is None or not _is_filled(before):
        return before
    if style.is_unseen:
        return HIDDEN
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return show_text(before, style.code) if isinstance(before, str) else before
    if cell.ctype not in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE) or style.look is Look.NEVER:
        return before
    if style.is_date:
        return show_date(cell.value, before, style.code, from_1904=bool(datemode))
    return show_number(cell.value, style.code)
