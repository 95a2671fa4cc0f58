"""Headers below the first one of a worksheet: of the next printed page, or of another table. Pure."""

import re

from members.sheets.grids import Grid
from members.sheets.headers import Header, Vocabulary, is_blank

_DIGIT = re.compile("[0-9０-９]")


def find_repeated_headers(grid: Grid, header: Header, vocabulary: Vocabulary) -> dict[int, Header]:
    """Return {index of its row: header} of the headers below the first one, of the next page or table.

    Only rows that begin with the name of a column, or that hold nothing but texts without digits, are looked at.
    """
    words = {text for text in header.texts if text}
    found: dict[int, Header] = {}
    for index in range(header.last_row + 1, len(grid.rows)):
        row = grid.rows[index]
        filled = [cell for cell in row if not is_blank(cell)]
        if len(filled) < 2 or not isinstance(filled[0], str):
            continue
        texts = [cell for cell in filled if isinstance(cell, str)]
        all_names = len(texts) == len(filled) and not _DIGIT.search("".join(texts))
        if all_names or filled[0].strip() in words or vocabulary.knows(filled[0]):
            again = vocabulary.find_repeated_header(row, index, header)
            if again:
                found[index] = header = again
                words |= {text for text in again.texts if text}
    return found


_TITLE = re.compile("表|单位|学年|年度|学期|名单|名册|汇总|统计|报送|填报")


def find_titles(grid: Grid, repeated: dict[int, Header]) -> set[int]:
    """Return the indexes of the rows with nothing but a title, directly above a header below the first one."""
    found: set[int] = set()
    for place in repeated:
        for index in range(place - 1, max(place - 4, -1), -1):
            filled = [cell for cell in grid.rows[index] if not is_blank(cell)]
            if len(filled) > 1 or (filled and not _TITLE.search(str(filled[0]))):
                break
            found.add(index)
    return found
