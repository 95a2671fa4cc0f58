"""Give the cells of a workbook (.xlsx) what a person sees in them: one pass over the XML beside calamine.

calamine returns the values of cells, but no number formats, no hidden parts, no formulas without a value.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING

from members.sheets.formats import HIDDEN, Look, show_date, show_number, show_text
from members.sheets.markup import CHUNK, MarkupError, list_elements, make_parser, parse_stream
from members.sheets.packages import Package
from members.sheets.styles import Style, read_special_styles
from members.sheets.values import Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from members.sheets.grids import Grid

NO_VALUE = Unreadable("这个单元格是公式，没有保存结果，请在 Excel 里另存")
_TRUE = frozenset({"1", "true", "on"})
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
MAX_ROWS = 200_000
MAX_AREA = 8_000_000  # as MAX_CELLS in grids.py: cells that formulas far away may add
_MAX_COLUMNS = 16_384
# Marks of a worksheet in which some cell or part is not what calamine returns. XML of an unusual manner (blanks
# around =, apostrophes) is parsed in any case: the marks would not be found in it.
_MARKS = (b"hidden", b'="e"', b"<f", b' ht="0', b"='", b"= ", b" =")
_FIRST_MARKS = (b' width="0',)  # columns are described in front of the rows
_OVERLAP = 64
_MOST_MARKS = 24


def apply_looks(content: bytes, grids: "Sequence[Grid]") -> "list[Grid]":
    """Return the grids of a package with what a person sees in each cell and with the hidden rows and columns.

    Raises the errors of `packages.BROKEN_PACKAGE` for a package that is damaged.
    """
    with Package(content) as package:
        workbook = package.find_workbook()
        relations = package.list_relations(workbook)
        parts = {relation.key: relation.part for relation in relations}
        styles: dict[int, Style] = {}
        for relation in relations:
            if relation.kind == "styles" and package.has(relation.part):
                with package.open(relation.part) as stream:
                    styles = read_special_styles(stream)
        with package.open(workbook) as stream:
            elements = list_elements(stream, "sheet", "workbookPr")
        from_1904 = any(n == "workbookPr" and a.get("date1904") in _TRUE for n, a in elements)
        sheets = {a.get("name", ""): parts.get(_get_key(a), "") for n, a in elements if n == "sheet"}
        return [_apply_sheet(package, sheets.get(grid.name, ""), grid, styles, from_1904) for grid in grids]


def _get_key(attributes: dict[str, str]) -> str:
    return next((value for name, value in attributes.items() if name.rpartition(":")[2] == "id"), "")


def _apply_sheet(
    package: Package, part: str, grid: "Grid", styles: dict[int, Style], from_1904: bool
) -> "Grid":
    if not package.has(part):
        return grid
    with package.open(part) as stream:
        if not _has_marks(stream, styles):
            return grid
    look = _SheetLook(grid.rows, styles, from_1904)
    with package.open(part) as stream:
        look.read(stream)
    return replace(
        grid,
        numbers=range(1, len(grid.rows) + 1),
        hidden_rows=frozenset(
            row for row in look.hidden_rows if row < len(grid.rows) and _is_filled(grid.rows[row])
        ),
        hidden_columns=frozenset(_list_filled_columns(grid.rows, look.hidden_ranges)),
    )


def _has_marks(stream: IO[bytes], styles: dict[int, Style]) -> bool:
    """Return whether a worksheet may have something to look at; True also where it does not."""
    first = stream.read(CHUNK)
    if 0 in styles or len(styles) > _MOST_MARKS or b"\0" in first[:200] or b"<!DOCTYPE" in first[:4096]:
        return True
    declared = re.search(rb"""encoding=["']([\w-]+)""", first[:200])
    if declared and declared[1].lower() not in (b"utf-8", b"us-ascii"):
        return True
    if b"<sheetData" not in first or any(mark in first for mark in _FIRST_MARKS):
        return True  # also where the names have a prefix
    marks = (*_MARKS, *(b's="%d"' % number for number in styles))
    block = first
    while block:
        if any(mark in block for mark in marks):
            return True
        chunk = stream.read(CHUNK)
        block = block[-_OVERLAP:] + chunk if chunk else b""
    return False


