"""Exported workbooks: the content of their cells, and the import of an exported roster, which changes nothing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from members.models import Grant, Member, Street
from members.resources.offices import OfficeResource
from members.resources.roster import RosterResource
from members.resources.streets import StreetResource, export_streets
from members.sheets.workbooks import build_workbook
from members.transfer.services import exports
from tests.factories import MemberFactory, ServiceRecordFactory, StreetFactory
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
    "text", ["张\ufffe\uffff三", "张\ufdd0三", "张\ud83d三", "张\u202e三", "张\x7f\x9f三"]
)
def test_neither_halves_of_characters_nor_noncharacters_break_a_workbook(text):
    assert read_only_cell(text).value == "张三"
    book = load_workbook(BytesIO(build_workbook([(text, [text], [])])))
    assert (book.sheetnames, book.active["A1"].value) == (["张三"], "张三")


@pytest.mark.parametrize(
    "text", ["a&b<c>\"d'", "]]>", " 空格 ", "一\n二", "一\r\n二\t三", "𠮷野", "&amp;", "<is>"]
)
def test_a_text_is_read_back_as_it_was(text):
    assert read_only_cell(text).value == text


@pytest.mark.parametrize("text", ["_x000B_", "张_x0041_三", "_x005F_", "a_xyz_"])
def test_a_text_that_looks_like_an_escaped_character_is_shown_as_it_is(text):
    """A spreadsheet reads _x0041_ as A; calamine does as a spreadsheet, openpyxl does not."""
    content = build_workbook([("表", ["列"], [[text]])])
    assert CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()[1] == [text]


def test_moments_have_no_time_zone_and_truth_and_nothing_stay():
    moment = read_only_cell(datetime(2018, 10, 1, 8, 30))  # noqa: DTZ001 (a spreadsheet has local time)
    assert (moment.is_date, moment.value.isoformat()) == (True, "2018-10-01T08:30:00")
    assert read_only_cell(True).value is True
    assert read_only_cell(None).value is None
    with pytest.raises(TypeError, match="time zones"):
        read_only_cell(datetime(2018, 10, 1, tzinfo=UTC))


def test_many_rows_and_wide_rows_keep_their_places():
    rows = [[f"{row}-{column}" for column in range(60)] for row in range(1203)]
    book = load_workbook(BytesIO(build_workbook([("一", ["列"] * 60, rows), ("二", ["列"], [["末"]])])))
    assert [[cell.value for cell in row] for row in book["一"].iter_rows(min_row=2)] == rows
    assert book["二"]["A2"].value == "末"
    assert book["一"].freeze_panes == "A2"
    assert book["一"]["A1"].font.bold


@pytest.mark.parametrize(
    ("name", "title"),
    [("优秀/志愿者[本科]", "优秀／志愿者［本科］"), ("一:二?", "一：二？"), ("'志愿者'", "志愿者"), ("长" * 60, "长" * 31), ("\n", "Sheet")],
)  # fmt: skip
def test_a_sheet_may_have_any_name(name, title):
    book = load_workbook(BytesIO(build_workbook([(name, ["列"], [])])))
    assert book.sheetnames == [title]


# --- rows of resources ---


def test_rows_are_those_of_import_export_itself(world):
    """The quick way of SheetResource against the package's own, field by field."""
    MemberFactory(branch=world.a1, name="=1+1", gender="", party="full", stage="student", office="班长")
    compared = 0
    for resource, rows in (
        (RosterResource(phones_open=lambda person: person.phone.startswith("1")), Member.objects.all()),
        (OfficeResource(), Grant.objects.all()),
        (StreetResource(), Street.objects.all()),
    ):
        for row in rows:
            expected = [resource.export_field(field, row) for field in resource.get_export_fields()]
            assert resource.export_resource(row) == expected
            compared += 1
    assert compared > 20


def test_an_export_asks_no_more_for_more_rows(world, django_assert_num_queries):
    for kind in ("roster", "hours_records"):
        sheet = exports.open_query(user=world.secretary, kind=kind, params={}).sheet
        ServiceRecordFactory(member=world.registered)
        with CaptureQueriesContext(connection) as few:
            exports.write_list(sheet, BytesIO())
        for person in MemberFactory.create_batch(20, branch=world.a1, registered=True):
            ServiceRecordFactory(member=person)
        sheet = exports.open_query(user=world.secretary, kind=kind, params={}).sheet
        with django_assert_num_queries(len(few)):
            exports.write_list(sheet, BytesIO())


# --- export and import of the roster ---


def export_people(user) -> bytes:
    content = BytesIO()
    exports.write_list(exports.open_query(user=user, kind="roster", params={}).sheet, content)
    return content.getvalue()


@pytest.fixture
def odd_people(world):
    """Add people whose data are difficult for a worksheet, such as a name that looks like a formula."""
    MemberFactory(branch=world.a1, name="=等号", student_no="0018010001", phone="010-60509356")
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
    # Two were entered before names were judged; today's rules know no such name, and say so.
    no_names = people.filter(name__in=["=等号", "-减号"]).count()
    assert count_outcome(run) == {"same": people.count() - no_names, "error": no_names}
    assert all(
        "不是姓名" in reason for reason in run.rows.filter(status="error").values_list("reason", flat=True)
    )
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
    assert rows["0018010001"][header.index("姓名")].value == "=等号"


def test_exported_streets_import_as_unchanged(world):
    StreetFactory(
        district="朝阳区", name="八里庄街道", contact="=戴", contact_phone="010-60509356", taken_elsewhere=2,
        taken_as_of=date(2018, 10, 14),
    )  # fmt: skip
    for phones_open in (True, False):
        content = build_workbook([export_streets(Street.objects.all(), phones_open=phones_open)])
        run = preview_import(Kind.STREETS, content, by=world.admin)
        assert count_outcome(run) == {"same": 3}
