"""Read the sheets of schools: decide which rows of a file are records, and what each cell means."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter

from members.sheets.alternatives import Candidate
from members.sheets.blocks import split_tables
from members.sheets.cells import is_day_text
from members.sheets.fillers import is_filler
from members.sheets.grids import SAVE_AS_XLSX, Grid, RawFile, SheetError, make_false_workbook_error
from members.sheets.headers import (
    Column,
    Header,
    Vocabulary,
    fold_header,
    get_footer_kind,
    holds_record,
    is_blank,
)
from members.sheets.papers import remove_id_cards
from members.sheets.repeats import find_repeated_headers, find_titles

__all__ = ["Column", "Sheet", "SheetError", "SheetRow", "read_sheet"]

_DAYS = re.compile("日期|时间|年月|起止|期限")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A record. `cells` are raw, but a cell under 时长(分钟) gets its unit: "120分钟".

    `original` is the whole row in the order and length of `Sheet.header`. Values merged over several rows are
    filled in, so that each row of the returned sheet is complete. `several`: the cells of all columns of the fields
    that have more than one, the best first.
    """

    number: int
    cells: dict[str, object]
    sheet: str
    original: tuple[object, ...]
    several: dict[str, tuple[Candidate, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The records of a file.

    `header_row` is the row number in the file; `columns` gives positions in `header`. `ignored` are headers
    that the portal does not know. `beside`: the columns of other tables beside the ones that are read.
    """

    header: tuple[str, ...]
    header_row: int
    columns: dict[str, int]
    rows: list[SheetRow]
    ignored: tuple[str, ...]
    skipped_sheets: tuple[str, ...] = ()  # visible worksheets with content but without the header
    # Why the sheet can only change objects that the portal knows: the columns that new ones need. Else empty.
    lacking: str = ""
    beside: tuple[str, ...] = ()
    # Parts that nobody sees in the file: numbers of rows that are read, names of columns, worksheets that are not read.
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[str, ...] = ()
    hidden_sheets: tuple[str, ...] = ()
    # Positions of the columns that say whether a row is in force; and the columns that seem to, and that nobody
    # reads: (name, its words).
    states: tuple[int, ...] = ()
    asked: tuple[tuple[str, tuple[str, ...]], ...] = ()
    # Whether the file says nothing of what it lacks.
    partial: bool = False

    @property
    def ignored_days(self) -> tuple[str, ...]:
        """The ignored columns that hold dates, by their name or by their first filled cell, also where it is text."""
        return tuple(text for text in self.ignored if _DAYS.search(text) or self._begins_with_day(text))

    def _begins_with_day(self, text: str) -> bool:
        place = self.header.index(text)
        cells = (row.original[place] for row in self.rows if not is_blank(row.original[place]))
        first = next(cells, None)
        return isinstance(first, date) or (isinstance(first, str) and is_day_text(first))


def read_sheet(raw: RawFile, columns: Sequence[Column], *, any_of: Sequence[frozenset[str]] = ()) -> Sheet:
    """Return the records of all visible worksheets whose header is recognised, in the order of the file.

    Raises SheetError, in Chinese, for a file that lacks a required column, or all columns of a set in `any_of`.
    """
    vocabulary = Vocabulary(columns, any_of)
    found, beside = _find_headers(raw, vocabulary)
    pages = [(grid, header) for grid, header in found if header and header.complete]
    if not pages and raw.claims_excel and not any(header for _, header in found):
        raise make_false_workbook_error(raw.filename)
    if not pages:
        raise _make_header_error(raw.filename, vocabulary, [(g, h) for g, h in found if h])
    first_grid, first = pages[0]
    width = max(len(row) for grid, _ in pages for row in grid.rows)
    texts = list(first.texts) + [""] * (width - len(first.texts))
    positions = dict(first.columns)
    repeated = [find_repeated_headers(grid, header, vocabulary) for grid, header in pages]
    headers = [header for _, header in pages] + [header for below in repeated for header in below.values()]
    for header in headers[1:]:
        _add_missing_columns(texts, positions, header)
    rows: list[SheetRow] = []
    for (grid, header), below in zip(pages, repeated, strict=True):
        rows += _read_rows(grid, header, below, vocabulary, tuple(texts), positions)
    understood = set(positions.values()) | _find_second_columns(headers, texts)
    return Sheet(
        header=tuple(map(remove_id_cards, texts)),
        header_row=first_grid.numbers[first.last_row],
        columns=positions,
        rows=rows,
        ignored=tuple(
            remove_id_cards(text)
            for position, text in enumerate(texts)
            if text and position not in understood
        ),
        skipped_sheets=tuple(grid.name for grid, header in found if not (header and header.complete)),
        beside=tuple(beside),
        hidden_rows=_list_hidden_rows(pages, rows),
        hidden_columns=_list_hidden_columns(pages),
        hidden_sheets=raw.hidden_sheets,
    )


def _find_second_columns(headers: list[Header], texts: list[str]) -> set[int]:
    """Return the positions in `texts` of the further columns of fields that have several."""
    names = {
        header.texts[place.position]
        for header in headers
        for places in header.several.values()
        for place in places
    }
    return {position for position, text in enumerate(texts) if text in names}


def _list_hidden_rows(pages: list[tuple[Grid, Header]], rows: list[SheetRow]) -> tuple[int, ...]:
    """Return the numbers of the rows that are read although nobody sees them in the file."""
    hidden = {(grid.name, grid.numbers[place]) for grid, _ in pages for place in grid.hidden_rows}
    return (
        tuple(dict.fromkeys(row.number for row in rows if (row.sheet, row.number) in hidden))
        if hidden
        else ()
    )


def _list_hidden_columns(pages: list[tuple[Grid, Header]]) -> tuple[str, ...]:
    """Return the names of the columns with a name that nobody sees in the file."""
    return tuple(
        dict.fromkeys(
            header.texts[place]
            for grid, header in pages
            for place in sorted(grid.hidden_columns)
            if place < len(header.texts) and header.texts[place]
        )
    )


Tables = list[tuple[Grid, Header | None]]


def _find_headers(raw: RawFile, vocabulary: Vocabulary) -> tuple[Tables, list[str]]:
    """Return each table with its header, and the columns of other tables beside them.

    Of a text file the reading counts in which most columns are understood.
    """
    readings = [_split_grids(grids, vocabulary) for grids in raw.readings]
    if len(readings) == 1:
        return readings[0]

    def measure_fit(reading: tuple[Tables, list[str]]) -> tuple[int, int]:
        understood = sum(len(header.columns) for _, header in reading[0] if header)
        return understood, max((len(row) for grid, _ in reading[0] for row in grid.rows), default=0)

    return max(readings, key=measure_fit)


def _split_grids(grids: Sequence[Grid], vocabulary: Vocabulary) -> tuple[Tables, list[str]]:
    tables, beside = [], []
    for grid in grids:
        found, others = split_tables(grid, vocabulary)
        tables += found
        beside += others
    return tables, beside


def _make_header_error(filename: str, vocabulary: Vocabulary, found: list[tuple[Grid, Header]]) -> SheetError:
    if not found:
        return SheetError(
            f"“{filename}”的前 30 行里没有找到表头。表头要有这些列：{vocabulary.describe_missing(frozenset())}；"
            f"如果表头是图片或在更下面，{SAVE_AS_XLSX}",
            understood=0,
        )
    grid, header = max(found, key=lambda pair: len(pair[1].columns))
    place = f"工作表“{grid.name}”第" if grid.name else "第"
    names = "、".join(text for text in header.texts if text)
    return SheetError(
        f"“{filename}”缺少列：{vocabulary.describe_missing(header.columns.keys())}。"
        f"{place} {grid.numbers[header.last_row]} 行的表头是：{names}。请改好表头再上传",
        understood=len(header.columns),
    )


def _add_missing_columns(texts: list[str], positions: dict[str, int], header: Header) -> None:
    keys = {position: key for key, position in header.columns.items()}
    known = {fold_header(text) for text in texts if text}
    for position, text in enumerate(header.texts):
        key = keys.get(position)
        if key and key not in positions:
            positions[key] = len(texts)
            texts.append(text)
        elif text and not key and fold_header(text) not in known:
            known.add(fold_header(text))
            texts.append(text)


def _make_aligner(
    header: Header, texts: tuple[str, ...], positions: dict[str, int]
) -> Callable[[list[object]], tuple[object, ...]]:
    """Return a function that sorts a row's cells under the header of the first table.

    The tables of one file may have their columns in different orders.
    """
    width = len(texts)
    own = {positions[key]: position for key, position in header.columns.items() if key in positions}
    left = [p for p in range(len(header.texts)) if p not in own.values()]
    for target in range(width):
        if target not in own:
            name = fold_header(texts[target])
            same = next((p for p in left if name and fold_header(header.texts[p]) == name), None)
            if same is not None:
                own[target] = same
                left.remove(same)
    if all(target == source for target, source in own.items()):
        return lambda row: tuple(row) if len(row) == width else (*row, *[""] * (width - len(row)))
    sources = [own.get(target) for target in range(width)]
    return lambda row: tuple("" if s is None or s >= len(row) else row[s] for s in sources)


def _read_rows(
    grid: Grid,
    header: Header,
    repeated: dict[int, Header],
    vocabulary: Vocabulary,
    texts: tuple[str, ...],
    positions: dict[str, int],
) -> Iterator[SheetRow]:
    fills, titles = _read_merged_values(grid, header.last_row)
    titles |= find_titles(grid, repeated)
    read, align = _make_reader(header), _make_aligner(header, texts, positions)
    below_signature = False
    for index, number, row in _number_rows(grid, header.last_row + 1):
        if again := repeated.get(index):
            read, align = _make_reader(again), _make_aligner(again, texts, positions)
            header, below_signature = again, False
            continue
        cells = read(row)
        if index in titles or all(map(is_blank, cells.values())):
            continue
        if index in fills:
            row = _fill_merged_cells(row, fills[index])
            cells = read(row)
        start = next(cell for cell in row if not is_blank(cell))
        if isinstance(start, str):
            kind = get_footer_kind(start)
            if kind and not holds_record(row, kind, header, vocabulary):
                below_signature = below_signature or kind != "total"
                continue
        if below_signature and len(header.columns) > 2 and sum(not is_blank(cell) for cell in row) == 1:
            continue  # the date below a signature, or the second line of a note
        if is_filler(row, cells.values()):
            continue
        below_signature = False
        if header.several:
            yield SheetRow(number, cells, grid.name, align(row), _list_candidates(row, header))
        else:
            yield SheetRow(number, cells, grid.name, align(row), _ONE_EACH)


_ONE_EACH: dict[str, tuple[Candidate, ...]] = {}


def _list_candidates(row: list[object], header: Header) -> dict[str, tuple[Candidate, ...]]:
    """Return the cells of all columns of each field that has several."""

    def get_cell(position: int) -> object:
        cell = row[position] if position < len(row) else ""
        return _add_unit(cell) if position in header.in_minutes else cell

    return {
        key: tuple(
            Candidate(header.texts[place.position], place.rank, place.doubt, get_cell(place.position))
            for place in places
        )
        for key, places in header.several.items()
    }


def _number_rows(grid: Grid, start: int) -> Iterator[tuple[int, int, list[object]]]:
    for index in range(start, len(grid.rows)):
        yield index, grid.numbers[index], grid.rows[index]


def _make_reader(header: Header) -> Callable[[list[object]], dict[str, object]]:
    keys, places = tuple(header.columns), tuple(header.columns.values())
    last = max(places)
    pick = itemgetter(*places) if len(places) > 1 else lambda row: (row[places[0]],)
    minutes = [key for key, position in header.columns.items() if position in header.in_minutes]

    def read(row: list[object]) -> dict[str, object]:
        if len(row) <= last:
            row = row + [""] * (last + 1 - len(row))
        cells = dict(zip(keys, pick(row), strict=True))
        for key in minutes:
            cells[key] = _add_unit(cells[key])
        return cells

    return read


def _add_unit(cell: object) -> object:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return f"{int(cell) if cell == int(cell) else cell}分钟"
    if isinstance(cell, str) and cell.strip().replace(".", "", 1).isdecimal():
        return f"{cell.strip()}分钟"
    return cell


def _fill_merged_cells(row: list[object], values: list[tuple[int, object]]) -> list[object]:
    row = list(row)
    for position, value in values:
        if is_blank(row[position]):
            row[position] = value
    return row


def _read_merged_values(grid: Grid, header_end: int) -> tuple[dict[int, list[tuple[int, object]]], set[int]]:
    """Return (fills, titles) from the merged cells below the header.

    `fills`: {row: [(position, value)]} for values merged over several rows (学院 over all its people).
    `titles`: rows that are only a title, with one value merged over several columns and nothing else.
    """
    fills: dict[int, list[tuple[int, object]]] = defaultdict(list)
    titles: set[int] = set()
    for (top, left), (bottom, right) in grid.merges:
        if top <= header_end or top >= len(grid.rows):
            continue
        row = grid.rows[top]
        if left >= len(row) or is_blank(row[left]):
            continue
        if right > left and sum(not is_blank(cell) for cell in row) == 1:
            titles.update(range(top, bottom + 1))
        else:
            for index in range(top + 1, min(bottom + 1, len(grid.rows))):
                fills[index].append((left, row[left]))
    return fills, titles
