"""Tables side by side in one worksheet: each becomes a grid of its own with the numbers of the sheet's rows."""

from collections.abc import Sequence
from dataclasses import replace

from members.sheets.grids import Grid
from members.sheets.headers import Header, Vocabulary


def split_tables(grid: Grid, vocabulary: Vocabulary) -> tuple[list[tuple[Grid, Header | None]], list[str]]:
    """Return the tables of the kind in a grid with their headers, and the columns of other tables beside them.

    A grid with one table comes back as it is.
    """
    header = vocabulary.find_header(grid)
    if header is None:
        return [(grid, None)], []
    if header.complete and (found := _find_beside(grid, header, vocabulary)):
        return found, []
    keys = vocabulary.list_keys(header.texts)
    parts = [
        part for run in _find_runs(header.texts) for part in _split_run(run, header.texts, keys, vocabulary)
    ]
    blocks = _join_parts(parts, header.texts, keys, vocabulary)
    if len(blocks) < 2:
        return [(grid, header)], []
    ends = [block[0] for block in blocks[1:]] + [max(len(header.texts), *map(len, grid.rows))]
    cut = [_cut_grid(grid, block[0], end) for block, end in zip(blocks, ends, strict=True)]
    found = [(part, vocabulary.find_header(part)) for part in cut]
    tables = [(part, own) for part, own in found if own and own.complete]
    if not tables:
        return [(grid, header)], []
    others = [
        "、".join(text for text in header.texts[block[0] : end] if text)
        for block, end, (_, own) in zip(blocks, ends, found, strict=True)
        if not (own and own.complete)
    ]
    return list(tables), others


def _find_beside(grid: Grid, header: Header, vocabulary: Vocabulary) -> list[tuple[Grid, Header | None]]:
    """Return the tables of a grid in which one at the left or right has its header in another row; else []."""
    keys = vocabulary.list_keys(header.texts)
    named = [position for run in _find_runs(header.texts) if any(keys[p] for p in run) for position in run]
    width = max(map(len, grid.rows))
    if named[0] < FEWEST_COLUMNS and width - named[-1] <= FEWEST_COLUMNS:
        return []
    parts = (
        _cut_grid(grid, 0, named[0]),
        _cut_grid(grid, named[0], named[-1] + 1),
        _cut_grid(grid, named[-1] + 1, width),
    )
    found = [(part, vocabulary.find_header(part)) for part in parts]
    complete = [(part, own) for part, own in found if own and own.complete]
    return list(complete) if len(complete) > 1 else []


FEWEST_COLUMNS = 2


def _find_runs(texts: Sequence[str]) -> list[list[int]]:
    """Return the positions of the columns, divided where a column has no name."""
    runs: list[list[int]] = []
    for position, text in enumerate(texts):
        if text:
            if runs and runs[-1][-1] == position - 1:
                runs[-1].append(position)
            else:
                runs.append([position])
    return runs


def _split_run(
    run: list[int], texts: Sequence[str], keys: Sequence[str | None], vocabulary: Vocabulary
) -> list[list[int]]:
    """Divide a run whose names begin again (学号 姓名 团支部 学号 姓名 团支部), if each part is a whole table."""
    needed = vocabulary.required or vocabulary.identifying
    named = [keys[p] if keys[p] in needed else texts[p] for p in run]
    written = [texts[p] for p in run]
    # As written: a table may have two columns for one needed field (志愿者姓名 … 学生姓名), and each table has both.
    for tokens, choose_cut in (
        (named, lambda part, token: bool(part) and token == part[0]),
        (named, lambda part, token: token in part),
        (written, lambda part, token: bool(part) and token == part[0]),
    ):
        parts: list[list[int]] = []
        seen: list[list[str | None]] = []
        for position, token in zip(run, tokens, strict=True):
            if not parts or choose_cut(seen[-1], token):
                parts.append([])
                seen.append([])
            parts[-1].append(position)
            seen[-1].append(token)
        if len(parts) > 1 and all(
            vocabulary.is_complete({k for p in part if (k := keys[p])}) for part in parts
        ):
            return parts
    return [run]


def _join_parts(
    parts: list[list[int]], texts: Sequence[str], keys: Sequence[str | None], vocabulary: Vocabulary
) -> list[list[int]]:
    """Join parts to tables: a part that repeats no name of the part before goes on with the same table."""
    needed = vocabulary.required or vocabulary.identifying
    tables: list[list[int]] = []
    for part in parts:
        names = [texts[p] for p in part] + [key for p in part if (key := keys[p]) in needed and key]
        before = [name for p in tables[-1] for name in (texts[p], keys[p])] if tables else []
        if tables and not set(names) & set(before):
            tables[-1] = tables[-1] + part
        else:
            tables.append(part)
    return tables


def _cut_grid(grid: Grid, start: int, end: int) -> Grid:
    """Return the columns from `start` to `end` as a grid of their own."""
    merges = [
        ((top, max(left, start) - start), (bottom, min(right, end - 1) - start))
        for (top, left), (bottom, right) in grid.merges
        if left < end and right >= start
    ]
    hidden = frozenset(p - start for p in grid.hidden_columns if start <= p < end)
    return replace(grid, rows=[row[start:end] for row in grid.rows], merges=merges, hidden_columns=hidden)
