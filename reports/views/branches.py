"""Hours of each person of a branch, and of each branch of a college, towards the year's 20 hours."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.pages import build_list_context
from members.permissions import allow
from reports.listings.hours import BRANCH_HOURS, COLLEGE_HOURS


@allow("hours.view")
@require_safe
def branch_hours(request, pk: int):
    context = build_list_context(request, BRANCH_HOURS, given={"branch": pk})
    form, rows = context["form"], context["list"].rows
    if (branch := form.of_branch) is None:
        raise Http404
    if form.of_year is None:
        return render(request, "members/year_none.html")
    context |= {
        "branch": branch,
        "year": form.of_year,
        "total": len(rows),
        "reached": sum(not row.missing for row in rows),
        "below": sum(row.missing > 0 for row in rows),
        "above": [(branch.name, branch.get_absolute_url())],
    }
    return render(request, "reports/branch_hours.html", context)


@allow("college.view")
@require_safe
def college_hours(request, pk: int):
    context = build_list_context(request, COLLEGE_HOURS, given={"college": pk})
    form = context["form"]
    if (college := form.of_college) is None:
        raise Http404
    if form.of_year is None:
        return render(request, "members/year_none.html")
    context |= {
        "college": college,
        "year": form.of_year,
        "rows": context["page"],
        "above": [(college.name, college.get_absolute_url())],
    }
    return render(request, "reports/college_hours.html", context)
