"""What the pages of an import show of its rows: a cell for each column that is read, and remarks behind them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.urls import reverse

from members.models import ImportRow, ImportRun, User
from members.models.imports import MOBILE
from members.sheets.cells import mask_phone
from members.transfer.queries.links import link_rows
from members.transfer.resources import find_columns, list_headings, split_reason
from members.transfer.services import imports
from members.transfer.services.imports import get_status_label

# Columns that tell a change, where the change has another name than its column.
TOLD_BY = {
    "stage": ("stage", "politics"),
    "party": ("politics", "stage"),
    "hours_of": ("name",),
    "hours_title": ("title",),
    "hours_served_on": ("day", "start"),
    "hours_span": ("start", "end"),
    "hours_minutes": ("stated", "end"),
    "hours_state": ("state",),
    "counts_from": ("registered_on",),
}
PHONES = frozenset({"phone", "contact_phone"})
# Numbers that name a person or thing; they may look like a mobile number and are shown in full.
NUMBERS = frozenset({"student_no", "former_no", "volunteer_no", "number", "record_no", "outside_no", "code"})


@dataclass
class ShownCell:
    """A cell of a row: its text, and what changes (old, new), what is doubtful or wrong about it."""

    label: str
    text: str
    changes: list[tuple[str, str]] = field(default_factory=list)
    doubt: str = ""
    problem: str = ""


# Kinds whose rows give rights: they need a recent proof of who confirms them, as the pages of appointments do.
SENSITIVE = frozenset({ImportRun.Kind.ACCOUNTS})


def get_run_or_404(user, pk: int) -> ImportRun:
    """Return an import that the user may see, or raise Http404."""
    runs = ImportRun.objects.visible_to(user, "import.view")
    return get_object_or_404(runs.select_related("school", "college", "created_by", "follows"), pk=pk)


def build_import_breadcrumb(run: ImportRun | None = None) -> list[tuple[str, str]]:
    """Return the pages above this one, for the breadcrumb."""
    way = [("导入", reverse("imports"))]
    return [*way, (run.filename, run.get_absolute_url())] if run else way


def show_rows(rows: Iterable[ImportRow], run: ImportRun, user) -> list[ImportRow]:
    """Return the rows as a list, each with its `cells`, `remarks` (texts), `label` and `url`."""
    found, columns, headings = list(rows), find_columns(run), list_headings(run)
    links = link_rows(run, found, user)
    for row in found:
        problems = split_reason(run.kind, row.reason) if row.status == "error" else {"": row.reason}
        cells = {
            name: ShownCell(
                label,
                _mask(row, name, _get(row.original, columns[name])),
                doubt=row.doubts.get(name, ""),
                problem=problems.get(name, ""),
            )
            for name, label in headings.items()
        }
        left = _place_changes(row, run.kind, cells)
        row.label = get_status_label(run.kind, row.status)
        row.cells, row.url = list(cells.values()), links.get(row.pk, "")
        row.remarks = [
            *left,
            *(text for name, text in problems.items() if name not in cells and text),
            *(text for name, text in row.doubts.items() if name not in cells),
        ]
    return found


def _place_changes(row: ImportRow, kind: str, cells: dict[str, ShownCell]) -> list[str]:
    """Put each change into the cell that tells it; return the others as text."""
    left = []
    for name, label, old, new in row.describe_changes(kind):
        told_by = next((one for one in TOLD_BY.get(name, (name,)) if one in cells), None)
        if told_by:
            cells[told_by].changes.append((old, new))
        else:
            left.append(f"{label}：{old} → {new}")
    return left


def _get(original: list[str], place: int) -> str:
    return original[place] if place < len(original) else ""


def _mask(row: ImportRow, name: str, text: str) -> str:
    """Return the text of a cell without phone numbers (requirements §6)."""
    if name in PHONES:
        return mask_phone(text) if text.strip() else ""
    return text if name in NUMBERS and row.data else MOBILE.sub(r"\1****\2", text)


def may_undo(run: ImportRun, user: User) -> bool:
    """Return whether the page of a finished import offers to undo it."""
    if run.state != ImportRun.State.DONE:
        return False
    try:
        imports.check_undo_right(run=run, user=user)
    except ValidationError:
        return False
    return True
