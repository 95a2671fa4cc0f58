"""待录入时长: rows of hours that wait for their person or for a decision."""

from django.db.models import Q, QuerySet

from activities.forms.cases import WaitingFilter
from activities.models import WaitingHours
from activities.resources.waiting import WAITING_HEADER, build_waiting_row
from members.lists import ListColumn, Listing, ListQuery, build_sheet
from members.sheets.cells import tidy_number


def find_waiting_rows(query: ListQuery) -> QuerySet[WaitingHours]:
    """Return the rows in scope that match the filter, by default those that wait."""
    wanted = query.wanted
    found = WaitingHours.objects.visible_to(query.user, query.action)
    found = found.filter(state=wanted.get("state") or WaitingHours.State.WAITING)
    if question := wanted.get("question"):
        found = found.filter(question=question)
    for word in wanted.get("q", "").split():
        found = found.filter(Q(name__icontains=word) | Q(person_no__istartswith=tidy_number(word)))
    return found


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
    sheet=lambda query: build_sheet(query, WAITING_HEADER, build_waiting_row),
)
