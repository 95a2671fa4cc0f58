"""What a person sees in the cells of a workbook: formats, hidden parts, formulas, errors; and where each cell is."""

import io
import random
from datetime import date, datetime

import openpyxl
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.table import Table

from members.sheets import looks
from members.sheets.formats import HIDDEN
from members.sheets.grids import Grid, SheetError, parse_file
from members.sheets.values import Unreadable
from tests.members.workbook_parts import MAIN, STRICT, make_parts, make_styles, make_workbook, pack

STYLES = make_styles(["General", "00000000", '0"分钟"', "0.00", ";;;", '@"班"'])


def read_grid(content: bytes, filename: str = "名单.xlsx") -> Grid:
    return parse_file(content, filename).readings[0][0]


def read_rows(body: str, **options: str) -> list[list[object]]:
    return read_grid(make_workbook(body, **options)).rows


def save(workbook) -> bytes:
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


# Cells


def test_a_format_is_what_a_person_sees():
    body = "<sheetData><row r='1'><c r='A1' s='1'><v>180108</v></c><c r='C1' s='2'><v>20</v></c></row></sheetData>"
    assert read_rows(body, styles=STYLES) == [["00180108", "", "20分钟"]]


def test_a_text_under_a_format_is_what_a_person_sees():
    body = (
        "<sheetData><row><c s='5' t='s'><v>0</v></c><c s='1' t='s'><v>0</v></c><c s='4' t='inlineStr'><is><t>x</t></is>"
        "</c><c s='5' t='str'><f>A1</f><v>乙</v></c></row></sheetData>"
    )
    shared = f"<sst xmlns='{MAIN}'><si><t>甲</t></si></sst>"
    assert read_rows(body, styles=STYLES, shared=shared) == [["甲班", "甲", HIDDEN, "乙班"]]


def test_a_boolean_stays_a_boolean_under_every_format():
    assert read_rows("<sheetData><row><c t='b' s='1'><v>1</v></c></row></sheetData>", styles=STYLES) == [
        [True]
    ]


def test_a_formula_without_a_value_says_so():
    body = (
        "<sheetData><row><c><v>1</v></c><c><f>A1*2</f></c><c><f>A1</f><v/></c><c><f>A1</f><v></v></c><c><f>A1</f><v>3</v></c>"
        "<c t='str'><f>A1</f><v></v></c><c s='1'><f>A1</f><v>7</v></c><c s='1'><f>A1</f></c></row></sheetData>"
    )
    (row,) = read_rows(body, styles=STYLES)
    assert row == [1, looks.NO_VALUE, looks.NO_VALUE, looks.NO_VALUE, 3, "", "00000007", looks.NO_VALUE]
    assert looks.NO_VALUE.reason == "这个单元格是公式，没有保存结果，请在 Excel 里另存"


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"])
def test_an_error_is_unreadable(error):
    (row,) = read_rows(
        f"<sheetData><row><c><v>1</v></c><c t='e'><f>A1/0</f><v>{error}</v></c></row></sheetData>"
    )
    assert row == [1, Unreadable(f"这个单元格是错误值 {error}，请改正后重填", error)]


@pytest.mark.parametrize("error", ["#SPILL!", "#CALC!", "#GETTING_DATA", "#FIELD!", "Err:502"])
def test_an_error_of_a_newer_program_costs_its_cell_not_the_file(error):
    (row,) = read_rows(f"<sheetData><row><c><v>1</v></c><c t='e'><v>{error}</v></c></row></sheetData>")
    assert row[0] == 1
    assert isinstance(row[1], Unreadable)


@pytest.mark.parametrize("colour", ['rgb="FFFFFFFF"', 'theme="0"', 'indexed="9"'])
def test_white_letters_on_nothing_are_unreadable(colour):
    styles = make_styles(
        ["General"], fonts=f"<font/><font><color {colour}/></font>", extra="<xf fontId='1' fillId='0'/>"
    )
    body = "<sheetData><row><c s='1'><v>5</v></c><c><v>5</v></c></row></sheetData>"
    assert read_rows(body, styles=styles) == [[HIDDEN, 5]]


def test_white_letters_on_a_colour_are_read():
    workbook = openpyxl.Workbook()
    page = workbook.active
    page.append(["学号", 5, "白"])
    for cell in page[1]:
        cell.font = Font(color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor="FF0000FF")
    assert read_grid(save(workbook)).rows == [["学号", 5, "白"]]


