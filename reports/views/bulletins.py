"""Pages to read issues: the list with its trend, an issue, its files, and the public page."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string

from members.models import School
from members.pages import build_list_context, workbook_response
from members.permissions import allow, may
from reports.charts import build_college_bars, build_trend
from reports.listings.bulletins import BULLETINS
from reports.models import Bulletin
from reports.workbooks.bulletins import build_bulletin_workbook


@allow("bulletin.view")
def bulletins(request):
    context = build_list_context(request, BULLETINS)
    issues = context["list"].rows
    context |= {
        "filter_form": context["form"],
        "trend": build_trend(issues.in_force()),
        "may_publish": may(request.user, "bulletin.publish"),
    }
    return render(request, "reports/bulletins.html", context)


def get_issue_or_404(request, pk: int) -> Bulletin:
    issues = Bulletin.objects.visible_to(request.user, "bulletin.view")
    return get_object_or_404(issues.with_figures(), pk=pk)


@allow("bulletin.view")
def bulletin(request, pk):
    issue = get_issue_or_404(request, pk)
    context = {
        "bulletin": issue,
        "bars": build_college_bars(issue),
        "may_publish": may(request.user, "bulletin.publish"),
    }
    return render(request, "reports/bulletin.html", context)


@allow("bulletin.view")
def bulletin_excel(request, pk):
    issue = get_issue_or_404(request, pk)
    return workbook_response(
        build_bulletin_workbook(issue), f"{issue.school_name}注册情况通报{issue.title}.xlsx"
    )


@allow("bulletin.view")
def bulletin_text(request, pk):
    """Show the text for WeChat: a page with a copy button; ?plain returns the text alone."""
    issue = get_issue_or_404(request, pk)
    text = render_to_string("reports/bulletin_text.txt", {"bulletin": issue}).strip()
    if "plain" in request.GET:
        return HttpResponse(text + "\n", content_type="text/plain; charset=utf-8")
    return render(request, "reports/bulletin_text.html", {"bulletin": issue, "text": text})


@allow("public")
def bulletin_public(request, code):
    """Show the latest issue of a school without a sign-in: school and colleges, counts only."""
    school = get_object_or_404(School, code=code)
    issue = Bulletin.objects.with_figures().get_latest_of(school)
    bars = build_college_bars(issue) if issue else None
    return render(request, "reports/bulletin_public.html", {"of": school, "bulletin": issue, "bars": bars})
