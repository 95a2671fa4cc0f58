"""The form that corrects rejected rows of an import: each cell that is read is a field, as it is in the file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django import forms

from members.models import ImportRow, ImportRun
from members.transfer.resources import find_columns, list_headings, split_reason

LONGEST_CELL = 500


@dataclass
class Line:
    """A rejected row in the form: its cells as (field, what is wrong with it), and what is wrong with the row."""

    row: ImportRow
    cells: list[tuple[forms.BoundField, str]]
    problems: list[str]


class CorrectionForm(forms.Form):
    """One field for each cell of the rows; a cell without a column of the portal is not offered."""

    def __init__(self, *args, run: ImportRun, rows: Sequence[ImportRow], **kwargs):
        super().__init__(*args, **kwargs)
        self.run, self.rows = run, rows
        self.columns, self.headings = find_columns(run), list_headings(run)
        self.problems = {row.pk: split_reason(run.kind, row.reason) for row in rows}
        for row in rows:
            for name, heading in self.headings.items():
                key = _make_key(row, name)
                self.fields[key] = forms.CharField(
                    label=heading,
                    required=False,
                    strip=False,
                    max_length=LONGEST_CELL,
                    initial=self._get(row, name),
                )
                if self.problems[row.pk].get(name):
                    self.fields[key].widget.attrs |= {
                        "aria-invalid": "true",
                        "aria-describedby": f"id_{key}_problem",
                    }

    @property
    def lines(self) -> Iterator[Line]:
        """The rows with their fields and reasons, for the page."""
        for row in self.rows:
            wrong = self.problems[row.pk]
            cells = [(self[_make_key(row, name)], wrong.get(name, "")) for name in self.headings]
            yield Line(row, cells, [text for name, text in wrong.items() if name not in self.headings])

    def list_typed(self) -> list[tuple[ImportRow, list[str]]]:
        """Return (row, all its cells) for each row in which something was typed."""
        typed = []
        for row in self.rows:
            cells = [*row.original, *[""] * (len(self.run.header) - len(row.original))]
            for name in self.headings:
                cells[self.columns[name]] = self.cleaned_data[_make_key(row, name)]
            if cells != row.original:
                typed.append((row, cells))
        return typed

    def _get(self, row: ImportRow, name: str) -> str:
        place = self.columns[name]
        return row.original[place] if place < len(row.original) else ""


def _make_key(row: ImportRow, name: str) -> str:
    return f"r{row.pk}-{name}"