def test_white_letters_in_a_table_that_colours_its_rows_are_read():
    workbook = openpyxl.Workbook()
    page = workbook.active
    for row in (["学号", "姓名"], ["1", "甲"]):
        page.append(row)
    page["A1"].font = Font(color="FFFFFFFF")
    page.add_table(Table(displayName="T", ref="A1:B2"))
    assert read_grid(save(workbook)).rows[0] == ["学号", "姓名"]


def test_the_style_without_a_number_is_the_first():
    assert read_rows("<sheetData><row><c><v>7</v></c></row></sheetData>", styles=make_styles(["000"])) == [
        ["007"]
    ]


@pytest.mark.parametrize(
    "styles", [None, STYLES.replace("<numFmts>", "<x>").replace("</numFmts>", "</x>"), make_styles([])]
)
def test_a_style_that_does_not_exist_is_none(styles):
    body = "<sheetData><row><c s='99'><v>7</v></c><c s='x'><v>8</v></c></row></sheetData>"
    options = {"styles": styles} if styles else {}
    assert read_rows(body, **options) == [[7, 8]]


def test_rows_and_columns_that_hold_only_formulas_without_a_value_are_not_lost():
    body = (
        "<sheetData><row><c><v>1</v></c></row><row><c><f>A1</f></c><c/><c><f>A1</f></c></row><row r='5'><c r='B5'><f>A1</f></c>"
        "</row></sheetData>"
    )
    grid = read_grid(make_workbook(body))
    none = looks.NO_VALUE
    assert grid.rows == [[1, "", ""], [none, "", none], ["", "", ""], ["", "", ""], ["", none, ""]]
    assert list(grid.numbers) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("places", [["A1048576"], ["XFD200001"], [f"XFD{row}" for row in range(1, 2000)]])
def test_formulas_far_away_do_not_fill_the_memory(places):
    rows = "".join(f"<row r='{place.lstrip('AXFD')}'><c r='{place}'><f>1</f></c></row>" for place in places)
    body = f"<sheetData><row r='1'><c r='A1'><v>1</v></c></row>{rows}</sheetData>"
    with pytest.raises(SheetError):
        read_grid(make_workbook(body))


# Places


@pytest.mark.parametrize(
    "body",
    [
        "<row r='1'><c r='A1' s='1'><v>1</v></c><c s='1'><v>2</v></c><c r='E1' s='1'><v>3</v></c><c s='1'><v>4</v></c></row>"
        "<row><c s='1'><v>5</v></c></row>",
        "<row><c s='1'><v>1</v></c></row><row r='5'><c s='1'><v>2</v></c></row><row><c/><c s='1'><v>3</v></c></row>",
        "<row r='2'><c r='B7' s='1'><v>1</v></c></row><row><c s='1'><v>9</v></c></row>",
        "<row r='1'><c r='C1' s='1'><v>1</v></c><c r='A1' s='1'><v>2</v></c><c s='1'><v>7</v></c></row>",
        "<row r='1'><c r='aa1' s='1'><v>1</v></c></row><row r='3'><c r='AB3' s='1'><v>2</v></c><c s='1'><v>2</v></c></row>",
        "<row><c><f>1</f></c><c s='1'><v>1</v></c></row><row/><row><c/><c/><c s='1'><f>2</f><v>3</v></c></row>",
    ],
)  # fmt: skip
def test_cells_are_where_calamine_puts_them(body):
    plain = read_rows(f"<sheetData>{body}</sheetData>".replace("<f>1</f>", "<v>0</v>"))
    shown = read_rows(f"<sheetData>{body}</sheetData>".replace("<f>1</f>", "<v>0</v>"), styles=STYLES)
    assert [[f"{cell:08.0f}" if cell else cell for cell in row] for row in plain] == shown


# Hidden parts


def test_hidden_rows_are_those_with_content():
    body = (
        "<sheetData><row r='1'><c><v>1</v></c></row><row r='2' hidden='1'><c><v>2</v></c></row><row r='3' hidden='true'/>"
        "<row r='4' ht='0' customHeight='1'><c><v>4</v></c></row><row r='5' hidden='0' ht='20'><c><v>5</v></c></row>"
        "<row r='6' ht='0.0' hidden='false'><c><v>6</v></c></row><row r='9' hidden='1'/></sheetData>"
    )
    assert read_grid(make_workbook(body)).hidden_rows == {1, 3, 5}


def test_hidden_columns_are_those_with_content():
    cells = "".join("<c><v>1</v></c>" if place != 3 else "<c/>" for place in range(7))
    body = (
        "<cols><col min='1' max='1' width='9'/><col min='2' max='4' hidden='1' width='8'/><col min='6' max='6' width='0'/>"
        f"<col min='8' max='16384' hidden='1'/></cols><sheetData><row>{cells}</row></sheetData>"
    )
    assert read_grid(make_workbook(body)).hidden_columns == {1, 2, 5}


