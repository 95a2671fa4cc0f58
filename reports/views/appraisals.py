"""教育评议 of all branches in a year: who has not begun, who waits for the college, what came out."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.models import Branch, Member, ServiceYear
from members.pages import workbook_response
from members.permissions import allow, may
from members.services.export_log import log_export
from members.sheets.workbooks import workbook_bytes
from members.views.people import PER_PAGE
from reports.forms.appraisal import AppraisalFilter
from reports.models import Appraisal, AppraisalGrade
from reports.queries.appraisal import branches_with_appraisal, narrowed, on_no_sheet, ordered, standing
from reports.queries.eligibility import assessed
from reports.resources.appraisal import export_left_out, export_list

LISTED = 50  # names on the page; all of them stand in the export


def listed(request):
    """The filter, the year, where all visible branches stand, and those that the filter leaves."""
    branches = Branch.objects.visible_to(request.user, "appraisal.view")
    years = ServiceYear.objects.filter(school=request.user.school)
    form = AppraisalFilter(request.GET, branches=branches, years=list(years.values_list("year", flat=True)))
    wanted = form.cleaned_data if form.is_valid() else {}
    year = ServiceYear.objects.chosen(request.user.school, wanted.get("year"))
    if year is None or not form.is_valid():
        return form, year, {}, Branch.objects.none()
    appraisals = Appraisal.objects.visible_to(request.user, "appraisal.view")
    rows = narrowed(branches_with_appraisal(branches, appraisals, year), wanted)
    return form, year, standing(branches, appraisals, year), ordered(rows, request.GET.get("sort", ""))


def left_out(user, year: ServiceYear):
    """Active League members whom the user may see and who stand on no sheet of the year, with their branch."""
    people = assessed(Member.objects.visible_to(user, "appraisal.view"), year)
    sheets = Appraisal.objects.filter(year__school=year.school_id)
    return on_no_sheet(people, AppraisalGrade.objects.all(), sheets, year).select_related("branch__college")


@allow("appraisal.view")
@require_safe
def appraisals(request):
    form, year, figures, rows = listed(request)
    if year is None:
        return render(request, "members/year_none.html")
    missing = list(left_out(request.user, year))
    context = {
        "form": form,
        "left_out": missing[:LISTED],
        "left_out_count": len(missing),
        "year": year,
        "figures": figures,
        "may_edit": may(request.user, "appraisal.edit"),
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "reports/appraisals.html", context)


@allow("appraisal.view")
@require_safe
def appraisals_export(request):
    form, year, _, rows = listed(request)
    if not form.is_valid() or year is None:
        raise Http404
    if request.user.school is None:
        raise PermissionDenied  # a repair account belongs to no school: there is no audit trail to note it in
    filters = {name: value for name, value in request.GET.items() if value and name in form.fields}
    sheet = export_list(rows)
    people, college = left_out(request.user, year), form.cleaned_data["college"]
    missing = export_left_out(people.filter(branch__college=college) if college else people)
    log_export(user=request.user, kind="appraisals", filters=filters, rows=len(rows) + len(missing[-1]))
    return workbook_response(workbook_bytes([sheet, missing]), f"教育评议-{year.year}.xlsx")
