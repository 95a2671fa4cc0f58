"""The resource of each kind of import, and functions that open an uploaded file with it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from members.models import ImportRow, ImportRun
from members.resources.base import SheetResource, StagedRow
from members.resources.offices import OfficeResource
from members.resources.organisation import OrganisationResource
from members.resources.roster import RosterResource
from members.resources.streets import StreetResource
from members.resources.templates import EXPLANATION
from members.resources.volunteers import VolunteerResource
from members.sheets.grids import Grid, RawFile
from members.sheets.headers import Vocabulary
from members.sheets.papers import remove_id_cards
from members.sheets.reading import read_file
from members.sheets.sheets import Sheet, SheetError

RESULT_COLUMN = "录入结果"  # of a returned sheet; it is no data
NO_RECORD = "这一行没有读到内容：空行、合计、说明和示例不会录入，请填写完整"
SHOWN_ROWS = 30  # numbers of hidden rows that a sentence names

LISTED_DOUBTS = 20
RESOURCES: dict[str, type[SheetResource]] = {
    ImportRun.Kind.ORGANISATION: OrganisationResource,
    ImportRun.Kind.ROSTER: RosterResource,
    ImportRun.Kind.VOLUNTEERS: VolunteerResource,
    ImportRun.Kind.STREETS: StreetResource,
    ImportRun.Kind.ACCOUNTS: OfficeResource,
}


def register_resource(kind: str, resource: type[SheetResource]) -> None:
    """Register the resource of a kind that an app above this one adds; its AppConfig.ready calls this."""
    RESOURCES[kind] = resource


def open_sheet(kind: str, raw: RawFile) -> tuple[SheetResource, Sheet]:
    """Open a file as a sheet of this kind; return (resource, sheet).

    A sheet without the columns that new objects need may still change known ones. Raises SheetError in Chinese;
    it names another kind if the columns fit that kind better.
    """
    resource = RESOURCES[kind]()
    try:
        return resource, resource.open(raw)
    except SheetError as error:
        meant = _find_better_kind(kind, raw, error.understood)
        if meant is None and (sheet := _open_of_known(kind, raw)):
            return resource, replace(sheet, lacking=str(error))
        if meant is None:
            raise
        labels = dict(ImportRun.Kind.choices)
        raise SheetError(
            f"这个文件看起来是{labels[meant]}，不是{labels[kind]}，请核对所选的文件类别。{error}"
        ) from error


def _find_better_kind(kind: str, raw: RawFile, understood: int | None) -> str | None:
    """Return the other kind that knows most columns of the file, if it knows more than this one does."""
    if understood is None:
        return None
    found: dict[str, int] = {}
    for other in RESOURCES.keys() - {kind}:
        with suppress(SheetError):
            found[other] = len(RESOURCES[other]().open(raw).columns)
    best = max(found, key=found.__getitem__, default=None)
    return best if best and found[best] > understood else None


def _open_of_known(kind: str, raw: RawFile) -> Sheet | None:
    """Return the sheet of a file that only changes known objects; None where it is none, or another kind's.

    It is another kind's if that kind finds a column it needs where this one finds nothing (志愿者编号), or two of
    them although others are missing (服务日期 and 服务时长).
    """
    with suppress(SheetError):
        sheet = RESOURCES[kind]().open_of_known(raw)
        others = [RESOURCES[other]() for other in RESOURCES.keys() - {kind}]
        if not any(_needs_ignored(other, sheet, raw) for other in others):
            return sheet
    return None


def _needs_ignored(resource: SheetResource, sheet: Sheet, raw: RawFile) -> bool:
    """Return whether the columns that `sheet` ignores make the file one of the resource's kind."""
    needed = resource.required.union(*resource.any_of)
    found = Vocabulary(resource.columns(), resource.any_of).match(sheet.ignored).keys() & needed
    if len(found) > 1:
        return True
    with suppress(SheetError):
        columns = resource.open(raw).columns
        return bool({columns[name] for name in needed if name in columns} - set(sheet.columns.values()))
    return False


