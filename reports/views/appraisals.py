"""教育评议 of all branches in a year: which have not begun, which wait for the college, and the results."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.pages import build_list_context
from members.permissions import allow, may
from reports.listings.appraisals import APPRAISALS, find_left_out
from reports.queries.appraisal import count_branches_by_state

LISTED = 50  # names on the page; the export has all of them


@allow("appraisal.view")
@require_safe
def appraisals(request):
    context = build_list_context(request, APPRAISALS)
    form = context["form"]
    if (year := form.of_year) is None:
        return render(request, "members/year_none.html")
    missing = list(find_left_out(request.user, year))
    context |= {
        "left_out": missing[:LISTED],
        "left_out_count": len(missing),
        "year": year,
        "figures": count_branches_by_state(form.branches, year) if form.is_valid() else {},
        "may_edit": may(request.user, "appraisal.edit"),
    }
    return render(request, "reports/appraisals.html", context)