def _is_filled(row: list[object]) -> bool:
    return any(cell is not None and cell != "" for cell in row)


def _list_filled_columns(rows: list[list[object]], ranges: list[tuple[int, int]]) -> set[int]:
    width = max(map(len, rows), default=0)
    hidden = {place for first, last in ranges for place in range(first, min(last + 1, width))}
    return {
        place for place in hidden if any(place < len(row) and row[place] not in ("", None) for row in rows)
    }


@dataclass(slots=True)
class _Cell:
    row: int
    column: int
    kind: str
    style: Style | None
    has_formula: bool = False
    value: list[str] | None = None


@dataclass
class _SheetLook:
    """A pass over one worksheet that changes the cells of `rows` and notes the hidden parts."""

    rows: list[list[object]]
    styles: dict[int, Style]
    from_1904: bool
    hidden_rows: set[int] = field(default_factory=set)
    hidden_ranges: list[tuple[int, int]] = field(default_factory=list)
    has_own_colours: bool = (
        False  # a table or a condition may colour the cells: white letters can then be seen
    )
    unseen: list[tuple[int, int]] = field(default_factory=list)

    def read(self, stream: IO[bytes]) -> None:
        parser = make_parser(self._start_root)
        self._parser, self._prefix = parser, ""
        self._row, self._column, self._reference, self._kind = -1, 0, "", "n"
        self._cell: _Cell | None = None
        self._columns: dict[str, int] = {}
        self._added, self._height, self.width = 0, len(self.rows), max(map(len, self.rows), default=0)
        self._numbers = {str(number): style for number, style in self.styles.items()}
        self._default = self.styles.get(0)
        parse_stream(parser, stream)
        self._finish_cell()
        if self._added or len(self.rows) != self._height:
            self._fill_rows()
        if not self.has_own_colours:
            for row, column in self.unseen:
                self._put(row, column, HIDDEN)

    def _start_root(self, name: str, attributes: dict[str, str]) -> None:
        prefix = name[: -len(name.rpartition(":")[2])]
        self._names = {
            prefix + "row": self._start_row,
            prefix + "f": self._start_formula,
            prefix + "v": self._start_value,
            prefix + "col": self._start_column_range,
            prefix + "tablePart": self._note_own_colours,
            prefix + "conditionalFormatting": self._note_own_colours,
            prefix + "picture": self._note_own_colours,
        }
        self._parser.StartElementHandler = self._make_start(prefix + "c")

    def _make_start(self, cell_name: str) -> Callable[[str, dict[str, str]], None]:
        """Return the handler of elements: most are cells that need no look, so that this path is the short one."""
        numbers, names, default = self._numbers, self._names, self._default

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == cell_name:
                if self._cell is not None:
                    self._finish_cell()
                if "r" in attributes:
                    self._reference, self._column = attributes["r"], 0
                else:
                    self._column += 1
                style = numbers.get(attributes["s"].strip()) if "s" in attributes else default
                self._kind = kind = attributes.get("t", "n")
                if style is not None or kind == "e":
                    self._start_cell(kind, style)
            elif name in names:
                names[name](attributes)

        return start

    def _start_cell(self, kind: str, style: Style | None) -> None:
        """Show a number or a text at once; note a cell of which the XML has to be read on."""
        row, column = self._find_place()
        if style is None or kind == "e":
            self._cell = _Cell(row, column, kind, style)
            return
        before = (
            self.rows[row][column] if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]) else ""
        )
        if before == "" or before is None:
            return
        if style.is_unseen:
            self.unseen.append((row, column))
        if style.look is Look.NEVER or (style.look is Look.NO_DATES and type(before) is not float):
            return
        if kind != "n":
            if type(before) is str:
                self._put(row, column, show_text(before, style.code))
        elif type(before) is float and not style.is_date:
            if style.look is Look.ALWAYS or before < 0 or not before.is_integer():
                self._put(row, column, show_number(before, style.code))
        else:
            self._cell = _Cell(row, column, kind, style)

    def _find_place(self) -> tuple[int, int]:
        """Return the row and column of the cell that begins; (-1, -1) where its name is none."""
        name = self._reference
        if not name:
            return self._row, self._column - 1
        letters = name.rstrip("0123456789")
        first = self._columns.get(letters)
        if first is None:
            found = _REFERENCE.fullmatch(name.strip())
            if not found:
                return -1, -1
            first = -1
            for letter in found[1].upper():
                first = (first + 1) * 26 + ord(letter) - 65
            if len(letters) < 4:
                self._columns[letters] = first
            return int(found[2]) - 1, first + self._column
        return int(name[len(letters) :]) - 1, first + self._column

    def _start_row(self, attributes: dict[str, str]) -> None:
        if self._cell is not None:
            self._finish_cell()
        number = attributes.get("r", "").strip()
        self._row = int(number) - 1 if number.isdecimal() else self._row + 1
        self._column, self._reference = 0, ""
        if attributes.get("hidden") in _TRUE or _is_zero(attributes.get("ht")):
            self.hidden_rows.add(self._row)

    def _start_formula(self, _: dict[str, str]) -> None:
        if self._cell is None:
            self._cell = _Cell(*self._find_place(), self._kind, None)
        self._cell.has_formula = True

    def _start_value(self, _: dict[str, str]) -> None:
        if self._cell is not None:
            self._cell.value = []
            self._parser.CharacterDataHandler = self._cell.value.append
            self._parser.EndElementHandler = self._end_value

    def _end_value(self, _: str) -> None:
        self._parser.CharacterDataHandler = self._parser.EndElementHandler = None

    def _start_column_range(self, attributes: dict[str, str]) -> None:
        if attributes.get("hidden") in _TRUE or _is_zero(attributes.get("width")):
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdecimal() and last.isdecimal():
                self.hidden_ranges.append((int(first) - 1, min(int(last), _MAX_COLUMNS) - 1))

    def _note_own_colours(self, _: dict[str, str]) -> None:
        self.has_own_colours = True

    def _put(self, row: int, column: int, value: object) -> None:
        """Change a cell; add rows and cells for a formula without a value behind the last value of the sheet."""
        if row < 0 or column < 0:
            return
        if row >= MAX_ROWS or column >= _MAX_COLUMNS:
            raise MarkupError("a formula too far away")
        while row >= len(self.rows):
            self.rows.append([])
        cells = self.rows[row]
        if column >= len(cells):
            self.width = max(self.width, column + 1)
            self._added += column + 1 - len(cells)
            if self._added > MAX_AREA:
                raise MarkupError("formulas too far away")
            cells.extend([""] * (column + 1 - len(cells)))
        cells[column] = value

    def _fill_rows(self) -> None:
        """Make all rows equally long again, as calamine returns them."""
        if self.width * len(self.rows) > MAX_AREA:
            raise MarkupError("formulas too far away")
        for cells in self.rows:
            cells.extend([""] * (self.width - len(cells)))

    def _finish_cell(self) -> None:
        cell, self._cell = self._cell, None
        if cell is None:
            return
        inside = 0 <= cell.row < len(self.rows) and 0 <= cell.column < len(self.rows[cell.row])
        before = self.rows[cell.row][cell.column] if inside else ""
        text = "".join(cell.value or ()).strip()
        if cell.has_formula and not text and (cell.kind != "str" or cell.value is None):
            after: object = NO_VALUE
        elif cell.kind == "e":
            after = Unreadable(f"这个单元格是错误值 {text or '#N/A'}，请改正后重填", text)
        else:
            after = _show_cell(before, text, cell, self.from_1904)
        if after is not before:
            self._put(cell.row, cell.column, after)


def _is_zero(text: str | None) -> bool:
    return bool(text) and not text.strip().strip("0").strip(".") if text else False


def _show_cell(before: object, text: str, cell: _Cell, from_1904: bool) -> object:
    """Return what a person sees in a date, or in a number that calamine takes for one; `text` is what the file keeps."""
    if cell.style is None or isinstance(before, bool | str):
        return before
    try:
        number = float(text)
    except ValueError:
        return before
    if cell.style.is_date:
        return show_date(number, before, cell.style.code, from_1904=from_1904)
    return show_number(number, cell.style.code)


__all__ = ["NO_VALUE", "apply_looks"]
