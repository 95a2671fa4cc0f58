"""The lists of projects, activities and hours."""

from django.utils import timezone

from activities.forms.totals import RecordFilter
from activities.resources.totals import RECORD, record_row
from members.tables import Column, Listing, ListQuery, Sheet, build_sheet

# --- 服务记录 ---------------------------------------------------------------------------------------------------


def records_sheet(query: ListQuery) -> Sheet:
    """The headers that the import of hours reads."""
    return build_sheet(query, RECORD, record_row, filename=f"服务记录-{timezone.localdate():%Y%m%d}.xlsx")


RECORDS = Listing(
    name="hours_records",
    title="服务记录",
    action="hours.view",
    filter_form=RecordFilter,
    rows=lambda query: query.form.found(),
    columns=(
        Column("title", "服务", ("title",)),
        Column("name", "姓名", ("member__sort_key",)),
        Column("branch", "团支部", ("member__branch__college__name", "member__branch__name")),
        Column("served", "服务时间", ("served_on", "starts_at"), largest_first=True),
        Column("minutes", "时长", ("minutes",), numeric=True),
        Column("source", "来源", ("source",)),
        Column("state", "状态", ("state",)),
    ),
    default_sort="-served",
    tie_break=("-pk",),
    sheet=records_sheet,
    on_command=True,
)