def test_rows_hidden_by_a_filter_or_an_outline_are_hidden():
    workbook = openpyxl.Workbook()
    page = workbook.active
    for number in range(1, 9):
        page.append([number, number])
    page.auto_filter.ref = "A1:B8"
    page.row_dimensions[3].hidden = True
    page.row_dimensions.group(5, 6, hidden=True)
    page.column_dimensions.group("B", "B", hidden=True)
    grid = read_grid(save(workbook))
    assert grid.hidden_rows == {2, 4, 5}
    assert grid.hidden_columns == {1}


def test_hidden_sheets_are_named():
    workbook = openpyxl.Workbook()
    workbook.active.append(["学号"])
    for name, state in (("旧名单", "hidden"), ("底稿", "veryHidden")):
        page = workbook.create_sheet(name)
        page.append(["学号"])
        page.sheet_state = state
    assert parse_file(save(workbook), "名单.xlsx").hidden_sheets == ("旧名单", "底稿")


# Manners of writing


def write_prefix(body: str) -> str:
    for name in ("sheetData", "row", "c", "v", "f", "cols", "col"):
        body = (
            body.replace(f"<{name}>", f"<x:{name}>")
            .replace(f"<{name} ", f"<x:{name} ")
            .replace(f"<{name}/", f"<x:{name}/")
        )
        body = body.replace(f"</{name}>", f"</x:{name}>")
    return f"<x:worksheet xmlns:x='{MAIN}'>{body}</x:worksheet>"


BODY = (
    "<cols><col min='2' max='2' hidden='1'/></cols><sheetData><row r='1' hidden='1'><c r='A1' s='1'><v>7</v></c>"
    "<c r='B1'><v>5</v></c><c r='C1'><f>1</f></c></row></sheetData>"
)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body,
        lambda body: body.replace("'", '"'),
        lambda body: body.replace("=", " = "),
        lambda body: body.replace(" s=", "\n  s=").replace(" hidden=", "\thidden="),
        write_prefix,
        lambda body: write_prefix(body.replace("'", '"')),
        lambda body: f"<!-- hidden --><worksheet xmlns='{STRICT}'>{body}</worksheet>",
        lambda body: (
            f"<?xml version='1.0' encoding='UTF-8'?>\r\n<worksheet xmlns='{MAIN}'>\n{body}\n</worksheet>"
        ),
        lambda body: body.replace("s='1'", "s='&#49;'"),
    ],
)
def test_every_manner_of_xml_is_understood(change):
    grid = read_grid(make_workbook(change(BODY), styles=STYLES))
    assert grid.rows == [["00000007", 5, looks.NO_VALUE]]
    assert (grid.hidden_rows, grid.hidden_columns) == ({0}, {1})


def test_a_worksheet_with_a_document_type_is_refused():
    body = f"<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet xmlns='{MAIN}'>{BODY}</worksheet>"
    with pytest.raises(SheetError, match="已损坏"):
        read_grid(make_workbook(body, styles=STYLES))


def test_dates_of_1904_are_counted_from_there():
    body = "<sheetData><row><c s='1'><v>41909</v></c><c s='2'><v>41909</v></c></row></sheetData>"
    styles = make_styles(["General", "yyyy-mm-dd", "aaaa d"])
    rows = read_rows(body, styles=styles, workbook="<workbookPr date1904='1'/>")
    assert rows == [[date(2018, 9, 28), date(2018, 9, 28)]]


# Old workbooks


def make_old_workbook() -> "xlwt.Workbook":
    workbook = xlwt.Workbook()
    page = workbook.add_sheet("名单")
    for column, (value, code) in enumerate(
        [
            (180108, "00000000"),
            (20, '0"分钟"'),
            ("法学", '@"班"'),
            (2.5, "0"),
            (4 / 3, "0.00"),
            (43371, "yyyy-mm-dd"),
            (5, ";;;"),
        ]
    ):
        page.write(1, column, value, xlwt.easyxf(num_format_str=code))
    return workbook


def test_an_old_workbook_shows_its_formats():
    rows = read_grid(save(make_old_workbook())).rows
    assert rows[1][:3] == ["00180108", "20分钟", "法学班"]
    assert isinstance(rows[1][3], Unreadable)
    assert rows[1][4:] == [4 / 3, date(2018, 9, 28), HIDDEN]


