"""Convert the bytes of an uploaded file to grids of raw cells.

The content decides the format, never the suffix.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from members.sheets.frames import CELLS_AT_ONCE, Frame, FrameError
from members.sheets.looks import apply_looks
from members.sheets.packages import (
    BROKEN_PACKAGE,
    UNKNOWN_ERROR,
    find_package,
    normalise_package,
    replace_unknown_errors,
)

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 300 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 16_384  # the limit of a worksheet
MAX_CELLS = 8_000_000  # of all grids of a file, the empty cells between others included
MAX_LINE = 1_000_000  # characters
KNOWN_CELLS = 250_000  # different texts and days of which equal cells share one object
DELIMITERS = (",", ";", "\t")
SAVE_AS_XLSX = "请用 Excel 打开后另存为 .xlsx 再上传"
_SHRINK = (
    "请删去图片和数据以外的空行空列（按 Ctrl+End 可看到最远的单元格），或拆成几个文件，另存为 .xlsx 再上传"
)

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_MARKUP = re.compile(rb"\s*(<\?xml|<!doctype|<!--|<html|<head|<body|<meta|<table|<style|mime-version:)", re.I)
_OTHER_BINARY = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"{\\rtf",
)
_LINE = re.compile("[^\\r\\n]*(?:\\r\\n|\\r|\\n)|[^\\r\\n]+")
_REPEATED = frozenset({str, date, datetime, time})
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class SheetError(Exception):
    """A file cannot be read at all; the page of the upload shows the message, in Chinese.

    `understood`: the number of known columns in a table that lacks some; None if the file is no table.
    """

    def __init__(self, message: str, *, understood: int | None = None):
        super().__init__(message)
        self.understood = understood


@dataclass(frozen=True, slots=True)
class Grid:
    """One worksheet: `rows[i]` is row `numbers[i]` of the file; `merges` are 0-based, inclusive corners.

    A cell is what a person sees in it, or `Unreadable`. `hidden_rows` and `hidden_columns` are places in `rows` and
    in a row that nobody sees in the file.
    """

    name: str
    rows: list[list[object]]
    numbers: Sequence[int]
    merges: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()

    def to_frames(self) -> Iterator[Frame]:
        """Yield the rows in frames of at most CELLS_AT_ONCE cells."""
        width = max(map(len, self.rows), default=1)
        step = max(1, CELLS_AT_ONCE // max(width, 1))
        for start in range(0, len(self.rows), step):
            yield "rows", list(self.numbers[start : start + step]), self.rows[start : start + step]

    def add_rows(self, numbers: list[int], rows: list[list[object]]) -> None:
        """Add the rows of a frame."""
        assert isinstance(self.numbers, list)
        self.numbers.extend(numbers)
        self.rows.extend(rows)


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file that was parsed once; every kind of sheet is then looked for in it.

    `readings`: the visible worksheets in order, once; or for a text file one grid for each delimiter that occurs.
    `claims_excel`: the suffix is Excel's, the content is not.
    """

    filename: str
    readings: tuple[tuple[Grid, ...], ...]
    hidden_sheets: tuple[str, ...] = ()
    claims_excel: bool = False

    def to_frames(self) -> Iterator[Frame]:
        """Yield the frames from which `from_frames` makes this file again."""
        yield "file", self.hidden_sheets, self.claims_excel
        for grids in self.readings:
            yield ("reading",)
            for grid in grids:
                yield "grid", grid.name, grid.merges, grid.hidden_rows, grid.hidden_columns
                yield from grid.to_frames()

    @classmethod
    def from_frames(cls, filename: str, frames: Iterable[Frame]) -> "RawFile":
        """Return the file that a child process has read; raise FrameError for frames that make none."""
        readings: list[list[Grid]] = []
        hidden_sheets: tuple[str, ...] = ()
        claims_excel = False
        for frame in frames:
            match frame:
                case ("file", hidden_sheets, claims_excel):
                    pass
                case ("reading",):
                    readings.append([])
                case ("grid", name, merges, hidden_rows, hidden_columns) if readings:
                    readings[-1].append(Grid(name, [], [], merges, hidden_rows, hidden_columns))
                case ("rows", numbers, rows) if readings and readings[-1]:
                    readings[-1][-1].add_rows(numbers, rows)
                case ("end", _) if readings:
                    return cls(filename, tuple(map(tuple, readings)), hidden_sheets, claims_excel)
                case _:
                    raise FrameError(f"unexpected {frame[0]!r}")
        raise FrameError("no end")


