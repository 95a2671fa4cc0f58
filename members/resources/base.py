"""The base class of a kind of sheet: its columns, their aliases, and how to read and write its cells.

django-import-export gives the fields and widgets for both directions. Reading does not use its row-by-row
import, which makes a query for every row: cleaned rows are staged and compared as a set
(`members.transfer.services.imports`).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, ClassVar

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils import timezone
from import_export import fields, resources, widgets

from members.resources.columns import Combine, Said, explain_state, make_settler, mark_states
from members.sheets.cells import CellError
from members.sheets.grids import RawFile
from members.sheets.papers import remove_id_cards
from members.sheets.sheets import Column, Sheet, SheetError, SheetRow, read_sheet
from members.sheets.states import Meaning, read_state, show_word
from members.sheets.values import Unreadable

# Numbers of identity papers and passwords are not stored, not even in rejected rows that go back to the uploader (§6).
PAPERS = re.compile(r"身份证|证件号|密码|口令")
KEPT_CELLS = 4096


@dataclass(frozen=True)
class StagedRow:
    """A row of a file after reading.

    It has `data` by field (empty cells left out), or the `reason` for its rejection. `doubts`: {field: a sentence in
    Chinese about a cell that was left out or read with a doubt}; under "" what is said of the whole row.
    """

    sheet: str
    number: int
    original: list[str]
    data: dict[str, Any]
    reason: str = ""
    key: str = ""
    doubts: dict[str, str] = field(default_factory=dict)


class Cell(widgets.Widget):
    """A widget that reads a cell with a function of `members.sheets.cells`.

    It writes a cell as text, date or integer.
    """

    def __init__(self, clean: Callable[[Any], Any]):
        super().__init__()
        self.clean_cell = clean

    def clean(self, value, row=None, **kwargs):
        return self.clean_cell(value)

    def render(self, value, obj=None, **kwargs):
        return value if isinstance(value, (date, int)) else "" if value is None else str(value)


def make_column(title: str, attribute: str | None, clean: Callable[[Any], Any]) -> fields.Field:
    """Return a field with this header, attribute of the model and cleaning function."""
    return fields.Field(column_name=title, attribute=attribute, widget=Cell(clean))


class SheetResource(resources.ModelResource):
    """A sheet for import and export. Subclasses name the required columns and check rules across cells."""

    aliases: ClassVar[dict[str, tuple[str, ...]]] = {}
    # Rules for further names of columns, matched as a whole against the name without spaces and signs.
    patterns: ClassVar[dict[str, re.Pattern[str]]] = {}
    required: ClassVar[frozenset[str]] = frozenset()
    any_of: ClassVar[tuple[frozenset[str], ...]] = ()
    # The same for a sheet that only changes objects that the portal knows; empty where a kind has no such sheet.
    required_of_known: ClassVar[frozenset[str]] = frozenset()
    any_of_known: ClassVar[tuple[frozenset[str], ...]] = ()
    # Fields that must not be empty, with the message of the rejected row.
    must_have: ClassVar[dict[str, str]] = {}
    # The field that identifies a row's object; it is kept even where the row has an error.
    key: ClassVar[str] = ""
    # Fields that only an export contains.
    export_only: ClassVar[frozenset[str]] = frozenset()

    # Fields that only an import reads.
    import_only: ClassVar[frozenset[str]] = frozenset()
    # Fields with several columns (服务时长 and 工时) of which only the meaning of their names prefers one.
    strict: ClassVar[frozenset[str]] = frozenset()
    # Fields whose columns are read together, each with its header: several columns for the state.
    combine: ClassVar[dict[str, Combine]] = {}
    # Columns that say whether a row is in force, besides those of every kind (审核状态, 是否有效, 注销时间): their
    # names, the words of this kind, the names under which yes speaks against a row, and what follows for the row.
    states: ClassVar[re.Pattern[str] | None] = None
    state_words: ClassVar[dict[str, Meaning]] = {}
    state_ends: ClassVar[re.Pattern[str] | None] = None
    consequence: ClassVar[str] = "不在有效状态，没有录入"
    reads_states: ClassVar[bool] = True

    # The template to download: {field: (an example, what may be filled in)} in the order of its columns.
    template: ClassVar[dict[str, tuple[str, str]]] = {}

    def get_export_fields(self, selected_fields=None):
        """Return the fields of an export: all but those that only an import reads."""
        exported = super().get_export_fields(selected_fields)
        unread = {self.fields[name].column_name for name in self.import_only}
        return [field for field in exported if field.column_name not in unread]

    def columns(self) -> list[Column]:
        """Return the columns of an import in the order of the sheet; a refusal names them in the same order."""
        return [
            Column(
                name,
                self.fields[name].column_name,
                self.aliases.get(name, ()),
                name in self.required,
                self.patterns.get(name),
            )
            for name in self._meta.fields
            if name not in self.export_only
        ]

    def list_needed(self) -> list[str]:
        """Return the fields of the template that must be filled in every row."""
        return [name for name in self.template if name in self.required | self.must_have.keys()]

    def list_choices(self) -> list[list[str]]:
        """Return the fields of the template of each set of which one is enough."""
        needed = set(self.list_needed())
        choices = [[name for name in self.template if name in choice] for choice in self.any_of]
        return [names for names in choices if names and not needed.intersection(names)]

    def describe_columns(self) -> str:
        """Return in Chinese which columns a file of this kind needs and which it may have."""
        needed, choices = self.list_needed(), self.list_choices()
        others = [name for name in self.template if name not in set(needed).union(*choices)]
        parts = [self._join_titles(needed)] if needed else []
        parts += [f"{self._join_titles(names)}至少一列" for names in choices]
        parts += [f"{self._join_titles(others)}可有可无"] if others else []
        return "；".join(parts)

    def _join_titles(self, names: Sequence[str]) -> str:
        return "、".join(self.fields[name].column_name for name in names)

    def open(self, raw: RawFile) -> Sheet:
        """Return the sheet of a file; raise SheetError with a Chinese message where it lacks columns."""
        return self._mark_states(read_sheet(raw, self.columns(), any_of=self.any_of))

    def _mark_states(self, sheet: Sheet) -> Sheet:
        known = {self.fields[name].column_name for name in self.export_only}
        return mark_states(sheet, self.states, known) if self.reads_states else sheet

    def open_of_known(self, raw: RawFile) -> Sheet:
        """Return the sheet of a file that only changes known objects; raise SheetError as `open` does."""
        if not self.required_of_known:
            raise SheetError("这类文件没有可省略的列")
        columns = [
            replace(column, required=column.key in self.required_of_known) for column in self.columns()
        ]
        return self._mark_states(read_sheet(raw, columns, any_of=self.any_of_known))

    def rows(self, sheet: Sheet) -> Iterator[StagedRow]:
        """Yield the rows of a sheet, cleaned; columns of identity papers and passwords are emptied in `original`."""
        cleaners = {
            name: _limit_length(self.get_max_length(name), self.fields[name].widget.clean)
            for name in sheet.columns
        }
        unkept = {place for place, text in enumerate(sheet.header) if PAPERS.search(text)}
        titles = {name: self.fields[name].column_name for name in sheet.columns}
        settle = make_settler(sheet, cleaners, titles, strict=self.strict, combine=self.combine)
        today = timezone.localdate()
        for row in sheet.rows:
            settled, reasons, doubts = settle(row) if settle else (row, [], {})
            staged = self._read_row(settled, cleaners, unkept)
            if doubts:
                staged = replace(staged, doubts=doubts | staged.doubts)
            if reasons:
                staged = refuse_row(staged, reasons)
            yield self.judge_states(staged, self._read_states(sheet, row, today)) if sheet.states else staged

    def _read_states(self, sheet: Sheet, row: SheetRow, today: date) -> list[Said]:
        """Return what the state columns say about a row; columns that say nothing are left out."""
        said = []
        for place in sheet.states:
            header, cell = sheet.header[place], row.original[place]
            meaning = read_state(header, cell, self.state_words, today=today, ends=self.state_ends)
            if meaning is not Meaning.BLANK:
                said.append(Said(header, remove_id_cards(show_word(cell)), meaning))
        return said

    def judge_states(self, row: StagedRow, said: list[Said]) -> StagedRow:
        """Return the row, refused if a state column speaks against it or cannot be read."""
        return refuse_row(row, [explain_state(one, self.consequence) for one in said])

    def get_max_length(self, name: str) -> int | None:
        """Return the longest text that the table's column takes, in characters; None where it has no limit."""
        return _find_max_length(self._meta.model, self.fields[name].attribute or "")

    def finish(self, data: dict[str, Any]) -> None:
        """Check rules across cells and add derived fields to `data`; raise ValueError with a Chinese reason."""

    def _read_row(self, row: SheetRow, cleaners: dict[str, Callable], unkept: set[int]) -> StagedRow:
        data, reasons = {}, []
        for name, clean in cleaners.items():
            cell = row.cells.get(name)
            try:
                if type(cell) is Unreadable:
                    raise CellError(cell.reason)
                value = clean(cell)
            except CellError as error:
                reasons.append(f"{self.fields[name].column_name}：{error}")
                continue
            if value not in ("", None):
                data[name] = value
        if not reasons:
            reasons += [message for name, message in self.must_have.items() if name not in data]
        key = remove_id_cards(str(data.get(self.key, "")))
        if not reasons:
            try:
                self.finish(data)
            except ValueError as error:
                reasons.append(str(error))
        original = [
            "" if place in unkept else remove_id_cards(_to_text(value))
            for place, value in enumerate(row.original)
        ]
        return StagedRow(
            row.sheet, row.number, original, {} if reasons else data, remove_id_cards("；".join(reasons)), key
        )


