"""Walk through the XML parts of a workbook without a tree in memory."""

from collections.abc import Callable
from typing import IO
from xml.parsers import expat

CHUNK = 1 << 20


class MarkupError(Exception):
    """A part of a package is no well-formed XML, or has a document type, which no spreadsheet program writes."""


def make_parser(start: Callable[[str, dict[str, str]], object]) -> expat.XMLParserType:
    """Return a parser that calls `start(name, attributes)` for each element; names keep their prefix."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise MarkupError("document type")


def parse_stream(parser: expat.XMLParserType, stream: IO[bytes]) -> None:
    """Feed a part to the parser; raise MarkupError where it is no XML."""
    try:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise MarkupError(str(error)) from error


def list_elements(stream: IO[bytes], *names: str) -> list[tuple[str, dict[str, str]]]:
    """Return (name without prefix, attributes without prefix) of the elements with these names, in order."""
    found: list[tuple[str, dict[str, str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local in names:
            found.append((local, attributes))

    parse_stream(make_parser(start), stream)
    return found