def refuse_size(content: bytes, filename: str) -> None:
    """Raise SheetError for an empty file, and for one of more than MAX_BYTES."""
    if not content.strip():
        raise SheetError(f"“{filename}”是空文件，请检查后重新上传")
    if len(content) > MAX_BYTES:
        raise SheetError(f"“{filename}”超过 20 MB，请删去图片和多余的内容，或拆成几个文件再上传")


def measure_package(content: bytes) -> tuple[int | None, int]:
    """Return the packed bytes of a package's XML and the bytes it unpacks to, as it says; (None, 0) for other files."""
    if not find_package(content):
        return None, 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        return 0, 0  # parse_file refuses it
    tables = (part.compress_size for part in parts if part.filename.casefold().endswith((".xml", ".rels")))
    return sum(tables), sum(part.file_size for part in parts)


def parse_file(content: bytes, filename: str) -> RawFile:
    """Return the grids of a file; raise SheetError for a file that is not a readable table.

    Only the reader's child process calls this: it may die of the content. Others call `reading.read_file`.
    """
    refuse_size(content, filename)
    if find_package(content):
        content = normalise_package(content, MAX_UNPACKED_BYTES)
        _check_package(content, filename)
        return _read_package(content, filename)
    if content.startswith(_OLE):
        if _ENCRYPTED_PACKAGE in content:
            raise _make_encrypted_error(filename)
        return _read_workbook(content, filename)
    if _MARKUP.match(content[:1024].removeprefix(b"\xef\xbb\xbf")):
        raise SheetError(f"“{filename}”其实是网页格式，不是真正的表格，{SAVE_AS_XLSX}")
    if content.startswith(_OTHER_BINARY):
        raise SheetError(f"“{filename}”不是表格文件，请上传 .xlsx、.xls 或 .csv 文件")
    readings = tuple((grid,) for grid in _read_text(_decode(content, filename), filename))
    return RawFile(filename, readings, claims_excel=filename.casefold().endswith((".xlsx", ".xls")))


def _make_encrypted_error(filename: str) -> SheetError:
    return SheetError(f"“{filename}”设有打开密码，请用 Excel 打开、去掉密码后另存为 .xlsx 再上传")


def make_damaged_error(filename: str) -> SheetError:
    """Return the error for a file that no parser understands."""
    return SheetError(f"“{filename}”已损坏或不是表格，{SAVE_AS_XLSX}")


def make_too_big_error(filename: str) -> SheetError:
    """Return the error for a file that takes too much memory."""
    return SheetError(f"“{filename}”展开后太大，{_SHRINK}")


def make_too_slow_error(filename: str) -> SheetError:
    """Return the error for a file that takes too much time."""
    return SheetError(f"“{filename}”读了太久也没有读完，{_SHRINK}")


def make_false_workbook_error(filename: str) -> SheetError:
    """Return the error for a file without a table that has the suffix of Excel but not its content."""
    return SheetError(f"“{filename}”打不开：文件已损坏，或不是真正的 Excel 表格，{SAVE_AS_XLSX}")


def _make_too_many_rows_error(filename: str) -> SheetError:
    return SheetError(
        f"“{filename}”超过 {MAX_ROWS:,} 行，请删去数据以外的空行空列，或拆成几个文件，另存为 .xlsx 再上传"
    )


def _check_package(content: bytes, filename: str) -> None:
    """Raise SheetError for a package that would unpack to too many bytes or cells, before it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
                raise SheetError(
                    f"“{filename}”解压后太大，请删去图片和数据以外的空行空列，另存为 .xlsx 再上传"
                )
            names = {part.filename for part in parts}
            if "xl/workbook.xml" not in names:
                raise SheetError(f"“{filename}”不是 .xlsx 表格，{SAVE_AS_XLSX}")
            for part in parts:
                _check_sum(package, part)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise make_damaged_error(filename) from error
    except RuntimeError as error:  # zipfile: "is encrypted, password required for extraction"
        raise _make_encrypted_error(filename) from error


def _check_sum(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Raise BadZipFile for a part with another length or check sum than it says; calamine does not look at them."""
    with package.open(part) as stream:
        while stream.read(1 << 20):
            pass


def _read_package(content: bytes, filename: str) -> RawFile:
    try:
        return _read_workbook(content, filename)
    except SheetError as error:
        if UNKNOWN_ERROR not in str(error.__cause__):
            raise
    return _read_workbook(replace_unknown_errors(content), filename)


