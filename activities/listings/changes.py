"""更新后有变化的时长: yearly totals that the rule of what counts changed."""

from django.db.models import QuerySet

from activities.forms.people import OfPeopleFilter
from activities.models import ChangedTotal
from members.lists import ListColumn, Listing, ListQuery, Row, build_sheet

HEADER = ["学号", "姓名", "学院", "团支部", "年度", "用途", "更新前（分钟）", "更新后（分钟）", "原因"]


def find_changed_totals(query: ListQuery) -> QuerySet[ChangedTotal]:
    """Return the changed totals of people in the user's scope who match the filter."""
    found = ChangedTotal.objects.visible_to(query.user, query.action)
    if not query.is_valid:
        return found.none()
    return query.form.filter_by_people(found).select_related("member__branch__college")


def build_row(total: ChangedTotal) -> Row:
    person = total.member
    return [
        person.student_no,
        person.name,
        person.branch.college.name,
        person.branch.name,
        total.year,
        total.get_purpose_display(),
        total.before,
        total.after,
        "；".join(total.reasons),
    ]


CHANGED_TOTALS = Listing(
    name="hours_changed_totals",
    title="更新后有变化的时长",
    action="hours.view",
    filter_form=OfPeopleFilter,
    rows=find_changed_totals,
    columns=(
        ListColumn("name", "姓名", ("member__sort_key",)),
        ListColumn("branch", "团支部", ("member__branch__college__name", "member__branch__name")),
        ListColumn("year", "年度", ("year",), numeric=True),
        ListColumn("purpose", "用途", ("purpose",)),
        ListColumn("before", "更新前", ("before",), numeric=True),
        ListColumn("after", "更新后", ("after",), numeric=True),
        ListColumn("reasons", "原因"),
    ),
    default_sort="name",
    sheet=lambda query: build_sheet(query, HEADER, build_row),
)
