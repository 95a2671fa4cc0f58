"""Write workbooks: text stays text, leading zeros stay, no cell can run as a formula, dates are dates."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from members.sheets.xml_text import strip_forbidden

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RISKY = ("=", "+", "-", "@", "\t", "\r")
# Characters that the title of a sheet may not have.
IN_TITLES = dict.fromkeys((9, 10, 13)) | str.maketrans("\\/?*[]:", "＼／？＊［］：")


Sheets = Iterable[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]


def build_workbook(sheets: Sheets) -> bytes:
    """Return the bytes of an .xlsx with a worksheet for each (title, header, rows)."""
    buffer = BytesIO()
    write_workbook(buffer, sheets)
    return buffer.getvalue()


def write_workbook(target: IO[bytes], sheets: Sheets) -> None:
    """Write an .xlsx with a worksheet for each (title, header, rows); rows are written one by one, not kept."""
    book = Workbook(write_only=True)
    try:
        for title, header, rows in sheets:
            _write_sheet(book, title, header, rows)
    except BaseException:
        with TemporaryFile() as nowhere:
            book.save(nowhere)  # makes the library remove its temporary files of rows
        raise
    book.save(target)


def _write_sheet(book: Workbook, title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    sheet = book.create_sheet(strip_forbidden(title).translate(IN_TITLES)[:31].strip("'") or "Sheet")
    sheet.freeze_panes = "A2"
    for index, name in enumerate(header, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = max(10, min(40, 2 * len(name) + 4))
    sheet.append([_make_heading_cell(sheet, name) for name in header])
    for row in rows:
        sheet.append([_make_cell(sheet, value) for value in row])


def _make_heading_cell(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, strip_forbidden(text))
    cell.data_type = "s"
    cell.font = Font(bold=True)
    return cell


def _make_cell(sheet: WriteOnlyWorksheet, value: Any) -> Any:
    """Return a cell: numbers and dates unchanged; text marked as text, so that it stays text after an edit."""
    if value is None or isinstance(value, (bool, int, date)):
        return value
    if isinstance(value, Decimal):  # a rate in percent, already rounded down to two places
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = "0.00"
        return cell
    text = strip_forbidden(str(value))[:32_767]
    if not text.startswith(RISKY):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