def open_run(run: ImportRun) -> tuple[tuple[str, ...], Iterator[StagedRow], dict[str, Any]]:
    """Return (header, rows, notes) of an uploaded file; raise SheetError with a Chinese message."""
    with run.file.open() as file:
        resource, sheet = open_sheet(run.kind, read_file(file.read(), run.filename))
    resource.day = run.as_of
    return sheet.header, resource.rows(sheet), list_notes(sheet)


def list_notes(sheet: Sheet) -> dict[str, Any]:
    """Return what of a file is not read or asks for a look.

    Columns, among them those with dates and those that seem to say whether a row counts, worksheets, columns that the
    file lacks, and doubts: hidden parts and other tables.
    """
    days, asked = list(sheet.ignored_days), dict(sheet.asked)
    # What this portal has written into a returned sheet or a template is neither unknown nor left out.
    unknown = {*sheet.ignored} - {*days, *asked, RESULT_COLUMN}
    more = {
        "partial": sheet.partial or RESULT_COLUMN in sheet.header,
        "states": list(sheet.states),
        "ignored_days": [text for text in days if text not in (*asked, RESULT_COLUMN)],
        "asks_columns": [[text, list(words)] for text, words in asked.items() if text != RESULT_COLUMN],
        "file_doubts": _list_file_doubts(sheet),
        "lacking": sheet.lacking,
    }
    return {
        "ignored": [text for text in sheet.ignored if text in unknown],
        "skipped_sheets": [name for name in sheet.skipped_sheets if name != EXPLANATION],
        "columns": sheet.columns,
    } | {key: value for key, value in more.items() if value}


def _list_file_doubts(sheet: Sheet) -> list[str]:
    """Return a sentence about each kind of hidden parts of the file, and about each table that is not read."""
    doubts = []
    if rows := sheet.hidden_rows:
        shown = "、".join(map(str, rows[:SHOWN_ROWS])) + ("等" if len(rows) > SHOWN_ROWS else "")
        doubts.append(f"文件中有被隐藏的行：第 {shown} 行（共 {len(rows)} 行），已一并读取，请核对")
    if sheet.hidden_columns:
        doubts.append(f"文件中有被隐藏的列：{'、'.join(sheet.hidden_columns)}，已一并读取，请核对")
    if sheet.hidden_sheets:
        doubts.append(f"文件中有被隐藏的工作表：{'、'.join(sheet.hidden_sheets)}，没有读取，请核对")
    doubts += [f"工作表中还有一张并排的表，没有读取：{columns}" for columns in sheet.beside]
    return doubts


def list_cell_doubts(run: ImportRun) -> list[str]:
    """Return a sentence for each cell that was left out or read with a doubt: the first LISTED_DOUBTS, then a count."""
    fields = RESOURCES[run.kind]().fields
    rows = run.rows.exclude(doubts={}).exclude(status=ImportRow.Status.ERROR).order_by("position")
    first: list[str] = []
    count = 0
    for number, doubts in rows.values_list("number", "doubts").iterator():
        for name, sentence in doubts.items():
            count += 1
            if count <= LISTED_DOUBTS:
                title = fields[name].column_name + "：" if name in fields else ""
                first.append(f"第 {number} 行 {title}{sentence}")
    return first + ([f"还有 {count - LISTED_DOUBTS} 个单元格已略过或有疑问"] if count > LISTED_DOUBTS else [])


def build_rejected_sheet(run: ImportRun) -> tuple[str, list[str], Iterator[list[str]]]:
    """Return (title, header, rows) of a workbook: the rejected rows as in the file, with a column 录入结果."""
    rows = run.rows.filter(status="error").order_by("position").values_list("original", "reason", "number")
    # A returned sheet that comes back has the column already.
    places = [place for place, text in enumerate(run.header) if text != RESULT_COLUMN]
    width = len(run.header)

    def fill(original: list[str], result: str) -> list[str]:
        cells = original + [""] * width
        return [*(cells[place] for place in places), result]

    filled = (fill(original, f"第{number}行：{reason}") for original, reason, number in rows)
    return "未录入", [*(run.header[place] for place in places), RESULT_COLUMN], filled


