"""教育评议 of all branches in a year, and the people who are on no sheet."""

from django.db.models import QuerySet

from members.lists import ExportSheet, ListColumn, Listing, ListQuery, build_sheet
from members.models import Branch, Member, ServiceYear
from members.queries.as_of import get_day_of
from reports.forms.appraisal import AppraisalFilter
from reports.queries.appraisal import annotate_appraisals, filter_branches, filter_on_no_sheet
from reports.queries.eligibility import filter_assessed, order_by_place
from reports.resources.appraisal import BRANCHES_HEADER, build_branch_row, build_left_out_sheet

BY_NAME = ("college_name", "name")


def find_branches(query: ListQuery) -> QuerySet[Branch]:
    """Return every branch with its appraisal of the year, if it has begun one."""
    form = query.form
    if not form.is_valid():
        return Branch.objects.none()
    return filter_branches(annotate_appraisals(form.branches, form.of_year), form.cleaned_data)


def find_left_out(user, year: ServiceYear, action: str = "appraisal.view") -> QuerySet[Member]:
    """Return active League members in the user's scope who are on no sheet of the year.

    Each with `branch_name`, `college_then` and `college_name` of the year.
    """
    people = filter_assessed(Member.objects.in_scope_on(user, action, get_day_of(year)), year)
    return order_by_place(filter_on_no_sheet(people, year), year)


def build_appraisals_sheet(query: ListQuery) -> ExportSheet:
    """Return the progress of every branch, and on a second worksheet the people who are on no sheet."""
    year, college = query.form.of_year, query.wanted["college"]
    people = find_left_out(query.user, year, query.action)
    left_out = build_left_out_sheet(people.filter(**{"college_then": college.pk} if college else {}))
    filename = f"教育评议-{year.year}.xlsx"
    return build_sheet(query, BRANCHES_HEADER, build_branch_row, filename=filename, more=[left_out])


APPRAISALS = Listing(
    name="appraisals",
    title="教育评议",
    action="appraisal.view",
    filter_form=AppraisalFilter,
    rows=find_branches,
    columns=(
        ListColumn("branch", "团支部", BY_NAME),
        ListColumn("state", "状态", ("state",), empty_last=True),
        ListColumn("held", "评议会", ("held_on",), empty_last=True),
        ListColumn("present", "到会", ("present", "entitled"), largest_first=True, empty_last=True),
        ListColumn("graded", "已评定", ("graded",), numeric=True, empty_last=True),
        ListColumn("taken", "优秀", ("taken",), numeric=True, empty_last=True),
    ),
    default_sort="branch",
    tie_break=(*BY_NAME, "pk"),
    unit="个",
    sheet=build_appraisals_sheet,
    on_command=True,
)
