"""Make honest files with odd layouts from an intent, and compare what the reader says with that intent.

`make_file(seed, kind)` gives a file and, for each row of it, the lines of the intent that are written there.
`compare(file)` lists the disagreements. The expected values come from the intent alone.
"""

import csv
import io
from collections import defaultdict
from dataclasses import dataclass, field
from random import Random

import openpyxl

from activities.resources.hours import HoursResource
from members.resources.base import StagedRow
from members.resources.roster import RosterResource
from members.resources.volunteers import VolunteerResource
from members.sheets.grids import SheetError, parse_file
from tests.members.good_cells import BLANK, ERROR, Written, decorate
from tests.members.good_kinds import ACCEPT, KINDS, NO_DATA, REFUSE, Content, Line

RESOURCES = {"roster": RosterResource, "volunteers": VolunteerResource, "hours": HoursResource}
TITLES = ("2018年度信息汇总表", "填报单位：法学院团委", "法学院 2018-2019 学年", "（本表请于10月10日前报送）")
ID_CARD = "11010119990101123X"  # invented
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")
DELIMITERS = (",", ",", "\t", ";")


@dataclass
class Page:
    """A worksheet under construction: its cells and the parts that only a workbook has. Places count from 0."""

    cells: dict[tuple[int, int], Written] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)

    @property
    def height(self) -> int:
        """The number of rows with a cell."""
        return 1 + max((row for row, _ in self.cells), default=-1)

    def put(self, row: int, column: int, cell: Written) -> None:
        """Write a cell; an empty one leaves the place free."""
        if cell.value is not None:
            self.cells[row, column] = cell

    def say(self, row: int, column: int, text: str) -> None:
        """Write a text."""
        self.put(row, column, Written(text, text))


@dataclass(frozen=True)
class GoodFile:
    """A made file: its bytes, and by the row's number in the file the lines of the intent that it holds."""

    seed: int
    kind: str
    filename: str
    content: bytes
    lines: dict[int, list[Line]]
    features: tuple[str, ...]


def make_file(seed: int, kind: str) -> GoodFile:
    """Return the file of this seed."""
    chance = Random(f"{kind}-{seed}")
    content = KINDS[kind](chance)
    is_text = chance.random() < 0.35
    page, features = Page(), []
    if not is_text and content.grouped and chance.random() < 0.2:
        features.append("merged cells")
    if chance.random() < 0.3:
        _add_serial(content)
    if chance.random() < 0.3:
        _add_remarks(chance, content)
    places = _lay_out(chance, page, content, features)
    lines: dict[int, list[Line]] = defaultdict(list)
    for row, line in places:
        lines[row + 1].append(line)
    if is_text:
        data, name = _write_text_file(chance, page, features)
    else:
        data, name = _write_workbook(chance, page, [row for row, _ in places], features), "名单.xlsx"
    return GoodFile(seed, kind, name, data, dict(lines), tuple(features))


def _add_serial(content: Content) -> None:
    content.columns.insert(0, ("serial", "序号"))
    for number, line in enumerate(content.lines, 1):
        line.cells["serial"] = Written(number, str(number))


def _add_remarks(chance: Random, content: Content) -> None:
    content.columns.append(("remark", "备注"))
    for line in content.lines:
        word = chance.choice(
            ("", "", "已核对", "补报", "班长", f"身份证{ID_CARD}", f"{ID_CARD[:6]} {ID_CARD[6:]}")
        )
        line.cells["remark"] = Written(word, word) if word else BLANK


def _lay_out(chance: Random, page: Page, content: Content, features: list[str]) -> list[tuple[int, Line]]:
    """Write titles, header, lines and the rows below; return the lines with their rows."""
    left = chance.choice((0, 0, 0, 1, 2))
    top = chance.choice((0, 0, 0, 1, 2))
    width = len(content.columns)
    for text in chance.sample(TITLES, chance.choice((0, 0, 1, 2))):
        page.say(top, left, text)
        if chance.random() < 0.5:
            page.merges.append((top, left, top, left + width - 1))
        top += chance.choice((1, 1, 2))
    headers = [decorate(chance, header) for _, header in content.columns]
    half, form = (len(content.lines) + 1) // 2, chance.random() if len(content.lines) > 3 else 1
    if form < 0.15:
        features.append("side by side")
        right = left + width + chance.choice((0, 1, 2))
        places = _write_block(chance, page, content, headers, content.lines[:half], (top, left), [])
        places += _write_block(chance, page, content, headers, content.lines[half:], (top, right), [])
    elif form < 0.3:
        features.append("one below the other")
        places = _write_block(chance, page, content, headers, content.lines[:half], (top, left), [])
        columns = [(key, chance.choice(content.names.get(key, (header,)))) for key, header in content.columns]
        other = Content(chance.sample(columns, width), content.lines[half:])
        headers = [decorate(chance, header) for _, header in other.columns]
        below = page.height + chance.choice((0, 1, 3))
        if chance.random() < 0.5:
            page.say(below, left, chance.choice(TITLES))
            below += 1
        places += _write_block(chance, page, other, headers, other.lines, (below, left), [])
    else:
        group = chance.random() < 0.15
        if group:
            features.append("two rows of header")
            _write_groups(chance, page, width, top, left)
        places = _write_block(chance, page, content, headers, content.lines, (top + group, left), features)
    if chance.random() < 0.4:
        features.append("footer")
        _write_footer(chance, page, left, sum(line.verdict == ACCEPT for line in content.lines))
    return places