def _read_workbook(content: bytes, filename: str) -> RawFile:
    grids, hidden, cells = [], [], 0
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            for sheet in workbook.sheets_metadata:
                if sheet.typ != SheetTypeEnum.WorkSheet:
                    continue
                if sheet.visible != SheetVisibleEnum.Visible:
                    hidden.append(sheet.name)
                    continue
                table = workbook.get_sheet_by_name(sheet.name)
                if table.end is None:
                    continue
                if table.end[0] >= MAX_ROWS:
                    raise _make_too_many_rows_error(filename)
                if table.end[1] >= MAX_COLUMNS:
                    raise make_damaged_error(filename)
                cells += (table.end[0] + 1) * (table.end[1] + 1)
                if cells > MAX_CELLS:
                    raise make_too_big_error(filename)
                rows = list(_iterate_rows(table))
                grids.append(Grid(sheet.name, rows, range(1, len(rows) + 1), table.merged_cell_ranges or []))
    except PasswordError as error:
        raise _make_encrypted_error(filename) from error
    except CalamineError as error:
        raise make_damaged_error(filename) from error
    if not grids:
        raise SheetError(f"“{filename}”里没有可见的、有内容的工作表，请检查后重新上传")
    try:
        grids = _apply_looks(content, grids)
    except BROKEN_PACKAGE as error:
        raise make_damaged_error(filename) from error
    return RawFile(filename, (tuple(grids),), tuple(hidden))


def _apply_looks(content: bytes, grids: list[Grid]) -> list[Grid]:
    if not content.startswith(_OLE):
        return apply_looks(content, grids)
    # xlrd takes 70 ms to load, in a process that starts for each file.
    from members.sheets.old_looks import apply_old_looks

    return apply_old_looks(content, grids)


def _iterate_rows(table: CalamineSheet) -> Iterator[list[object]]:
    """Yield the rows from the first one of the worksheet on; equal texts and days are one object."""
    assert table.start is not None
    left: list[object] = [""] * table.start[1]
    known: dict[object, object] = {}
    for row in table.iter_rows():
        share = known.setdefault if len(known) < KNOWN_CELLS else known.get
        yield left + [share(cell, cell) if type(cell) in _REPEATED else cell for cell in row]


def _decode(content: bytes, filename: str) -> str:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ("utf-16",) if wide else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        text = text.removesuffix("\x1a")  # the end mark of old DOS programs
        if _CONTROL.search(text):
            break
        return text
    raise SheetError(f"“{filename}”不是表格，或文字编码无法识别，{SAVE_AS_XLSX}")


def _read_text(text: str, filename: str) -> list[Grid]:
    """Return one grid for each delimiter that occurs in the text, a comma always."""
    grids, failures = [], []
    for delimiter in DELIMITERS:
        if delimiter not in text and delimiter != DELIMITERS[0]:
            continue
        try:
            grids.append(_split_text(text, delimiter, filename))
        except csv.Error as error:
            failures.append(error)
    if not grids:
        raise SheetError(f"“{filename}”里的引号没有成对，读不出各列，{SAVE_AS_XLSX}") from failures[0]
    return grids


def _split_text(text: str, delimiter: str, filename: str) -> Grid:
    rows: list[list[object]] = []
    numbers: list[int] = []
    count = 0
    for number, cells in _read_csv_records(text, delimiter, filename):
        if len(rows) >= MAX_ROWS:
            raise _make_too_many_rows_error(filename)
        if len(cells) > MAX_COLUMNS:
            raise make_damaged_error(filename)
        count += len(cells)
        if count > MAX_CELLS:
            raise make_too_big_error(filename)
        rows.append(cells)
        numbers.append(number)
    return Grid("", rows, numbers)


def _read_csv_records(text: str, delimiter: str, filename: str) -> Iterator[tuple[int, list[object]]]:
    # strict, because otherwise a quote that never closes would put the rest of the file into one cell.
    reader = csv.reader(_split_lines(text, filename), delimiter=delimiter, strict=True)
    known: dict[str, str] = {}
    first_line = 1
    for cells in reader:
        share = known.setdefault if len(known) < KNOWN_CELLS else known.get
        # People write ="0123" in a csv file so that a spreadsheet keeps a number as text.
        yield (
            first_line,
            [
                cell[2:-1] if cell.startswith('="') and cell.endswith('"') else share(cell, cell)
                for cell in cells
            ],
        )
        first_line = reader.line_num + 1


def _split_lines(text: str, filename: str) -> Iterator[str]:
    """Yield the lines with their ends; a StringIO would take four bytes for each character."""
    for line in _LINE.finditer(text):
        if line.end() - line.start() > MAX_LINE:
            raise make_too_big_error(filename)
        yield line[0]
