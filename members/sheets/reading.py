"""Read an uploaded file: bytes in, grids out."""

from members.sheets.grids import RawFile, parse_file


def read_file(content: bytes, filename: str) -> RawFile:
    """Return the grids of a file; raise SheetError, in Chinese, for a file that is not a readable table."""
    return parse_file(content, filename)