def test_an_old_workbook_names_its_hidden_parts():
    workbook = make_old_workbook()
    page = workbook.get_sheet(0)
    page.write(3, 0, "x")
    page.row(1).hidden = True
    page.row(2).hidden = True
    page.col(2).hidden = True
    page.col(40).hidden = True
    other = workbook.add_sheet("旧名单")
    other.write(0, 0, "x")
    other.visibility = 1
    raw = parse_file(save(workbook), "名单.xls")
    assert raw.readings[0][0].hidden_rows == {1}
    assert raw.readings[0][0].hidden_columns == {2}
    assert raw.hidden_sheets == ("旧名单",)


def test_an_error_in_an_old_workbook_is_unreadable():
    workbook = make_old_workbook()
    page = workbook.get_sheet(0)
    page.row(5).set_cell_error(0, 0x2A)
    page.row(5).set_cell_boolean(1, True)
    rows = read_grid(save(workbook)).rows
    assert rows[5][:2] == [Unreadable("这个单元格是错误值 #N/A，请改正后重填", "#N/A"), True]


# Agreement with openpyxl

PLAIN_CODES = ["General", "0.00", "#,##0.00", "@", "[Red]0.00"]
VALUES = st.one_of(
    st.none(),
    st.text(alphabet="学号姓名abc019 <>&\"'", min_size=1, max_size=6).filter(
        lambda text: text.strip() == text and text[0] != "="
    ),
    st.integers(-(10**9), 10**9),
    st.floats(-(10**6), 10**6).map(lambda number: round(number, 3)),
    st.booleans(),
    st.dates(date(1950, 1, 1), date(2090, 1, 1)),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(VALUES, st.sampled_from(PLAIN_CODES)), min_size=1, max_size=5),
        min_size=1,
        max_size=6,
    ),
    st.sets(st.integers(1, 6)),
    st.sets(st.integers(1, 5)),
)
def test_cells_and_hidden_parts_are_those_of_openpyxl(table, hidden_rows, hidden_columns):
    workbook = openpyxl.Workbook()
    page = workbook.active
    page["A1"] = "x"  # a sheet without any value is no sheet
    for i, row in enumerate(table, 2):
        for j, (value, code) in enumerate(row, 1):
            if value is not None:
                page.cell(i, j, value).number_format = "yyyy-mm-dd" if isinstance(value, date) else code
    for row in hidden_rows:
        page.row_dimensions[row].hidden = True
    for column in hidden_columns:
        page.column_dimensions["ABCDE"[column - 1]].hidden = True
    content = save(workbook)
    grid, reference = read_grid(content), openpyxl.load_workbook(io.BytesIO(content)).active
    for i, row in enumerate(grid.rows, 1):
        for j, cell in enumerate(row, 1):
            there = reference.cell(i, j).value
            if isinstance(there, datetime) and isinstance(cell, date) and not isinstance(cell, datetime):
                there = there.date()
            if isinstance(there, datetime) or there is None:
                continue
            assert cell == there
            assert isinstance(cell, bool) == isinstance(there, bool)
    filled_rows = {i for i, row in enumerate(grid.rows) if any(cell != "" for cell in row)}
    assert grid.hidden_rows == {row - 1 for row in hidden_rows} & filled_rows
    filled_columns = {j for row in grid.rows for j, cell in enumerate(row) if cell != ""}
    assert grid.hidden_columns == {column - 1 for column in hidden_columns} & filled_columns


STYLE_1, STYLE_3 = ' s="1"', ' s="3"'


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6))
def test_marked_and_unmarked_reading_agree(seed):
    chance = random.Random(seed)
    rows = []
    for number in range(chance.randint(1, 5)):
        cells = ""
        for place in range(chance.randint(1, 6)):
            reference = chance.choice(["", ' r="' + "ABCDEF"[place] + f'{number + 1}"'])
            cells += (
                f"<c{reference}{chance.choice(['', STYLE_1, STYLE_3])}><v>{chance.randint(0, 999)}</v></c>"
            )
        rows.append(f'<row r="{number + 1}">{cells}</row>')
    body = f"<sheetData>{''.join(rows)}</sheetData>"
    quick = read_rows(body, styles=STYLES)
    assert quick == read_rows(body.replace('"', "'"), styles=STYLES)


def test_a_damaged_part_is_refused_with_advice():
    parts = make_parts(BODY, styles=STYLES)
    parts["xl/styles.xml"] = b"<styleSheet><numFmts>"
    with pytest.raises(SheetError, match="已损坏"):
        read_grid(pack(parts))
