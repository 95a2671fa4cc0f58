"""Exported workbooks: the content of their cells, and the import of an exported roster, which changes nothing."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from members.models import Member, Street
from members.resources.streets import export_streets
from members.sheets.workbooks import build_workbook
from members.transfer.services import exports
from tests.factories import MemberFactory, StreetFactory
from tests.members.import_files import Kind, count_outcome, preview_import, read_lines

FORMULAS = ("=1+1", '=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1")


def read_only_cell(value):
    return load_workbook(BytesIO(build_workbook([("表", ["列"], [[value]])]))).active["A2"]


@pytest.mark.parametrize("text", ["2018010001", "0012", "1e5", "TRUE", "2018-10-01", "110108000000001234"])
def test_text_stays_text(text):
    cell = read_only_cell(text)
    assert (cell.value, cell.data_type) == (text, "s")


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_runs_as_a_formula(text):
    cell = read_only_cell(text)
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert cell.value.strip() == text.strip()


def test_nothing_in_the_file_is_a_formula_also_in_headers_and_titles():
    content = build_workbook([("表", ["=1+1"], [[text] for text in FORMULAS])])
    with ZipFile(BytesIO(content)) as package:
        sheets = [package.read(name) for name in package.namelist() if "worksheets/" in name]
    assert sheets
    assert not any(b"<f>" in sheet for sheet in sheets)


def test_dates_are_dates_and_numbers_numbers():
    day = read_only_cell(date(2018, 10, 1))
    assert (day.is_date, day.value.date()) == (True, date(2018, 10, 1))
    assert read_only_cell(42).value == 42
    rate = read_only_cell(Decimal("94.95"))
    assert (rate.value, rate.number_format) == (94.95, "0.00")


def test_characters_that_a_workbook_cannot_hold_are_left_out():
    assert read_only_cell("张\x00\x0b三").value == "张三"


@pytest.mark.parametrize(
    ("name", "title"),
    [("优秀/志愿者[本科]", "优秀／志愿者［本科］"), ("一:二?", "一：二？"), ("'志愿者'", "志愿者"), ("长" * 60, "长" * 31), ("\n", "Sheet")],
)  # fmt: skip
def test_a_sheet_may_have_any_name(name, title):
    book = load_workbook(BytesIO(build_workbook([(name, ["列"], [])])))
    assert book.sheetnames == [title]


# --- export and import of the roster ---


def export_people(user) -> bytes:
    content = BytesIO()
    exports.write_list(exports.open_query(user=user, kind="roster", params={}).sheet, content)
    return content.getvalue()


@pytest.fixture
def odd_people(world):
    """Add people whose data are difficult for a worksheet, such as a name that looks like a formula."""
    MemberFactory(branch=world.a1, name="=1+1", student_no="0018010001", phone="010-60509356")
    MemberFactory(
        branch=world.a1, name="𠮷野·阿依", student_no="留2018001", phone="138****1234", gender="female"
    )
    MemberFactory(branch=world.a2, name="-减号", phone="", grade="", state="army", party="full")
    return world


@pytest.mark.parametrize("who", ["secretary", "admin"])
def test_the_exported_roster_imports_as_unchanged(odd_people, who):
    user = getattr(odd_people, who)
    people = Member.objects.visible_to(user, "member.export")
    run = preview_import(Kind.ROSTER, export_people(user), by=user)
    assert count_outcome(run) == {"same": people.count()}
    assert run.figures["missing"] == 0


def test_only_the_own_secretary_takes_phones_out_in_full(odd_people):
    phone = odd_people.namesake.phone
    column = read_lines(export_people(odd_people.secretary))[0].index("手机号码")
    assert phone in {line[column] for line in read_lines(export_people(odd_people.secretary))}
    assert {line[column] for line in read_lines(export_people(odd_people.admin))[1:] if line[column]} == {
        f"{one[:3]}****{one[-4:]}" if "-" not in one else f"****{one[-4:]}"
        for one in Member.objects.filter(school=odd_people.school).values_list("phone", flat=True)
        if one
    }


def test_the_exported_roster_has_text_numbers_and_real_dates(odd_people):
    book = load_workbook(BytesIO(export_people(odd_people.secretary))).active
    header = [cell.value for cell in book[1]]
    numbers, days = header.index("学号"), header.index("注册日期")
    rows = {row[numbers].value: row for row in book.iter_rows(min_row=2)}
    assert "0018010001" in rows
    assert all(row[numbers].data_type == "s" for row in rows.values())
    assert rows[odd_people.registered.student_no][days].is_date
    assert rows["0018010001"][header.index("姓名")].value == "=1+1"


def test_exported_streets_import_as_unchanged(world):
    StreetFactory(
        district="朝阳区", name="八里庄街道", contact="=戴", contact_phone="010-60509356", taken_elsewhere=2,
        taken_as_of=date(2018, 10, 14),
    )  # fmt: skip
    for phones_open in (True, False):
        content = build_workbook([export_streets(Street.objects.all(), phones_open=phones_open)])
        run = preview_import(Kind.STREETS, content, by=world.admin)
        assert count_outcome(run) == {"same": 3}
