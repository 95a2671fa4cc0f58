"""The base class of a kind of sheet: its columns, their aliases, and how to read and write its cells.

django-import-export gives the fields and widgets for both directions. Reading does not use its row-by-row
import, which makes a query for every row: cleaned rows are staged and compared as a set
(`members.transfer.services.imports`).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any, ClassVar

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field as ModelField
from django.db.models import Model
from django.utils import timezone
from import_export import fields, resources, widgets

from members.resources.columns import Combine, Said, explain_state, make_settler, mark_states
from members.sheets.cells import CellError
from members.sheets.grids import RawFile
from members.sheets.papers import SHORTEST, holds_id_card, remove_id_cards
from members.sheets.sheets import Column, Sheet, SheetError, SheetRow, read_sheet
from members.sheets.states import Meaning, read_state, show_word
from members.sheets.texts import clean_text
from members.sheets.values import Doubtful, Unreadable
from members.sheets.xml_text import strip_forbidden

# Numbers of identity papers and passwords are not stored, not even in rejected rows that go back to the uploader (§6).
PAPERS = re.compile(r"身份证|身份号|证件号|护照|通行证|密码|口令|id\s*card|passport|password", re.I)
KEPT_CELLS = 4096
CHOICE = re.compile(r"get_(\w+)_display")


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
    # Fields that decide nothing: a cell of theirs that cannot be read is left out with a doubt, the row goes in.
    optional: ClassVar[frozenset[str]] = frozenset()
    # The field that identifies a row's object; it is kept even where the row has an error.
    key: ClassVar[str] = ""
    # Fields that only an export contains.
    export_only: ClassVar[frozenset[str]] = frozenset()

    # The day the file speaks of, by which 离校日期 and 注销时间 are past or to come; without one, today.
    day: date | None = None

    # Fields that only an import reads.
    import_only: ClassVar[frozenset[str]] = frozenset()
    # Fields with several columns (服务时长 and 工时) of which only the meaning of their names prefers one.
    strict: ClassVar[frozenset[str]] = frozenset()
    # Fields of which different values in two columns are no contradiction: the first column counts, with a doubt.
    loose: ClassVar[frozenset[str]] = frozenset()
    # Fields whose columns are read together, each with its header: several columns for the state.
    combine: ClassVar[dict[str, Combine]] = {}
    # Columns that say whether a row is in force, besides those of every kind (审核状态, 是否有效, 注销时间): their
    # names, the words of this kind, the names under which yes speaks against a row, and what follows for the row.
    states: ClassVar[re.Pattern[str] | None] = None
    state_words: ClassVar[dict[str, Meaning]] = {}
    state_ends: ClassVar[re.Pattern[str] | None] = None
    consequence: ClassVar[str] = "不在有效状态，没有录入"
    reads_states: ClassVar[bool] = True
    # Headers of the portal's own lists, where they have more columns than the fields: nobody is asked about those.
    own_headers: ClassVar[tuple[Sequence[str], ...]] = ()

    # The template to download: {field: (an example, what may be filled in)} in the order of its columns.
    template: ClassVar[dict[str, tuple[str, str]]] = {}

    def get_export_fields(self, selected_fields=None):
        """Return the fields of an export: all but those that only an import reads."""
        exported = super().get_export_fields(selected_fields)
        unread = {self.fields[name].column_name for name in self.import_only}
        return [field for field in exported if field.column_name not in unread]

    def export_resource(self, instance, selected_fields=None, **kwargs):
        """Return the cells of a row, as import-export does, whose own way takes ten times as long.

        It looks for the fields, their methods and the labels of choices again for every row.
        """
        if selected_fields is not None:
            return super().export_resource(instance, selected_fields, **kwargs)
        return [read(instance) for read in self._readers]

    @cached_property
    def _readers(self) -> list[Callable[[Any], Any]]:
        """Return a function for each exported field, which reads its cell from an object."""
        return [self._make_reader(field) for field in self.get_export_fields()]

    def _make_reader(self, field: fields.Field) -> Callable[[Any], Any]:
        dehydrate = getattr(self, field.get_dehydrate_method(self.get_field_name(field)), None)
        if callable(dehydrate):
            return dehydrate
        read = _make_value_reader(self._meta.model, field.attribute)
        render = field.widget.render
        return lambda instance: render(read(instance), instance)

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
        marked = mark_states(sheet, self.states, known) if self.reads_states else sheet
        own = self._find_own_columns(sheet)
        return replace(
            marked,
            ignored=tuple(text for text in marked.ignored if text not in own),
            asked=tuple((text, words) for text, words in marked.asked if text not in own),
        )

    def _find_own_columns(self, sheet: Sheet) -> set[str]:
        """Return the columns of the portal's own lists whose whole header the file has."""
        headers = (self.get_export_headers(), *self.own_headers)
        return {text for header in headers if {*header} <= {*sheet.header} for text in header}

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
        settle = make_settler(
            sheet, cleaners, titles, strict=self.strict, loose=self.loose, combine=self.combine
        )
        today = self.day or timezone.localdate()
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
        data, reasons, doubts = self._read_cells(row, cleaners)
        if not reasons:
            reasons = [
                _explain_missing(message, row.cells.get(name))
                for name, message in self.must_have.items()
                if name not in data
            ]
        key = str(data.get(self.key, ""))
        if not reasons:
            try:
                self.finish(data)
            except ValueError as error:
                reasons.append(str(error))
        original = ["" if place in unkept else _keep_text(value) for place, value in enumerate(row.original)]
        reason = remove_id_cards("；".join(reasons))
        sheet = remove_id_cards(row.sheet)
        return StagedRow(sheet, row.number, original, {} if reasons else data, reason, key, doubts)

    def _read_cells(
        self, row: SheetRow, cleaners: dict[str, Callable]
    ) -> tuple[dict[str, Any], list[str], dict[str, str]]:
        """Return (data by field, reasons for a rejection, doubts by field) of the cells of a row."""
        data: dict[str, Any] = {}
        reasons: list[str] = []
        doubts: dict[str, str] = {}
        for name, clean in cleaners.items():
            cell = row.cells.get(name)
            try:
                if type(cell) is Unreadable:
                    raise CellError(cell.reason)
                value = clean(cell)
            except CellError as error:
                if name in self.optional:
                    doubts[name] = f"{remove_id_cards(str(error))}，已略过"
                else:
                    reasons.append(f"{self.fields[name].column_name}：{error}")
                continue
            if type(value) is Doubtful:
                doubts[name], value = value.doubt, value.value
            if value not in ("", None):
                data[name] = value
        return data, reasons, doubts


