"""待录入时长: rows of hours that wait for their person or for a decision."""

from django.db.models import Q, QuerySet

from activities.forms.cases import WaitingFilter
from activities.models import WaitingHours
from members.lists import ListColumn, Listing, ListQuery, Row, build_sheet

HEADER = ("来源", "学号或志愿者编号", "姓名", "项目名称", "服务日期", "时长（分钟）", "原因", "说明", "状态")


def find_waiting_rows(query: ListQuery) -> QuerySet[WaitingHours]:
    """Return the rows in scope that match the filter, by default those that wait."""
    wanted = query.wanted
    found = WaitingHours.objects.visible_to(query.user, query.action)
    found = found.filter(state=wanted.get("state") or WaitingHours.State.WAITING)
    if question := wanted.get("question"):
        found = found.filter(question=question)
    for word in wanted.get("q", "").split():
        found = found.filter(Q(name__icontains=word) | Q(person_no__istartswith=word))
    return found


def build_waiting_row(row: WaitingHours) -> Row:
    data = row.data
    said = [
        row.get_source_display(),
        row.person_no,
        row.name,
        data["title"],
        data["served_on"],
        data["minutes"],
    ]
    return [*said, row.get_question_display(), row.reason, row.get_state_display()]


WAITING_HOURS = Listing(
    name="hours_waiting",
    title="待录入时长",
    action="hours.decide",
    filter_form=WaitingFilter,
    rows=find_waiting_rows,
    columns=(
        ListColumn("name", "姓名", ("name", "person_no")),
        ListColumn("source", "来源", ("source",)),
        ListColumn("served", "服务", ("data__served_on",), largest_first=True),
        ListColumn("minutes", "时长", ("data__minutes",), numeric=True),
        ListColumn("reason", "原因", ("question", "reason")),
    ),
    default_sort="-served",
    tie_break=("-pk",),
    sheet=lambda query: build_sheet(query, HEADER, build_waiting_row),
)
