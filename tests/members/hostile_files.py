"""Files that want all memory or all time of the process that reads them; each function returns bytes."""

import io
import random
import struct
import zipfile

import xlwt

MB = 1024 * 1024
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEADER = "".join(
    f'<c r="{column}1" t="inlineStr"><is><t>{text}</t></is></c>'
    for column, text in zip("ABCD", ("学号", "姓名", "学院", "团支部"), strict=True)
)
X = "<is><t>x</t></is>"


def make_package(sheet, *, strings=None, more=(), rows=True, workbook=None, level=6):
    """Return a workbook whose only worksheet has these rows (or this whole XML, `rows=False`).

    `sheet` and `strings` are text or an iterable of bytes, which is written piece by piece.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as package:
        package.writestr("[Content_Types].xml", TYPES)
        package.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        package.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{RELATIONS}">'
            f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
            "</Relationships>",
        )
        package.writestr(
            "xl/workbook.xml",
            workbook
            or f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="名单" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        head = f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData><row r="1">{HEADER}</row>'
        _write(
            package, "xl/worksheets/sheet1.xml", sheet, *((head, "</sheetData></worksheet>") if rows else ())
        )
        if strings is not None:
            _write(package, "xl/sharedStrings.xml", strings)
        for name, content in more:
            _write(package, name, content)
    return out.getvalue()


def _write(package, name, content, head="", tail=""):
    with package.open(name, "w", force_zip64=True) as part:
        part.write(head.encode())
        for piece in [content.encode()] if isinstance(content, str) else content:
            part.write(piece)
        part.write(tail.encode())


def far_cell(cell):
    """Return a small workbook with this tag as its far cell."""
    return make_package(f'<row r="1048576">{cell}</row>')


def repeat(text, size):
    """Yield about `size` MB of the text."""
    block = text.encode() * (MB // len(text.encode()) + 1)
    for _ in range(size):
        yield block


def lie_about_size(content, name, size=1000):
    """Return the package with another unpacked size of a part in its directory and in front of the part."""
    content = bytearray(content)
    at = content.rindex(name.encode()) - 46
    struct.pack_into("<I", content, at + 24, size)
    return bytes(content)


def overlap(name="xl/worksheets/sheet{}.xml", copies=2000):
    """Return a package whose directory names one part of 10 MB many times."""
    content = make_package(repeat("<row><c/></row>", 10))
    end = content.rindex(b"PK\x05\x06")
    start = struct.unpack_from("<I", content, end + 16)[0]
    directory = content[start:end]
    entry = directory[directory.rindex(b"PK\x01\x02") :]
    directory += entry * copies
    tail = bytearray(content[end:])
    count = struct.unpack_from("<H", tail, 10)[0] + copies
    struct.pack_into("<HHII", tail, 8, count, count, len(directory), start)
    return content[:start] + directory + bytes(tail)


def zip64_sizes():
    """Return a package with a zip64 field of 2**60 bytes for the worksheet."""
    content = bytearray(make_package("", more=[("xl/last.xml", "x")]))
    at = content.rindex(b"xl/last.xml") - 46
    extra = struct.unpack_from("<H", content, at + 30)[0]
    struct.pack_into("<I", content, at + 24, 0xFFFFFFFF)
    if extra >= 12:
        struct.pack_into("<Q", content, at + 46 + 11 + 4, 1 << 60)
    return bytes(content)


def old_workbook(row=0, column=0, cells=300):
    """Return an .xls; the last of its numbers is moved to this row and column."""
    workbook = xlwt.Workbook()
    page = workbook.add_sheet("名单")
    for i in range(cells):
        page.write(i, 0, 1.25)
    out = io.BytesIO()
    workbook.save(out)
    cell = struct.pack("<HHHH", 0x027E, 10, cells - 1, 0)
    return out.getvalue().replace(cell, struct.pack("<HHHH", 0x027E, 10, row, column))


def random_bytes(size, seed=7):
    """Return bytes that no packer makes smaller."""
    return random.Random(seed).randbytes(size)


def many_sheets(number, area):
    """Return a workbook that names its one worksheet, with a far cell at `area`, many times."""
    sheets = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, number + 1))
    workbook = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>'
    return make_package(f'<row r="9"><c r="{area}" t="inlineStr">{X}</c></row>', workbook=workbook)


ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "'
    + "x" * 100
    + '">'
    + "".join(
        f'<!ENTITY {name} "{("&" + before + ";") * 20}">'
        for before, name in zip("abcdef", "bcdefg", strict=True)
    )
    + f']><worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&g;</t></is></c>'
    "</row></sheetData></worksheet>"
)
TEXT_HEADER = "学号,姓名,学院,团支部\n"

# name: (function that makes the content, the file's suffix). Every one of them must be refused, or read within bounds.
HOSTILE = {
    "a far cell": (lambda: far_cell(f'<c r="XFD1048576" t="inlineStr">{X}</c>'), "xlsx"),
    "a space in the reference": (lambda: far_cell(f'<c r = "XFD1048576" t="inlineStr">{X}</c>'), "xlsx"),
    "a line break in the tag": (lambda: far_cell(f'<c\nr\n=\n"XFD1048576"\nt="inlineStr">{X}</c>'), "xlsx"),
    "small letters": (lambda: far_cell(f'<c r="xfd1048576" t="inlineStr">{X}</c>'), "xlsx"),
    "single quotes": (lambda: far_cell(f"<c r='XFD1048576' t='inlineStr'>{X}</c>"), "xlsx"),
    "a > in another attribute": (lambda: far_cell(f'<c a=">" r="XFD1048576" t="inlineStr">{X}</c>'), "xlsx"),
    "an entity in the reference": (lambda: far_cell(f'<c r="XFD&#49;048576" t="inlineStr">{X}</c>'), "xlsx"),
    "a row far below without r": (
        lambda: make_package(f'<row r="1048576"><c t="inlineStr">{X}</c></row>'),
        "xlsx",
    ),
    "rows of cells without r": (
        lambda: make_package([f'<row r="1048576">{"<c/>" * 16000}<c t="inlineStr">{X}</c></row>'.encode()]),
        "xlsx",
    ),
    "columns beyond the last": (lambda: far_cell(f'<c r="ZZZZZZ1048576" t="inlineStr">{X}</c>'), "xlsx"),
    "rows beyond the last": (lambda: far_cell(f'<c r="B4294967295" t="inlineStr">{X}</c>'), "xlsx"),
    "a number too long for a row": (lambda: far_cell(f'<c r="A{"9" * 40}" t="inlineStr">{X}</c>'), "xlsx"),
    "tags with a prefix": (
        lambda: make_package(
            f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row>'
            '<x:row r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>',
            rows=False,
        ),
        "xlsx",
    ),
    "a dimension without cells": (
        lambda: make_package(
            f'<worksheet xmlns="{MAIN}"><dimension ref="A1:XFD1048576"/><sheetData/></worksheet>', rows=False
        ),
        "xlsx",
    ),
    "390 MB of empty cells": (lambda: make_package(repeat("<c/>", 390)), "xlsx"),
    "290 MB of empty cells": (lambda: make_package(repeat("<row>" + "<c/>" * 20 + "</row>", 290)), "xlsx"),
    "290 MB of small cells": (
        lambda: make_package(repeat("<row>" + "<c><v>1</v></c>" * 20 + "</row>", 290)),
        "xlsx",
    ),
    "290 MB of one text": (
        lambda: make_package([b'<row><c t="inlineStr"><is><t>', *repeat("x", 290), b"</t></is></c></row>"]),
        "xlsx",
    ),
    "100 MB of blanks": (lambda: make_package(repeat(" ", 100)), "xlsx"),
    "100 MB of comment": (lambda: make_package([b"<!--", *repeat("x", 100), b"-->"]), "xlsx"),
    "100 MB of one attribute": (lambda: make_package([b'<row a="', *repeat("x", 100), b'"/>']), "xlsx"),
    "100 MB of nested tags": (lambda: make_package(repeat("<a>", 100)), "xlsx"),
    "290 MB of shared texts": (
        lambda: make_package(
            "", strings=[f'<sst xmlns="{MAIN}">'.encode(), *repeat("<si><t>x</t></si>", 290)]
        ),
        "xlsx",
    ),
    "one long shared text in many cells": (
        lambda: make_package(
            ("<row>" + '<c t="s"><v>0</v></c>' * 50 + "</row>") * 200,
            strings=f'<sst xmlns="{MAIN}"><si><t>{"字" * MB}</t></si></sst>',
        ),
        "xlsx",
    ),
    "entities that multiply": (lambda: make_package(ENTITIES, rows=False), "xlsx"),
    "many merged cells": (
        lambda: make_package(
            [
                f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">{HEADER}</row></sheetData><mergeCells>'.encode(),
                *repeat('<mergeCell ref="A1:XFD1048576"/>', 200),
                b"</mergeCells></worksheet>",
            ],
            rows=False,
        ),
        "xlsx",
    ),
    "many parts": (
        lambda: make_package("", more=[(f"xl/worksheets/s{n}.xml", "<a/>") for n in range(60_000)], level=1),
        "xlsx",
    ),
    "many wide worksheets": (lambda: many_sheets(3000, "ZZ9000"), "xlsx"),
    "a size that lies": (
        lambda: lie_about_size(make_package(repeat("<c/>", 390)), "xl/worksheets/sheet1.xml"),
        "xlsx",
    ),
    "a zip64 size": (zip64_sizes, "xlsx"),
    "entries that overlap": (overlap, "xlsx"),
    "a bomb in 15 MB that cannot be packed": (
        lambda: make_package(
            repeat("<row>" + "<c/>" * 20 + "</row>", 270),
            more=[("xl/media/a.png", [random_bytes(15 * MB)])],
        ),
        "xlsx",
    ),
    "a package in a package": (
        lambda: make_package("", more=[("xl/embeddings/a.xlsx", [make_package(repeat("<c/>", 200))])]),
        "xlsx",
    ),
    "an old workbook with a far column": (lambda: old_workbook(299, 0xFFFF), "xls"),
    "an old workbook with a far row": (lambda: old_workbook(0xFFFF, 255), "xls"),
    "an old workbook of garbage": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + random_bytes(2 * MB),
        "xls",
    ),
    "an old workbook whose sectors go round": (
        lambda: old_workbook()[:512] + b"\0\0\0\0" * 128 * 20,
        "xls",
    ),
    "a line of 19 MB of commas": (lambda: TEXT_HEADER.encode() + b"," * 19 * 10**6, "csv"),
    "lines of a thousand commas": (lambda: TEXT_HEADER.encode() + (b"," * 1000 + b"\n") * 19_000, "csv"),
    "lines of three delimiters": (lambda: TEXT_HEADER.encode() + (b"a,b;c\td" * 100 + b"\n") * 27_000, "csv"),
    "a quote that never closes": (lambda: TEXT_HEADER.encode() + b'"' + b"a\n" * 9 * 10**6, "csv"),
    "quotes only": (lambda: TEXT_HEADER.encode() + b'"' * 19 * 10**6, "csv"),
    "cells of a quoted line break": (lambda: TEXT_HEADER.encode() + b'"a\n",' * 4 * 10**6, "csv"),
    "one line of text": (lambda: b"a" * 19 * 10**6, "csv"),
    "line breaks only": (lambda: TEXT_HEADER.encode() + b"\r" * 19 * 10**6, "csv"),
    "commas in UTF-16": (lambda: b"\xff\xfe" + (TEXT_HEADER + "," * 9 * 10**6).encode("utf-16-le"), "csv"),
    "half of UTF-16": (lambda: b"\xff\xfe" + b"\x00\xd8" * 9 * 10**6, "csv"),
    "zeros": (lambda: TEXT_HEADER.encode() + b"\0" * 19 * 10**6, "csv"),
    "wide characters": (lambda: ("😀" + "," * 4).encode() * 2 * 10**6, "csv"),
    "different cells": (
        lambda: "\n".join(",".join(f"{r * 97 + c:x}" for c in range(97)) for r in range(30_000)).encode(),
        "csv",
    ),
}