def _write_groups(chance: Random, page: Page, width: int, row: int, left: int) -> None:
    """Write merged names of groups above the header."""
    start = 0
    while start < width:
        end = min(width, start + chance.randint(2, 4))
        page.say(row, left + start, chance.choice(("基本信息", "联系方式", "学生信息", "填报内容")))
        if end - start > 1:
            page.merges.append((row, left + start, row, left + end - 1))
        start = end


def _write_block(
    chance: Random,
    page: Page,
    content: Content,
    headers: list[str],
    lines: list[Line],
    corner: tuple[int, int],
    features: list[str],
) -> list[tuple[int, Line]]:
    """Write a header and its lines from this corner on; return the lines with their rows."""
    top, left = corner
    for place, header in enumerate(headers):
        page.say(top, left + place, header)
    gaps, places, row = chance.choice((0, 0, 0.15)), [], top
    again = chance.choice((0, 0, 0, 0.15))
    for number, line in enumerate(lines):
        row += 2 if gaps and chance.random() < gaps else 1
        if number and chance.random() < again:  # a page printed again with its header
            for place, header in enumerate(headers):
                page.say(row, left + place, header)
            row += 1
        places.append((row, line))
    if "merged cells" in features:
        _merge_group(chance, page, content, places, left)
    for row, line in places:
        for place, (key, _) in enumerate(content.columns):
            if (row, left + place) not in page.cells:
                page.put(row, left + place, line.cells.get(key, BLANK))
    for top_row, column, bottom, _ in page.merges:
        for covered in range(top_row + 1, bottom + 1):
            page.cells.pop((covered, column), None)
    return places


def _merge_group(
    chance: Random, page: Page, content: Content, places: list[tuple[int, Line]], left: int
) -> None:
    """Let two or three neighbours share the merged cell of the grouped column."""
    key = content.grouped
    column = left + [name for name, _ in content.columns].index(key)
    length = chance.choice((2, 3))
    for start in range(0, len(places) - length + 1, length):
        group = places[start : start + length]
        rows, lines = [row for row, _ in group], [line for _, line in group]
        if rows[-1] - rows[0] != length - 1 or any(line.verdict == NO_DATA for line in lines):
            continue
        first = next((line for line in lines if line.verdict == ACCEPT), None)
        if first is None:
            continue
        page.put(rows[0], column, first.cells[key])
        page.merges.append((rows[0], column, rows[-1], column))
        for line in lines:
            if f"{key}+" in line.cells:  # the second column of the field says the same, or nothing
                line.cells[f"{key}+"] = BLANK
            if line.verdict == ACCEPT:
                line.expected[key] = first.expected[key]


def _write_footer(chance: Random, page: Page, left: int, count: int) -> None:
    """Write a total, a signature or 以下空白 below the table."""
    row = page.height + chance.choice((0, 1))
    if chance.random() < 0.3:
        page.say(row, left, "以下空白")
        row += 1
    if chance.random() < 0.5:
        page.say(row, left, chance.choice(("合计", "总计", "合计：")))
        page.put(row, left + 1, Written(count, str(count)))
        row += 1
    if chance.random() < 0.6:
        page.say(row, left, "填表人：王老师")
        page.say(
            row, left + 2, chance.choice(("审核人：", "填表日期：2018年10月9日", "联系电话：13800000000"))
        )


