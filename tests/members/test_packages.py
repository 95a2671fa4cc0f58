"""Packages that Excel opens: odd part names and targets, bytes before and behind; damaged ones are refused."""

import io
import zipfile

import pytest

from members.sheets.grids import MAX_UNPACKED_BYTES, SheetError, parse_file
from members.sheets.packages import normalise_package
from tests.members.workbook_parts import make_parts, make_styles, make_workbook, pack

BODY = "<sheetData><row r='1'><c r='A1' s='1'><v>7</v></c><c r='B1' t='s'><v>0</v></c></row></sheetData>"
SHARED = "<sst xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><si><t>张三</t></si></sst>"
PARTS = make_parts(BODY, styles=make_styles(["General", "000"]), shared=SHARED)


def replace(old: bytes, new: bytes):
    return lambda content: content.replace(old, new)


SEEN_BY_EXCEL = {
    "backslashes in names": pack(PARTS, rename=lambda name: name.replace("/", "\\")),
    "a slash in front of names": pack(PARTS, rename=lambda name: "/" + name),
    "a point in front of names": pack(PARTS, rename=lambda name: "./" + name),
    "names in lower case": pack(PARTS, rename=str.lower),
    "names in upper case": pack(PARTS, rename=str.upper),
    "Workbook.xml": pack(PARTS, rename=lambda name: name.replace("workbook.xml", "Workbook.xml")),
    "book.xml": pack(
        PARTS,
        rename=lambda n: n.replace("workbook.xml", "book.xml"),
        change=replace(b"workbook.xml", b"book.xml"),
    ),
    "another folder": pack(
        PARTS, rename=lambda name: name.replace("xl/", "excel/"), change=replace(b"xl/", b"excel/")
    ),
    "another depth": pack(
        PARTS, rename=lambda name: name.replace("xl/", "a/b/"), change=replace(b"xl/", b"a/b/")
    ),
    "targets with ./": pack(PARTS, change=replace(b'Target="', b'Target="./')),
    "targets with ../": pack(PARTS, change=replace(b'Target="worksheets', b'Target="../xl/worksheets')),
    "targets with backslashes": pack(PARTS, change=replace(b"worksheets/", b"worksheets\\")),
    "whole targets without a slash": pack(
        PARTS, change=replace(b'Target="worksheets', b'Target="xl/worksheets')
    ),
    "targets in another case": pack(PARTS, change=replace(b"sheet1.xml", b"Sheet1.XML")),
    "escaped targets": pack(
        PARTS,
        rename=lambda n: n.replace("sheet1", "sheet 1"),
        change=replace(b"sheet1.xml", b"sheet%201.xml"),
    ),
    "a byte order mark in front": pack(PARTS, before=b"\xef\xbb\xbf"),
    "blank lines in front": pack(PARTS, before=b"\r\n\r\n  \n"),
    "headers of the web in front": pack(PARTS, before=b"HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\n" * 20),
    "lines behind": pack(PARTS, behind=b"\r\n<!-- page -->\r\n"),
    "a web page behind": pack(PARTS, behind=b"<html>" * 20_000),
    "no other oddity": pack(PARTS),
}
SEEN_BY_EXCEL["absolute targets"] = pack(
    PARTS,
    change=lambda content: (
        content.replace(b'Target="xl/', b'Target="/xl/')
        .replace(b'Target="worksheets', b'Target="/xl/worksheets')
        .replace(b'Target="s', b'Target="/xl/s')
    ),
)


@pytest.mark.parametrize("content", SEEN_BY_EXCEL.values(), ids=SEEN_BY_EXCEL.keys())
def test_a_package_that_excel_opens_is_read(content):
    raw = parse_file(content, "名单.xlsx")
    assert raw.readings[0][0].rows == [["007", "张三"]]
    assert raw.readings[0][0].name == "名单"


def test_a_usual_package_is_left_alone():
    content = pack(PARTS)
    assert normalise_package(content, MAX_UNPACKED_BYTES) is content


def test_two_parts_of_one_name_are_made_one():
    buffer = io.BytesIO(pack(PARTS))
    with zipfile.ZipFile(buffer, "a") as package, pytest.warns(UserWarning, match="Duplicate"):
        package.writestr(
            "xl/worksheets/sheet1.xml", PARTS["xl/worksheets/sheet1.xml"].replace(b">7<", b">8<")
        )
    names = zipfile.ZipFile(io.BytesIO(normalise_package(buffer.getvalue(), MAX_UNPACKED_BYTES))).namelist()
    assert len(names) == len(set(names))


def test_a_package_with_data_descriptors_and_a_comment_is_read():
    class Pipe(io.RawIOBase):  # cannot seek, so that sizes follow each part
        def __init__(self):
            self.content = b""

        def write(self, content):
            self.content += bytes(content)
            return len(content)

        def writable(self):
            return True

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in PARTS.items():
            package.writestr(name, content)
        package.comment = "学校导出".encode()
    assert parse_file(pipe.content, "名单.xlsx").readings[0][0].rows == [["007", "张三"]]


def test_a_package_that_is_too_large_is_not_rebuilt():
    content = pack(PARTS, before=b"\n")
    assert normalise_package(content, 100) is content


@pytest.mark.parametrize(
    "content",
    [
        pack({"a.txt": b"x"}),
        pack({"[Content_Types].xml": b"<Types/>", "_rels/.rels": b"<broken"}),
        pack({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<a/>"}),
        pack({name.replace("workbook.xml", "workbook.bin"): part.replace(b"workbook.xml", b"workbook.bin") for name, part in PARTS.items()}),
        b"\n" + b"PK\x03\x04" + b"x" * 200,
        pack(PARTS)[:-80],
        pack(PARTS)[:300],
    ],
    ids=["text", "relations", "ods", "xlsb", "start", "end", "cut"],
)  # fmt: skip
def test_another_package_is_refused_with_advice(content):
    with pytest.raises(SheetError, match=r"另存为 \.xlsx"):
        parse_file(content, "名单.xlsx")


def test_a_locked_package_says_so():
    content = bytearray(pack(PARTS, before=b"\n"))
    start = 0
    while (start := content.find(b"PK\x01\x02", start)) >= 0:
        content[start + 8] |= 1
        start += 4
    start = 0
    while (start := content.find(b"PK\x03\x04", start)) >= 0:
        content[start + 6] |= 1
        start += 4
    with pytest.raises(SheetError, match="密码"):
        parse_file(bytes(content), "名单.xlsx")


def test_a_relation_to_the_outside_is_not_followed():
    parts = dict(PARTS)
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="rId9" Type="http://x/worksheet" Target="file:///etc/passwd" TargetMode="External"/></Relationships>',
    )
    assert parse_file(pack(parts), "名单.xlsx").readings[0][0].rows == [["007", "张三"]]


def test_a_sheet_without_a_part_is_refused():
    content = make_workbook(BODY, workbook="")
    parts = {
        name: zipfile.ZipFile(io.BytesIO(content)).read(name)
        for name in zipfile.ZipFile(io.BytesIO(content)).namelist()
        if "sheet1" not in name
    }
    with pytest.raises(SheetError):
        parse_file(pack(parts), "名单.xlsx")
