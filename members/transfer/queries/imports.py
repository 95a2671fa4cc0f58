"""Rows of an import for its preview: a sample of each status, and all rows of a status by pages."""

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from members.permissions import scope

SAMPLE = 5


def has_several_sheets(run) -> bool:
    """Return whether the rows come from several worksheets, so that a row's number needs the worksheet's
    name."""
    return run.rows.order_by().values("sheet").distinct().count() > 1


def readable_rows(run, user):
    """Return the rows that the user may read: all for the uploader and for users who see the whole school.

    Other users do not see rows with errors or unclear rows, which may be about people of another college.
    """
    seen = scope(user, "import.view")
    if run.created_by_id == user.pk or seen.everything or run.school_id in seen.schools:
        return run.rows.order_by("position")
    return run.rows.exclude(status__in=("error", "unclear")).order_by("position")


def rows_of(run, user, status: str):
    """Return the rows of one status in the file's order, each with `described`, its changes as text."""
    return Described(readable_rows(run, user).filter(status=status), run.kind)


def first_rows(run, user) -> list[dict]:
    """Return [{status, label, rows, count, more}] with the first rows of each status, in one query for the
    rows."""
    place = Window(RowNumber(), partition_by=F("status"), order_by=F("position").asc())
    rows = list(Described(readable_rows(run, user).annotate(place=place).filter(place__lte=SAMPLE), run.kind))
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


class Described:
    """A QuerySet of rows that adds `described` to each row it yields; a paginator can count and slice it."""

    def __init__(self, rows, kind: str):
        self.rows, self.kind, self.ordered = rows, kind, True

    def __len__(self):
        return self.rows.count()

    def __getitem__(self, part: slice):
        return list(Described(self.rows[part], self.kind))

    def __iter__(self):
        for row in self.rows:
            row.described = row.described_changes(self.kind)
            yield row
