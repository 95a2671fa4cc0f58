"""Hours of each person of a branch, and of each branch of a college, towards the year's 20."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from members.models import Branch, College, Member, ServiceYear
from members.pages import workbook_response
from members.permissions import allow
from members.services.export_log import log_export
from members.sheets.workbooks import workbook_bytes
from members.views.people import PER_PAGE
from reports.forms.hours import HoursFilter
from reports.queries.hours import (
    BRANCH_ORDERS,
    ORDERS,
    SHEET,
    hours_of_branches,
    hours_of_people,
    year_chosen,
)
from reports.queries.standings import arranged


def _listed(request, pk: int):
    """The branch, its year, the filter, and everybody active whom the filter leaves."""
    branches = Branch.objects.visible_to(request.user, "hours.view").select_related("college__school")
    branch = get_object_or_404(branches, pk=pk)
    years = ServiceYear.objects.filter(school=branch.college.school)
    form = HoursFilter(request.GET, years=list(years.values_list("year", flat=True)))
    wanted = form.cleaned_data if form.is_valid() else {}
    year = year_chosen(branch.college.school, wanted.get("year"))
    if year is None or not form.is_valid():
        return branch, year, form, []
    people = Member.objects.visible_to(request.user, "hours.view").filter(branch=branch, state="active")
    people = people.search(wanted["q"])
    if stage := wanted["stage"]:
        people = people.filter(stage="member") if stage == "member" else people.exclude(stage="member")
    rows = hours_of_people(people, year)
    if hours := wanted["hours"]:
        rows = [row for row in rows if bool(row.missing) == (hours == "missing")]
    return branch, year, form, arranged(rows, ORDERS, request.GET.get("sort", ""))


@allow("hours.view")
@require_safe
def branch_hours(request, pk: int):
    branch, year, form, rows = _listed(request, pk)
    if year is None:
        return render(request, "members/year_none.html")
    context = {
        "branch": branch,
        "year": year,
        "form": form,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "total": len(rows),
        "reached": sum(not row.missing for row in rows),
        "below": sum(row.missing > 0 for row in rows),
        "above": [(branch.name, branch.get_absolute_url())],
    }
    return render(request, "reports/branch_hours.html", context)


@allow("hours.view")
@require_safe
def branch_hours_export(request, pk: int):
    branch, year, form, rows = _listed(request, pk)
    if year is None or not form.is_valid():
        raise Http404
    if request.user.school is None:
        raise PermissionDenied  # a repair account belongs to no school: there is no audit trail to note it in
    filters = {name: value for name, value in request.GET.items() if value and name in form.fields}
    log_export(user=request.user, kind="hours", filters=filters | {"branch": str(pk)}, rows=len(rows))
    return workbook_response(
        workbook_bytes([("服务时长", SHEET, (row.cells for row in rows))]),
        f"{branch.name}服务时长-{year.year}.xlsx",
    )


@allow("college.view")
@require_safe
def college_hours(request, pk: int):
    colleges = College.objects.visible_to(request.user, "college.view").select_related("school")
    college = get_object_or_404(colleges, pk=pk)
    year = year_chosen(college.school, request.GET.get("year"))
    if year is None:
        return render(request, "members/year_none.html")
    people = Member.objects.visible_to(request.user, "hours.view")
    rows = hours_of_branches(
        college.branches.order_by("name"), people.filter(branch__college=college, state="active"), year
    )
    context = {
        "college": college,
        "year": year,
        "rows": arranged(rows, BRANCH_ORDERS, request.GET.get("sort", "-missing")),
        "above": [(college.name, college.get_absolute_url())],
    }
    return render(request, "reports/college_hours.html", context)
