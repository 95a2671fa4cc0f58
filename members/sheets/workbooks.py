"""Write workbooks: text stays text, leading zeros stay, no cell can run as a formula, dates are dates.

openpyxl makes the package with its styles, sheets and headers. The rows behind a header are written here, as XML text:
openpyxl makes an object and four events of an XML library for each cell, which takes nine tenths of the time of an
export (benchmarks/README.md).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from members.sheets.xml_text import strip_forbidden

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RISKY = ("=", "+", "-", "@", "\t", "\r")
LONGEST = 32_767  # characters of a cell
AT_ONCE = 500  # rows that are packed together
# Characters that the title of a sheet may not have.
IN_TITLES = dict.fromkeys((9, 10, 13)) | str.maketrans("\\/?*[]:", "＼／？＊［］：")
END_OF_ROWS = b"</sheetData>"
# A spreadsheet reads _x000B_ inside a text as one character; its first underscore is then written as _x005F_.
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_IN_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})

Sheets = Iterable[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]


def build_workbook(sheets: Sheets) -> bytes:
    """Return the bytes of an .xlsx with a worksheet for each (title, header, rows)."""
    buffer = BytesIO()
    write_workbook(buffer, sheets)
    return buffer.getvalue()


def write_workbook(target: IO[bytes], sheets: Sheets) -> None:
    """Write an .xlsx with a worksheet for each (title, header, rows); rows are written one by one, not kept."""
    book, rows_of = Workbook(write_only=True), {}
    for place, (title, header, rows) in enumerate(sheets, start=1):
        _add_sheet(book, title, header)
        rows_of[f"xl/worksheets/sheet{place}.xml"] = rows
    styles, empty = Styles(book), BytesIO()
    book.save(empty)
    with ZipFile(empty) as package, ZipFile(target, "w", ZIP_DEFLATED) as filled:
        for part in package.namelist():
            if part in rows_of:
                _fill_sheet(filled, part, package.read(part), styles.write_rows(rows_of[part]))
            else:
                filled.writestr(part, package.read(part))


def _add_sheet(book: Workbook, title: str, header: Sequence[str]) -> None:
    sheet = book.create_sheet(strip_forbidden(title).translate(IN_TITLES)[:31].strip("'") or "Sheet")
    sheet.freeze_panes = "A2"
    for index, name in enumerate(header, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = max(10, min(40, 2 * len(name) + 4))
    sheet.append([_make_heading_cell(sheet, name) for name in header])


def _make_heading_cell(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, strip_forbidden(text))
    cell.data_type = "s"
    cell.font = Font(bold=True)
    return cell


def _fill_sheet(package: ZipFile, part: str, sheet: bytes, rows: Iterator[str]) -> None:
    """Write a sheet that has only its header, with these rows behind it."""
    before, end, after = sheet.partition(END_OF_ROWS)
    assert end  # openpyxl writes the element in full, since there is a header
    with package.open(part, "w") as stream:
        stream.write(before)
        for some in rows:
            stream.write(some.encode())
        stream.write(end + after)


class Styles:
    """The rows of a workbook as XML, with the numbers of the styles that the workbook keeps for them."""

    def __init__(self, book: Workbook):
        sheet = book.worksheets[0]
        self.day = _find_style(sheet, number_format="yyyy-mm-dd")
        self.moment = _find_style(sheet, number_format="yyyy-mm-dd h:mm:ss")
        self.rate = _find_style(sheet, number_format="0.00")
        self.text = _find_style(sheet, quotePrefix=True)

    def write_rows(self, rows: Iterable[Sequence[Any]]) -> Iterator[str]:
        """Yield the XML of AT_ONCE rows at a time; the first is the second of the sheet."""
        columns: list[str] = []
        written = []
        for number, row in enumerate(rows, start=2):
            while len(columns) < len(row):
                columns.append(get_column_letter(len(columns) + 1))
            cells = [
                f'<c r="{column}{number}"{self.write_value(value)}</c>'
                for column, value in zip(columns, row, strict=False)
                if value is not None and value != ""
            ]
            written.append(f'<row r="{number}">{"".join(cells)}</row>')
            if len(written) == AT_ONCE:
                yield "".join(written)
                written.clear()
        yield "".join(written)

    def write_value(self, value: Any) -> str:
        """Return attributes and content of a cell: numbers and dates unchanged, everything else as text."""
        if isinstance(value, str):
            return self.write_text(value)
        if isinstance(value, bool):
            return f' t="b"><v>{value:d}</v>'
        if isinstance(value, int):
            return f"><v>{int(value)}</v>"
        if isinstance(value, date):
            style = self.moment if isinstance(value, datetime) else self.day
            return f' s="{style}"><v>{_count_days(value)}</v>'
        if isinstance(value, Decimal):  # a rate in percent, already rounded down to two places
            return f' s="{self.rate}"><v>{value}</v>'
        return self.write_text(str(value))

    def write_text(self, value: str) -> str:
        """Return a cell of text, marked as text where it could become a formula after an edit."""
        text = strip_forbidden(value)[:LONGEST]
        style = f' s="{self.text}"' if text.startswith(RISKY) else ""
        if not text.isalnum():
            style += ' t="inlineStr"><is><t xml:space="preserve">' if text != text.strip() else _PLAIN
            return f"{style}{_ESCAPED.sub('_x005F_', text).translate(_IN_XML)}</t></is>"
        return f"{style}{_PLAIN}{text}</t></is>"


_PLAIN = ' t="inlineStr"><is><t>'


def _find_style(sheet: WriteOnlyWorksheet, **style: Any) -> int:
    cell = WriteOnlyCell(sheet)
    for name, value in style.items():
        setattr(cell, name, value)
    return cell.style_id


@lru_cache(maxsize=4096)
def _count_days(value: date) -> float:
    """Return a day, or a moment without a time zone, as a spreadsheet counts: days since the end of 1899."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        raise TypeError("a spreadsheet has no time zones: give local time without one")
    return to_excel(value)
