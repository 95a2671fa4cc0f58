"""Choose, in each row, between several columns of one field (requirements §4)."""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Any

from members.sheets.cells import CellError, clean_text
from members.sheets.headers import FIRST, is_blank
from members.sheets.values import Unreadable


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cell of one of several columns of a field; see `headers.Place` for rank and doubt."""

    header: str
    rank: int
    doubt: int
    cell: object


@dataclass(frozen=True, slots=True)
class Choice:
    """The cell that counts; or the `reason`, in Chinese, why nobody can tell; or a `doubt` about the chosen one."""

    cell: object
    reason: str = ""
    doubt: str = ""


Clean = Callable[[Any], Any]


def choose_cell(candidates: Sequence[Candidate], clean: Clean, *, filled: Set[str], strict: bool) -> Choice:
    """Return the cell of the best column that has one.

    `filled`: headers of the columns that have a cell anywhere in the file. `strict`: only the meaning of the names
    (认定 before 申报) decides between different values, and a recognised column that is in use has no substitute.
    """
    used = [one for one in candidates if one.header in filled]
    if strict and used and used[0].rank == FIRST:
        used = [one for one in used if one.rank == FIRST]
    values = [(one, value) for one in used if (value := _read(one.cell, clean)) not in ("", None)]
    readable = [(one, value) for one, value in values if not isinstance(value, CellError)]
    if not readable:
        return Choice(values[0][0].cell if values else candidates[0].cell)
    best, value = readable[0]
    others = [one for one, other in readable[1:] if other != value]
    if not others:
        return Choice(best.cell)
    rivals = [one for one in others if _compare(one, strict) == _compare(best, strict)]
    sentence = _describe(best, rivals or others)
    if rivals:
        return Choice(best.cell, reason=f"{sentence}，不能判断以哪一列为准，请只保留正确的一列")
    return Choice(best.cell, doubt="" if best.rank < others[0].rank else f"{sentence}，按“{best.header}”读取")


def find_filled(rows: Iterable[Sequence[Candidate]]) -> frozenset[str]:
    """Return the headers of the candidates that are filled in any of the rows."""
    return frozenset(one.header for row in rows for one in row if not is_blank(one.cell))


def show_cell(cell: object) -> str:
    """Return the text of a cell for a sentence."""
    return cell.shown if isinstance(cell, Unreadable) else clean_text(cell)


def _compare(one: Candidate, strict: bool) -> tuple[int, ...]:
    return (one.rank,) if strict else (one.rank, one.doubt)


def _read(cell: object, clean: Clean) -> Any:
    if isinstance(cell, Unreadable):
        return CellError(cell.reason)
    try:
        return clean(cell)
    except CellError as error:
        return error


def _describe(best: Candidate, others: Sequence[Candidate]) -> str:
    shown = [f"“{one.header}”是“{show_cell(one.cell)[:20]}”" for one in (best, *others)]
    return "，".join(shown)
