"""Open packages (.xlsx) as Excel does, and put those that calamine does not understand into the usual form.

Excel takes part names with backslashes, in another case, under other names that the relations give, and bytes in
front of or behind the package.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from urllib.parse import unquote

from members.sheets.markup import CHUNK, MarkupError, list_elements

MAX_BYTES_BEFORE = 4096
_START = b"PK\x03\x04"
_END = b"PK\x05\x06"
_END_LENGTH = 22
_USUAL_NAME = re.compile(r"[^\\/%]+(?:/[^\\/%]+)*/?")
_USUAL_TARGET = re.compile(r"(?:/xl/)?(?!xl/)[\w-][\w.-]*(?:/[\w-][\w.-]*)*")
_WORKBOOK = "xl/workbook.xml"
_FOLLOWED = ("worksheet", "sharedStrings", "styles", "chartsheet", "dialogsheet", "xlMacrosheet")
BROKEN_PACKAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, LookupError,
    MarkupError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Relation:
    """A link between parts. `kind` is the last word of its type; `target` is as written, `part` is resolved."""

    key: str
    kind: str
    target: str
    part: str


class Package:
    """The parts of a package by their names without regard to case and slashes. Use in a `with` block."""

    def __init__(self, content: bytes) -> None:
        self.zip = zipfile.ZipFile(io.BytesIO(content))
        self._parts = {_fold(part.filename): part for part in self.zip.infolist()}

    def __enter__(self) -> "Package":
        return self

    def __exit__(self, *_: object) -> None:
        self.zip.close()

    def has(self, name: str) -> bool:
        return _fold(name) in self._parts

    def open(self, name: str) -> IO[bytes]:
        return self.zip.open(self._parts[_fold(name)])

    def find_workbook(self) -> str:
        """Return the name of the main part; the usual name where no relation gives one."""
        relations = self.list_relations("")
        return next(
            (one.part for one in relations if one.kind == "officeDocument" and self.has(one.part)), _WORKBOOK
        )

    def list_relations(self, part: str) -> list[Relation]:
        """Return the relations of a part, or of the package itself for an empty name."""
        folder, _, name = part.rpartition("/")
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if not self.has(path):
            return []
        with self.open(path) as stream:
            found = [attributes for _, attributes in list_elements(stream, "Relationship")]
        return [
            Relation(
                attributes.get("Id", ""),
                attributes.get("Type", "").rpartition("/")[2],
                attributes.get("Target", ""),
                self._resolve(folder, attributes.get("Target", "")),
            )
            for attributes in found
            if attributes.get("TargetMode") != "External"
        ]

    def _resolve(self, folder: str, target: str) -> str:
        path = target.replace("\\", "/")
        whole = posixpath.normpath(posixpath.join("/", folder, path)).lstrip("/")
        if not self.has(whole) and self.has(unquote(whole)):
            return unquote(whole)
        if not self.has(whole) and self.has(path.lstrip("/")):
            return path.lstrip("/")  # some writers give the whole path without a slash in front
        return whole


def _fold(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/").casefold()


def find_package(content: bytes) -> bool:
    """Return whether a file is a package, perhaps behind a byte order mark, blank lines or headers of the web."""
    return content.startswith(b"PK") or _START in content[:MAX_BYTES_BEFORE]


def normalise_package(content: bytes, max_unpacked: int) -> bytes:
    """Return the package in the form that calamine reads; the same bytes where they have it already.

    A package that is damaged, locked, no workbook or unpacks to more than `max_unpacked` bytes is returned as it
    is: the checks that follow say what is wrong with it.
    """
    whole = content
    if not zipfile.is_zipfile(io.BytesIO(content)):
        whole = _cut_bytes_behind(content)
    try:
        with Package(whole) as package:
            if sum(part.file_size for part in package.zip.infolist()) > max_unpacked:
                return content
            workbook = package.find_workbook()
            if not package.has(workbook) or not workbook.casefold().endswith(".xml"):
                return content
            relations = package.list_relations(workbook)
            if whole is content and _has_usual_form(content, package, workbook, relations):
                return content
            return _rebuild(package, workbook, relations)
    except BROKEN_PACKAGE:
        return content


def _cut_bytes_behind(content: bytes) -> bytes:
    end = content.rfind(_END)
    if end < 0:
        return content
    comment = int.from_bytes(content[end + _END_LENGTH - 2 : end + _END_LENGTH], "little")
    return content[: end + _END_LENGTH + comment]


def _has_usual_form(content: bytes, package: Package, workbook: str, relations: list[Relation]) -> bool:
    names = [part.orig_filename for part in package.zip.infolist()]
    return (
        content.startswith(_START)
        and workbook == _WORKBOOK
        and _WORKBOOK in names
        and all(map(_USUAL_NAME.fullmatch, names))
        and len({name.casefold() for name in names}) == len(names)
        and all(
            _USUAL_TARGET.fullmatch(one.target) and f"xl/{one.target.removeprefix('/xl/')}" in names
            for one in relations
            if one.kind in _FOLLOWED
        )
    )


def _rebuild(package: Package, workbook: str, relations: list[Relation]) -> bytes:
    """Return a package with the parts that are read, under their usual names."""
    new, links = io.BytesIO(), []
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        target.writestr("[Content_Types].xml", _TYPES)
        target.writestr("_rels/.rels", _make_relations([("rId1", "officeDocument", _WORKBOOK)]))
        _copy_part(package, workbook, target, _WORKBOOK)
        for relation, name in _name_parts(package, relations):
            links.append((relation.key, relation.kind, name))
            _copy_part(package, relation.part, target, f"xl/{name}")
        target.writestr("xl/_rels/workbook.xml.rels", _make_relations(links))
    return new.getvalue()


def _name_parts(package: Package, relations: list[Relation]) -> Iterator[tuple[Relation, str]]:
    taken: set[str] = set()
    for place, relation in enumerate(relations, 1):
        if relation.kind not in _FOLLOWED or not package.has(relation.part):
            continue
        name = f"worksheets/sheet{place}.xml"
        if relation.kind in ("sharedStrings", "styles"):
            name = f"{relation.kind}.xml"
        if name not in taken:
            taken.add(name)
            yield relation, name


def _copy_part(package: Package, name: str, target: zipfile.ZipFile, new_name: str) -> None:
    with package.open(name) as source, target.open(new_name, "w") as sink:
        while chunk := source.read(CHUNK):
            sink.write(chunk)


_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _make_relations(links: list[tuple[str, str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="{_escape(key)}" Type="{_KINDS}{_escape(kind)}" Target="{_escape(target)}"/>'
        for key, kind, target in links
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'


UNKNOWN_ERROR = "Unsupported cell error value"  # what calamine says of an error value that it does not know
_ERROR_VALUE = re.compile(
    rb"""(<(?:\w+:)?c\s[^<>]*?\bt\s*=\s*["']e["'][^<>]*>\s*(?:<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*)?"""
    rb"""<(?:\w+:)?v>)[^<]*"""
)


def replace_unknown_errors(content: bytes) -> bytes:
    """Return the package with #N/A for every error value: newer programs write #SPILL! and others.

    calamine refuses the whole workbook for one of them.
    """
    new = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
    ):
        for part in old.infolist():
            with old.open(part) as source, target.open(part.filename, "w") as sink:
                for block in _split_at_rows(source):
                    sink.write(_ERROR_VALUE.sub(rb"\1#N/A", block))
    return new.getvalue()


def _split_at_rows(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield blocks of about a megabyte that end with the end of a row, so that no cell is cut in two."""
    rest = b""
    while chunk := stream.read(CHUNK):
        rest += chunk
        end = rest.rfind(b"row>") + len(b"row>")
        if end >= len(b"row>") or len(rest) > 16 * CHUNK:
            end = end if end >= len(b"row>") else len(rest)
            yield rest[:end]
            rest = rest[end:]
    yield rest
