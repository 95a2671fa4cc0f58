"""Rows of an import for its pages: which of them somebody may read, by severity, searched by their cells."""

from django.db.models import Case, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast

from members.models import ImportRow
from members.permissions import get_scope

# The order of the preview: what needs somebody comes first.
SEVERITY = ("error", "unclear", "changed", "new", "same")


def has_several_sheets(run) -> bool:
    """Return whether the rows come from several worksheets.

    A row's number then needs the worksheet's name.
    """
    counted = run.figures.get("sheets")
    return (count_sheets(run) if counted is None else counted) > 1


def count_sheets(run) -> int:
    """Return the number of worksheets from which the rows come; it reads all rows (50,000: 40 ms)."""
    return run.rows.order_by().values("sheet").distinct().count()


def filter_readable_rows(run, user) -> QuerySet[ImportRow]:
    """Return the rows that the user may read: all for the uploader and for users who see the whole school.

    Other users do not see rows with errors or unclear rows, which may be about people of another college.
    """
    seen = get_scope(user, "import.view")
    if run.created_by_id == user.pk or seen.everything or run.school_id in seen.schools:
        return run.rows.order_by("position")
    return run.rows.exclude(status__in=("error", "unclear")).order_by("position")


def annotate_severity(rows: QuerySet[ImportRow], status: str = "") -> QuerySet[ImportRow]:
    """Annotate `severity`, by which rows with errors come first and rows that change nothing last.

    `status`: that of all the rows, if they have one; their order then comes from the index.
    """
    if status in SEVERITY:
        return rows.filter(status=status).annotate(severity=Value(SEVERITY.index(status)))
    places = [When(status=status, then=Value(place)) for place, status in enumerate(SEVERITY)]
    return rows.annotate(severity=Case(*places, default=Value(len(SEVERITY)), output_field=IntegerField()))


def search_rows(rows: QuerySet[ImportRow], words: str) -> QuerySet[ImportRow]:
    """Return the rows in which every word is found, in a cell of the file or as the row's number."""
    for word in words.split():
        in_cells = Q(cells_text__icontains=word)
        rows = rows.alias(cells_text=Cast("original", TextField())).filter(
            in_cells | Q(number=int(word)) if word.isdecimal() and len(word) < 10 else in_cells
        )
    return rows
