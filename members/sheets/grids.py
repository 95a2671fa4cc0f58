"""Convert the bytes of an uploaded file to grids of raw cells.

The content decides the format, never the suffix.
"""

import csv
import io
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 16_384  # the limit of a worksheet
# calamine allocates a dense block up to the farthest cell: one stray cell at XFD1048576 would take all
# memory.
MAX_AREA = 10_000_000
MAX_XLS_MEMORY = 1 << 30
DELIMITERS = (",", ";", "\t")
SAVE_AS_XLSX = "请用 Excel 打开后另存为 .xlsx 再上传"

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
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# The patterns find cells with a value: not <c/>, not <c></c>. A cell is far from column AA or row 100,000 on.
_CELL = re.compile(rb"""\br=["\']([A-Z]{1,3})([0-9]{1,7})["\'][^<>]*[^/<>]>(?=\s*<[^/])""")
_FAR_CELL = re.compile(
    rb"""\br=["\'](?=[A-Z]{2}|[A-Z][0-9]{6})([A-Z]{1,3})([0-9]{1,7})["\'][^<>]*[^/<>]>(?=\s*<[^/])"""
)

_OPEN_WITH_LITTLE_MEMORY = """
import io, resource, sys
from python_calamine import CalamineWorkbook
from typing import cast
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
"""


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


def parse_file(content: bytes, filename: str) -> RawFile:
    """Return the grids of a file; raise SheetError for a file that is not a readable table.

    Only the reader's child process calls this: it may die of the content. Others call `reading.read_file`.
    """
    if not content.strip():
        raise SheetError(f"“{filename}”是空文件，请检查后重新上传")
    if len(content) > MAX_BYTES:
        raise SheetError(f"“{filename}”超过 20 MB，请删去图片和多余的内容，或拆成几个文件再上传")
    if content.startswith(b"PK"):
        _check_package(content, filename)
        return _read_workbook(content, filename)
    if content.startswith(_OLE):
        if _ENCRYPTED_PACKAGE in content:
            raise _make_encrypted_error(filename)
        _check_memory(content, filename)
        return _read_workbook(content, filename)
    if _MARKUP.match(content[:1024].removeprefix(b"\xef\xbb\xbf")):
        raise SheetError(f"“{filename}”其实是网页格式，不是真正的表格，{SAVE_AS_XLSX}")
    if content.startswith(_OTHER_BINARY):
        raise SheetError(f"“{filename}”不是表格文件，请上传 .xlsx、.xls 或 .csv 文件")
    readings = tuple((grid,) for grid in _read_text(_decode(content, filename), filename))
    return RawFile(filename, readings, claims_excel=filename.casefold().endswith((".xlsx", ".xls")))


def _make_encrypted_error(filename: str) -> SheetError:
    return SheetError(f"“{filename}”设有打开密码，请用 Excel 打开、去掉密码后另存为 .xlsx 再上传")


def _make_damaged_error(filename: str) -> SheetError:
    return SheetError(f"“{filename}”已损坏或不是表格，{SAVE_AS_XLSX}")


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
                _check_area(package, part, filename)  # check every part: a worksheet may have any name
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise _make_damaged_error(filename) from error
    except RuntimeError as error:  # zipfile: "is encrypted, password required for extraction"
        raise _make_encrypted_error(filename) from error


def _check_memory(content: bytes, filename: str) -> None:
    """Open an .xls in a child process with limited memory first; raise SheetError if the child dies.

    A damaged file can name any column for a cell. If calamine cannot allocate the memory for it, it ends the
    whole process, not only the reading.
    """
    try:
        child = subprocess.run(  # noqa: S603 (nothing in the command comes from outside)
            [sys.executable, "-I", "-c", _OPEN_WITH_LITTLE_MEMORY, str(MAX_XLS_MEMORY)],
            input=content,
            capture_output=True,
            timeout=60,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _make_damaged_error(filename) from error
    if child.returncode < 0:  # ended by a signal; the real reading reports an ordinary error again
        raise _make_damaged_error(filename)


def _check_area(package: zipfile.ZipFile, part: zipfile.ZipInfo, filename: str) -> None:
    last_row, last_column = _find_farthest_cell(package, part, _FAR_CELL)
    if last_column > 26:
        last_row, last_column = _find_farthest_cell(package, part, _CELL)
    if last_row > MAX_ROWS:
        raise _make_too_many_rows_error(filename)
    if last_row * last_column > MAX_AREA:
        raise SheetError(
            f"“{filename}”的数据区域太宽，请删去数据以外的空行空列（按 Ctrl+End 可看到最远的单元格），"
            "另存为 .xlsx 再上传"
        )


def _find_farthest_cell(
    package: zipfile.ZipFile, part: zipfile.ZipInfo, cell: re.Pattern[bytes]
) -> tuple[int, int]:
    """Return the last row and column in which the pattern finds a cell with a value, or 0."""
    last_row, last_column, tail = 0, 0, b""
    with package.open(part) as stream:
        while chunk := stream.read(1 << 20):
            block = tail + chunk
            for found in cell.finditer(block):
                last_row = max(last_row, int(found[2]))
                last_column = max(last_column, _parse_column(found[1]))
            tail = block[-4096:]  # keeps a tag that the end of the block cuts in two
    return last_row, last_column


def _parse_column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _read_workbook(content: bytes, filename: str) -> RawFile:
    grids, hidden = [], []
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
                    raise _make_damaged_error(filename)
                rows = cast("list[list[object]]", table.to_python(skip_empty_area=False))
                grids.append(Grid(sheet.name, rows, range(1, len(rows) + 1), table.merged_cell_ranges or []))
    except PasswordError as error:
        raise _make_encrypted_error(filename) from error
    except CalamineError as error:
        raise _make_damaged_error(filename) from error
    if not grids:
        raise SheetError(f"“{filename}”里没有可见的、有内容的工作表")
    return RawFile(filename, (tuple(grids),), tuple(hidden))


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
    for number, cells in _read_csv_records(text, delimiter):
        if len(rows) >= MAX_ROWS:
            raise _make_too_many_rows_error(filename)
        if len(cells) > MAX_COLUMNS:
            raise _make_damaged_error(filename)
        rows.append(cells)
        numbers.append(number)
    return Grid("", rows, numbers)


def _read_csv_records(text: str, delimiter: str) -> Iterator[tuple[int, list[object]]]:
    # strict, because otherwise a quote that never closes would put the rest of the file into one cell.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    first_line = 1
    for cells in reader:
        # People write ="0123" in a csv file so that a spreadsheet keeps a number as text.
        yield (
            first_line,
            [cell[2:-1] if cell.startswith('="') and cell.endswith('"') else cell for cell in cells],
        )
        first_line = reader.line_num + 1