def _write_workbook(chance: Random, page: Page, rows: list[int], features: list[str]) -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for (row, column), cell in page.cells.items():
        written = sheet.cell(row + 1, column + 1)
        written.value = cell.value
        if isinstance(cell.value, str):
            written.data_type = "e" if cell.format == ERROR else "s"  # #N/A as text is a text
        if cell.format not in ("General", ERROR):
            written.number_format = cell.format
    for top, left, bottom, right in page.merges:
        sheet.merge_cells(start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1)
    if chance.random() < 0.15:
        features.append("hidden rows")
        for row in chance.sample(rows, min(2, len(rows))):
            sheet.row_dimensions[row + 1].hidden = True
    if chance.random() < 0.15:
        features.append("hidden columns")
        column = chance.choice([column for _, column in page.cells])
        sheet.column_dimensions[openpyxl.utils.get_column_letter(column + 1)].hidden = True
    if chance.random() < 0.15:
        features.append("hidden sheet")
        other = workbook.copy_worksheet(sheet)
        other.title, other.sheet_state = "旧名单", "hidden"
    if chance.random() < 0.2:
        features.append("other sheet")
        workbook.create_sheet("填写说明")["A1"] = "请各支部于10月10日前报送"
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _write_text_file(chance: Random, page: Page, features: list[str]) -> tuple[bytes, str]:
    encoding, delimiter = chance.choice(ENCODINGS), chance.choice(DELIMITERS)
    width = 1 + max(column for _, column in page.cells)
    padded, out = chance.random() < 0.5, io.StringIO()
    quoting = chance.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    writer = csv.writer(
        out, delimiter=delimiter, quoting=quoting, lineterminator=chance.choice(("\r\n", "\n"))
    )
    for row in range(page.height):
        texts = [page.cells.get((row, column), BLANK).text for column in range(width)]
        while not padded and texts and not texts[-1]:
            texts.pop()
        writer.writerow(texts or [""] * (width if padded else 0))
    features += [encoding, repr(delimiter)]
    return out.getvalue().encode(encoding), "名单.csv"


def read_staged(file: GoodFile) -> list[StagedRow]:
    """Return the rows that the portal's reader makes of a file; raise SheetError where it refuses it."""
    resource = RESOURCES[file.kind]()
    return list(resource.rows(resource.open(parse_file(file.content, file.filename))))


def compare(file: GoodFile) -> list[str]:
    """Return the disagreements between the intent and what the reader says; each begins with its kind."""
    try:
        staged = read_staged(file)
    except SheetError as error:
        return [f"good file refused: {error}"]
    found: list[str] = []
    if ID_CARD[6:] in "".join(str(row) for row in staged):
        found.append("ID-card number kept")
    by_row: dict[int, list[StagedRow]] = defaultdict(list)
    for row in staged:
        by_row[row.number].append(row)
    for number in sorted(by_row.keys() | file.lines.keys()):
        found += [
            f"{one} (row {number})"
            for one in _compare_row(file.lines.get(number, []), by_row.get(number, []))
        ]
    return found


def _compare_row(lines: list[Line], rows: list[StagedRow]) -> list[str]:
    """Return the disagreements of one row of the file; two tables side by side give two lines of intent."""
    found, accepted = [], [row.data for row in rows if row.data]
    for line in [line for line in lines if line.verdict == ACCEPT]:
        if (match := next((data for data in accepted if _fits(line, data)), None)) is not None:
            accepted.remove(match)
            continue
        near = next((data for data in accepted if data.get("name") == line.expected["name"]), None)
        if near is not None:
            accepted.remove(near)
            found.append(f"wrong field: {_list_differences(line, near)}")
        elif any(row.reason for row in rows):
            found.append(f"good row refused: {[row.reason for row in rows if row.reason]}")
        else:
            found.append(f"lost silently: {line.expected}")
    reasons = [line.why for line in lines if line.verdict != ACCEPT]
    found += [f"accepted wrongly: {data}; it was {reasons or 'no line of the table'}" for data in accepted]
    refused = sum(bool(row.reason) for row in rows)
    wanted = sum(line.verdict == REFUSE for line in lines)
    if not found and refused < wanted:
        found.append(f"refused row is not listed: {reasons}")
    if not found and refused > wanted:
        found.append(f"non-data is listed as an error: {[row.reason for row in rows]}, {reasons}")
    return found


def _fits(line: Line, data: dict[str, object]) -> bool:
    return all(data.get(key) == value for key, value in line.expected.items())


def _list_differences(line: Line, data: dict[str, object]) -> dict[str, tuple[object, object]]:
    """Return {field: (intended, read)} of the fields that differ."""
    return {key: (value, data.get(key)) for key, value in line.expected.items() if data.get(key) != value}
