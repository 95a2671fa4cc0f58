"""教育评议 of all branches in a year: who has not begun, who waits for the college, what came out."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.models import Branch, ServiceYear
from members.permissions import allow, may
from members.services.exports import log_export
from members.views.people import PER_PAGE
from members.workbooks import workbook_bytes
from reports.forms.appraisal import AppraisalFilter
from reports.models import Appraisal
from reports.queries.appraisal import branches_with_appraisal, narrowed, ordered, standing
from reports.resources.appraisal import export_list
from reports.views.bulletins import download
from reports.views.eligibility import chosen_year


def listed(request):
    """The filter, the year, where all visible branches stand, and those that the filter leaves."""
    branches = Branch.objects.visible_to(request.user, "appraisal.view")
    years = ServiceYear.objects.filter(school=request.user.school)
    form = AppraisalFilter(request.GET, branches=branches, years=list(years.values_list("year", flat=True)))
    wanted = form.cleaned_data if form.is_valid() else {}
    year = chosen_year(request.user, wanted.get("year"))
    if year is None or not form.is_valid():
        return form, year, {}, Branch.objects.none()
    appraisals = Appraisal.objects.visible_to(request.user, "appraisal.view")
    rows = narrowed(branches_with_appraisal(branches, appraisals, year), wanted)
    return form, year, standing(branches, appraisals, year), ordered(rows, request.GET.get("sort", ""))


@allow("appraisal.view")
@require_safe
def appraisals(request):
    form, year, figures, rows = listed(request)
    if year is None:
        return render(request, "members/year_none.html")
    context = {
        "form": form,
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
    log_export(user=request.user, kind="appraisals", filters=filters, rows=len(rows))
    return download(workbook_bytes([sheet]), f"教育评议-{year.year}.xlsx")
