"""Formats of uploaded files: detected by their content; unreadable files are refused with advice."""

import io
import struct
import zipfile

import openpyxl
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from members.sheets import grids
from members.sheets.sheets import SheetError
from tests.members.sheet_files import (
    HEADER,
    LI,
    WANG,
    ZHANG,
    list_row_names,
    list_row_numbers,
    make_csv_text,
    make_xlsx,
    read_refusal,
    read_test_sheet,
    save_workbook,
)


def test_a_plain_workbook_is_read():
    sheet = read_test_sheet(make_xlsx(HEADER, ZHANG, LI))
    assert sheet.header == HEADER
    assert sheet.header_row == 1
    assert sheet.columns == {"student_no": 0, "name": 1, "college": 2, "branch": 3, "phone": 4}
    assert [tuple(row.cells.values()) for row in sheet.rows] == [ZHANG, LI]
    assert sheet.rows[0].original == ZHANG
    assert sheet.rows[0].sheet == "名单"
    assert list_row_numbers(sheet) == [2, 3]
    assert sheet.ignored == sheet.skipped_sheets == ()


@pytest.mark.parametrize("filename", ["名单.xls", "名单.xlsx", "名单.csv", "名单"])
def test_an_old_workbook_is_read_whatever_its_suffix(filename):
    workbook = xlwt.Workbook()
    page = workbook.add_sheet("名单")
    for i, line in enumerate((HEADER, ZHANG)):
        for j, value in enumerate(line):
            page.write(i + 2, j, value)
    page.write_merge(5, 7, 3, 3, "法学2班")
    for i in range(5, 8):
        page.write(i, 0, f"201801001{i}")
        page.write(i, 1, "赵六")
    sheet = read_test_sheet(save_workbook(workbook), filename=filename)
    assert list_row_numbers(sheet) == [4, 6, 7, 8]
    assert [row.cells["branch"] for row in sheet.rows] == ["法学1班", "法学2班", "法学2班", "法学2班"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_is_read_in_every_encoding_and_delimiter(encoding, delimiter):
    rare = ("0018010001", "𠮷·买买提", "法学院", "法学1班", "")
    sheet = read_test_sheet(
        make_csv_text(HEADER, rare, delimiter=delimiter).encode(encoding), filename="a.xls"
    )
    assert tuple(sheet.rows[0].cells.values()) == rare
    assert sheet.rows[0].sheet == ""


def test_a_comma_in_a_tabbed_title_does_not_choose_the_delimiter():
    content = make_csv_text(("团员名单,共,两,人,在,册,名,单",), HEADER, ZHANG, delimiter="\t")
    assert list_row_names(read_test_sheet(content.encode())) == ["张三"]


def test_a_quoted_line_break_keeps_the_row_numbers_of_the_file():
    content = '学号,姓名,团支部\r\n1,张三,"法学\r\n1班"\r\n2,李四,法学2班\r\n'
    sheet = read_test_sheet(content.encode())
    assert list_row_numbers(sheet) == [2, 4]
    assert sheet.rows[0].cells["branch"] == "法学\r\n1班"


def test_numbers_of_a_text_file_stay_text():
    sheet = read_test_sheet(make_csv_text(HEADER, ('="0018010001"', "张三", "", "法学1班", "")).encode())
    assert sheet.rows[0].cells["student_no"] == "0018010001"


def test_the_end_mark_of_an_old_program_is_no_data():
    assert list_row_names(read_test_sheet(make_csv_text(HEADER, ZHANG).encode("gb18030") + b"\r\n\x1a")) == [
        "张三"
    ]


def test_a_quote_that_never_closes_is_refused_instead_of_swallowing_rows():
    content = '学号,姓名,团支部\n1,"张三,法学1班\n2,李四,法学1班\n'
    assert "引号" in read_refusal(content.encode())


def make_encrypted_workbook():
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 600
        + "EncryptedPackage".encode("utf-16-le")
        + b"\0" * 99
    )


def make_bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", "<workbook/>")
        with package.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(420):
                part.write(b" " * (1 << 20))
    return out.getvalue()


BOMB = make_bomb()


