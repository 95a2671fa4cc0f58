"""Rows of an import for its preview: a sample of each status, and all rows of a status by pages."""

from collections.abc import Iterable

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from members.models import ImportRow
from members.permissions import get_scope

SAMPLE = 5


def has_several_sheets(run) -> bool:
    """Return whether the rows come from several worksheets.

    A row's number then needs the worksheet's name.
    """
    return run.rows.order_by().values("sheet").distinct().count() > 1


def filter_readable_rows(run, user):
    """Return the rows that the user may read: all for the uploader and for users who see the whole school.

    Other users do not see rows with errors or unclear rows, which may be about people of another college.
    """
    seen = get_scope(user, "import.view")
    if run.created_by_id == user.pk or seen.everything or run.school_id in seen.schools:
        return run.rows.order_by("position")
    return run.rows.exclude(status__in=("error", "unclear")).order_by("position")


def list_first_rows(run, user) -> list[dict]:
    """Return [{status, label, rows, count, more}] with the first rows of each status, in one query."""
    place = Window(RowNumber(), partition_by=F("status"), order_by=F("position").asc())
    rows = describe_rows(
        filter_readable_rows(run, user).annotate(place=place).filter(place__lte=SAMPLE), run.kind
    )
    groups = []
    for status in ("error", "unclear", "changed", "new", "same"):
        found = [row for row in rows if row.status == status]
        if found:
            count = run.figures.get(status, 0)
            label = found[0].get_status_display()
            groups.append(
                {"status": status, "label": label, "rows": found, "count": count, "more": count > len(found)}
            )
    return groups


def describe_rows(rows: Iterable[ImportRow], kind: str) -> list[ImportRow]:
    """Return the rows as a list, each with `described`: its changes as text for the pages."""
    found = list(rows)
    for row in found:
        row.described = row.describe_changes(kind)
    return found