def _explain_missing(message: str, cell: object) -> str:
    """Return why a row without this cell is rejected; a word for nothing (nan, 待定) is named."""
    shown = "" if isinstance(cell, Unreadable) else clean_text(cell)
    return f"{message}（“{remove_id_cards(shown)[:20]}”不算填写）" if shown else message


def refuse_row(row: StagedRow, reasons: list[str]) -> StagedRow:
    """Return the row without data, with these reasons besides its own; as it is where none says anything."""
    told = [reason for reason in reasons if reason]
    if not told:
        return row
    return replace(row, data={}, reason=remove_id_cards("；".join(filter(None, [row.reason, *told]))))


def _limit_length(longest: int | None, clean: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return `clean` with a check of length, and for ID-card numbers.

    A text that is too long for the table then rejects its row, not the whole file. Equal cells of a column are
    cleaned once.
    """

    def clean_and_measure(value: Any) -> Any:
        found = clean(value)
        # Of a number with spaces `clean` makes one long number, in which no ID card can be found any more.
        if _holds_id_card(value) or _holds_id_card(found):
            raise CellError("这里填有身份证号，平台不保存身份证号，请删去后重填")
        if longest and isinstance(found, str) and len(found) > longest:
            raise CellError(f"“{found[:10]}…”超过 {longest} 个字")
        return found

    # Days, titles and states repeat from row to row. typed: 1, 1.0 and True are different cells.
    return lru_cache(maxsize=KEPT_CELLS, typed=True)(clean_and_measure)


def _holds_id_card(value: Any) -> bool:
    return type(value) is str and len(value) >= SHORTEST and holds_id_card(value)


def _make_value_reader(model: type[Model], path: str | None) -> Callable[[Any], Any]:
    """Return a function that reads the value at the end of a path; None where an object on the way is missing."""
    if path is None:
        return lambda instance: None
    if choice := CHOICE.fullmatch(path):
        name = choice[1]
        field = model._meta.get_field(name)
        assert isinstance(field, ModelField)
        labels = dict(field.flatchoices)
        return lambda instance: labels.get(getattr(instance, name), getattr(instance, name))
    names = path.split("__")

    def read(instance: Any) -> Any:
        for name in names:
            instance = getattr(instance, name, None)
        return instance() if callable(instance) else instance

    return read


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


def _keep_text(value: object) -> str:
    """Return a cell of the file as the portal keeps and returns it: without ID cards and what no file can carry."""
    if type(value) is str and len(value) < SHORTEST and value.isprintable():
        return value
    return strip_forbidden(remove_id_cards(_to_text(value)))


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