def find_columns(run: ImportRun) -> dict[str, int]:
    """Return {field: place in the run's header} of the columns that are read, in the order of the file.

    A column that only says whether a row is in force has its place as name.
    """
    columns = _find_fields(run)
    states = {
        f"place{place}": place for place in run.notes.get("states", []) if place not in columns.values()
    }
    return dict(sorted((columns | states).items(), key=lambda pair: pair[1]))


def _find_fields(run: ImportRun) -> dict[str, int]:
    """Return {field: place in the run's header} as the reader has found it."""
    if "columns" in run.notes:
        return run.notes["columns"]
    resource = RESOURCES[run.kind]()  # a run of before the places were kept
    return Vocabulary(resource.columns(), resource.any_of).match(run.header)


def list_headings(run: ImportRun) -> dict[str, str]:
    """Return {field: heading} of the columns that are read, in the order of the file and in its words."""
    fields = RESOURCES[run.kind]().fields
    return {
        name: run.header[place] or fields[name].column_name
        for name, place in find_columns(run).items()
        if place < len(run.header)
    }


def split_reason(kind: str, reason: str) -> dict[str, str]:
    """Return {field: what is wrong with its cell} of a rejected row; under "" what is wrong with the row."""
    resource = RESOURCES[kind]()
    titles = {resource.fields[name].column_name: name for name in resource.fields}
    missing = {message: name for name, message in resource.must_have.items()}
    longest_first = sorted(titles, key=len, reverse=True)
    found: dict[str, str] = {}
    last = ""
    for part in reason.split("；"):
        title, colon, text = part.partition("：")
        begins = next((one for one in longest_first if part.removeprefix("缺少").startswith(one)), "")
        if colon and title in titles:
            last = titles[title]
        elif part in missing or begins:
            last, text = missing.get(part) or titles[begins], part
        elif last not in found:
            last, text = "", part
        else:
            text = part  # a sentence that itself has a semicolon
        found[last] = "；".join(filter(None, [found.get(last), text]))
    return found


def read_typed_rows(run: ImportRun, typed: Sequence[tuple[ImportRow, list[str]]]) -> dict[int, StagedRow]:
    """Return {id: row} of rows of the run whose cells somebody has typed anew.

    They go the way of a file: the same header, cleaning and checks. A row without a record is rejected.
    """
    resource, columns = RESOURCES[run.kind](), _find_fields(run)
    resource.day = run.as_of
    lines = [cells for _, cells in typed]
    sheet = _open_typed(resource, run, list(run.header), lines)
    if sheet is None or sheet.columns != columns:  # the file's header took two lines
        canonical = list(run.header)
        for name, place in columns.items():
            canonical[place] = resource.fields[name].column_name
        sheet = _open_typed(resource, run, canonical, lines) or sheet
    found = {row.number: row for row in resource.rows(sheet)} if sheet else {}
    read = {}
    for index, (row, cells) in enumerate(typed, start=1):
        empty = StagedRow(row.sheet, row.number, [remove_id_cards(cell) for cell in cells], {}, NO_RECORD)
        read[row.pk] = replace(found.get(index, empty), sheet=row.sheet, number=row.number)
    return read


def _open_typed(
    resource: SheetResource, run: ImportRun, header: list[str], lines: list[list[str]]
) -> Sheet | None:
    """Return the sheet of a header and lines, numbered from 1; None where the header alone is not enough."""
    rows: list[list[object]] = [list(cells) for cells in (header, *lines)]
    grid = Grid(name="", rows=rows, numbers=range(len(lines) + 1))
    raw = RawFile(run.filename, ((grid,),))
    with suppress(SheetError):
        return resource.open_of_known(raw) if run.notes.get("lacking") else resource.open(raw)
    return None
