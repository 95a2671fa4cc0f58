"""What the columns of a sheet say together: several columns of one field, and columns that speak against a row."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from members.sheets.alternatives import Candidate, choose_cell, find_filled
from members.sheets.cells import CellError
from members.sheets.sheets import Sheet, SheetRow
from members.sheets.states import Meaning, looks_like_state, names_state

Combine = Callable[[Sequence[Candidate]], object]


@dataclass(frozen=True, slots=True)
class Said:
    """What one column says about a row; None where nobody can tell."""

    header: str
    word: str
    meaning: Meaning | None


def mark_states(sheet: Sheet, pattern: Any, known: Collection[str]) -> Sheet:
    """Return the sheet with its state columns, and with the unknown columns that seem to be some.

    `pattern`: further names of state columns of the kind. `known`: columns that only an export has.
    """
    states = tuple(
        place
        for place, text in enumerate(sheet.header)
        if text in sheet.ignored and text not in known and names_state(text, pattern)
    )
    read = {sheet.header[place] for place in states}
    ignored = tuple(text for text in sheet.ignored if text not in read)
    asked = []
    for text in dict.fromkeys(ignored):
        place = sheet.header.index(text)
        counted = Counter(row.original[place] for row in sheet.rows)
        if text not in known and (words := looks_like_state(text, counted)):
            asked.append((text, words))
    return replace(sheet, ignored=ignored, states=states, asked=tuple(asked))


def make_settler(
    sheet: Sheet,
    cleaners: Mapping[str, Callable],
    titles: Mapping[str, str],
    *,
    strict: Collection[str],
    combine: Mapping[str, Combine],
) -> Callable[[SheetRow], tuple[SheetRow, list[str], dict[str, str]]] | None:
    """Return a function that chooses the cell of each field that has several columns; None where none is needed.

    It returns (row, reasons against the row, doubts by field). `combine`: fields whose columns are read together,
    also where there is only one.
    """
    together = {key: lru_cache(4096)(combine[key]) for key in combine if key in sheet.columns}
    several = [row.several for row in sheet.rows if row.several]
    if not together and not several:
        return None
    keys = {key for row in several for key in row}
    filled = {key: find_filled(row[key] for row in several if key in row) for key in keys}

    def settle(row: SheetRow) -> tuple[SheetRow, list[str], dict[str, str]]:
        cells, reasons, doubts = dict(row.cells), [], {}
        for key in {*row.several, *together}:
            candidates = row.several.get(key)
            if key in together:
                alone = Candidate(sheet.header[sheet.columns[key]], 0, 0, row.cells.get(key))
                try:
                    cells[key] = together[key](candidates or (alone,))
                except CellError as error:
                    reasons.append(str(error))
            elif candidates:
                choice = choose_cell(candidates, cleaners[key], filled=filled[key], strict=key in strict)
                cells[key] = choice.cell
                if choice.reason:
                    reasons.append(f"{titles[key]}：{choice.reason}")
                if choice.doubt:
                    doubts[key] = choice.doubt
        return replace(row, cells=cells), reasons, doubts

    return settle


def explain_state(said: Said, consequence: str) -> str:
    """Return why a column speaks against its row; "" where it does not."""
    shown = f"“{said.header}”是“{said.word[:20]}”"
    if said.meaning is None:
        return f"{shown}，不能判断这一行是否有效"
    return f"{shown}，{consequence}" if said.meaning in (Meaning.NO, Meaning.WAITING) else ""