def make_damaged_workbook():
    content = bytearray(make_xlsx(HEADER, *[(str(i), f"人{i}", "", "班", "") for i in range(500)]))
    for place in range(1000, 3000):
        content[place] ^= 0xA5
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空文件"),
        (b" \r\n\t", "空文件"),
        (b"<html><table><tr><td>\xe5\xad\xa6</td></tr></table></html>", "网页格式"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html>", "网页格式"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:x"/>', "网页格式"),
        (b"%PDF-1.7\n", "不是表格文件"),
        (b"\x89PNG\r\n\x1a\n", "不是表格文件"),
        (bytes(range(256)) * 4, "无法识别"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "已损坏"),
        (b"PK\x03\x04" + b"\1" * 100, "已损坏"),
        (make_xlsx(HEADER, ZHANG)[:3000], "已损坏"),
        (make_damaged_workbook(), "已损坏"),
        (make_encrypted_workbook(), "密码"),
        (b",\n" + b"," * 20_000, "已损坏"),
        (BOMB, "解压后太大"),
        (make_xlsx(), "没有可见的"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_table_is_refused_with_advice(content, words):
    assert words in read_refusal(content)


def test_a_document_in_a_zip_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("word/document.xml", "<w/>")
    assert "不是 .xlsx" in read_refusal(out.getvalue())


def test_too_large_a_file_is_refused(monkeypatch):
    content = make_xlsx(HEADER, ZHANG)
    monkeypatch.setattr(grids, "MAX_BYTES", len(content) - 1)
    assert "20 MB" in read_refusal(content)
    with pytest.raises(SheetError, match="20 MB"):
        read_test_sheet(content)


@pytest.mark.parametrize(
    "content", [make_xlsx(HEADER, ZHANG, LI, WANG), make_csv_text(HEADER, ZHANG, LI, WANG).encode()]
)
def test_too_many_rows_are_refused(monkeypatch, content):
    monkeypatch.setattr(grids, "MAX_ROWS", 3)
    with pytest.raises(SheetError, match="超过 3 行"):
        read_test_sheet(content)
    monkeypatch.setattr(grids, "MAX_ROWS", 4)
    assert len(read_test_sheet(content).rows) == 3


@pytest.mark.parametrize("cell", ["XFD1048576", "XFD150000", "A1048576"])
def test_a_stray_cell_far_away_is_refused_before_it_takes_the_memory(cell):
    workbook = openpyxl.Workbook()
    workbook.active.append(HEADER)
    workbook.active[cell] = "x"
    assert "空行空列" in read_refusal(save_workbook(workbook))


def test_a_wide_sheet_and_a_long_sheet_are_no_danger():
    assert list_row_names(
        read_test_sheet(make_xlsx((*HEADER, *[f"第 {n} 次活动" for n in range(300)]), ZHANG))
    ) == ["张三"]
    workbook = openpyxl.Workbook()
    workbook.active.append(HEADER)
    for position, value in enumerate(ZHANG, 1):
        workbook.active.cell(150_000, position, value)
    assert list_row_numbers(read_test_sheet(save_workbook(workbook))) == [150_000]


def test_an_old_workbook_with_a_cell_in_an_impossible_column_is_refused():
    workbook = xlwt.Workbook()
    page = workbook.add_sheet("名单")
    for i in range(300):
        page.write(i, 0, 1.25)
    content = save_workbook(workbook)
    cell = struct.pack("<HHHH", 0x027E, 10, 299, 0)  # an RK record: type, length, row and column
    assert content.count(cell) == 1
    assert "展开后太大" in read_refusal(content.replace(cell, struct.pack("<HHHH", 0x027E, 10, 299, 0xFFFF)))


def test_an_old_workbook_that_would_take_all_memory_is_refused():
    workbook = xlwt.Workbook()
    page = workbook.add_sheet("名单")
    page.write(0, 0, 1.25)
    page.write(65_535, 255, 1.25)
    assert "展开后太大" in read_refusal(save_workbook(workbook))


def test_a_formatted_cell_without_value_far_away_does_not_matter():
    workbook = openpyxl.Workbook()
    workbook.active.append(HEADER)
    workbook.active.append(ZHANG)
    workbook.active["XFD1048576"].font = openpyxl.styles.Font(bold=True)
    assert list_row_names(read_test_sheet(save_workbook(workbook))) == ["张三"]


def test_the_declared_size_of_a_part_cannot_hide_a_bomb():
    content = bytearray(BOMB)
    name = b"xl/worksheets/sheet1.xml"
    entry = content.rindex(name) - 46  # the file's record in the central directory, which readers trust
    struct.pack_into("<I", content, entry + 24, 1000)
    assert "已损坏" in read_refusal(bytes(content))


@settings(max_examples=200)
@given(content=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_in_chinese(content):
    try:
        read_test_sheet(content)
    except SheetError as refused:
        assert "请" in str(refused) or "要有这些列" in str(refused)


@settings(max_examples=150)
@given(place=st.integers(0, 10**6), flip=st.integers(1, 255), cut=st.booleans())
def test_a_damaged_workbook_is_read_or_refused(place, flip, cut):
    content = bytearray(make_xlsx(HEADER, ZHANG, LI))
    place %= len(content)
    content[place] ^= flip
    try:
        read_test_sheet(bytes(content[:place] if cut else content))
    except SheetError as refused:
        assert "请" in str(refused)