def refuse_row(row: StagedRow, reasons: list[str]) -> StagedRow:
    """Return the row without data, with these reasons besides its own; as it is where none says anything."""
    told = [reason for reason in reasons if reason]
    if not told:
        return row
    return replace(row, data={}, reason=remove_id_cards("；".join(filter(None, [row.reason, *told]))))


def _limit_length(longest: int | None, clean: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return `clean` with a check of length.

    A text that is too long for the table then rejects its row, not the whole file. Equal cells of a column are
    cleaned once.
    """

    def clean_and_measure(value: Any) -> Any:
        found = clean(value)
        if longest and isinstance(found, str) and len(found) > longest:
            raise CellError(f"“{found[:10]}…”超过 {longest} 个字")
        return found

    # Days, titles and states repeat from row to row. typed: 1, 1.0 and True are different cells.
    return lru_cache(maxsize=KEPT_CELLS, typed=True)(clean_and_measure)


def _find_max_length(model: type[Model], path: str) -> int | None:
    """Return max_length of the field at the end of a path like branch__college__name; None where it has none."""
    first, _, rest = path.partition("__")
    try:
        field = model._meta.get_field(first)
    except FieldDoesNotExist:
        return None
    if rest:
        return _find_max_length(field.related_model, rest) if field.related_model else None
    return getattr(field, "max_length", None) if not getattr(field, "choices", None) else None


def _to_text(value: object) -> str:
    """Return a cell of the file as text for the sheet of rejected rows."""
    if value is None:
        return ""
    if isinstance(value, Unreadable):
        return value.shown
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)
