"""The rows behind an indicator of 学院考核, and the lists of 表彰."""

from django.db.models import QuerySet

from members.lists import ExportSheet, ListColumn, Listing, ListQuery, build_sheet
from reports.forms.assessment import RowsFilter
from reports.forms.years import YearFilter
from reports.models import Commendation
from reports.queries.assessment_rows import Row
from reports.workbooks.assessment import ROWS_HEADER, measure_row


def find_rows(query: ListQuery) -> list[Row]:
    """Return rows of the indicator, those that are missed first."""
    rows = query.form.rows_behind
    return [row for row in rows if row.missed] if query.wanted.get("only") else rows


def build_rows_sheet(query: ListQuery) -> ExportSheet:
    label = query.form.of_indicator.label
    filename = f"{label}-{query.form.of_year.year}.xlsx"
    return build_sheet(query, ROWS_HEADER, measure_row, title=label, filename=filename)


ASSESSMENT_ROWS = Listing(
    name="assessment_rows",
    title="学院考核明细",
    action="assessment.view",
    filter_form=RowsFilter,
    rows=find_rows,
    columns=(
        ListColumn("name", "名称", lambda row: (row.name, row.place)),
        ListColumn("detail", "情况", lambda row: row.detail),
        ListColumn("measure", "计入 / 应计", lambda row: (row.measure.counted, row.measure.of), numeric=True),
        ListColumn("result", "结果", lambda row: not row.missed),
    ),
    unit="行",
    sheet=build_rows_sheet,
)


def find_commendations(query: ListQuery) -> QuerySet[Commendation]:
    """Return the lists of the year, the latest first."""
    found = Commendation.objects.visible_to(query.user, query.action)
    return found.filter(year=query.form.of_year) if query.is_valid else found.none()


COMMENDATIONS = Listing(
    name="commendations",
    title="表彰名单",
    action="commendation.view",
    filter_form=YearFilter,
    rows=find_commendations,
    columns=(
        ListColumn("name", "名称", ("name",)),
        ListColumn("kind", "对象", ("kind",)),
        ListColumn("places", "名额", ("places",), numeric=True),
        ListColumn("state", "状态", ("issued_at",)),
    ),
    tie_break=("-created_at", "-pk"),
    unit="项",
)
