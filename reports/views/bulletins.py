"""Reading issues: the list with its trend, an issue, its files, and the public page."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header

from members.models import School, ServiceYear
from members.permissions import allow, may
from members.sheets.workbooks import XLSX
from reports.charts import college_bars, trend
from reports.forms.bulletins import BulletinFilter
from reports.models import Bulletin
from reports.querysets import BulletinQuerySet
from reports.workbooks.bulletins import bulletin_workbook, series_workbook

PAGE_SIZE = 25
ORDERS = {
    "due": ("due_on", "correction_no"),
    "-due": ("-due_on", "-correction_no"),
    "below": ("branches_below", "-due_on"),
    "-below": ("-branches_below", "-due_on"),
}


def chosen_issues(request) -> tuple[BulletinFilter, BulletinQuerySet]:
    """The filter and the issues of the user's school that it leaves, in the order of the address."""
    years = ServiceYear.objects.filter(school=request.user.school_id).values_list("year", flat=True)
    form = BulletinFilter(request.GET, years=list(years))
    issues = Bulletin.objects.visible_to(request.user, "bulletin.view").filter(school=request.user.school_id)
    order = ORDERS.get(request.GET.get("sort"), ORDERS["-due"])
    return form, form.narrow(issues).select_related("previous").order_by(*order)


@allow("bulletin.view")
def bulletins(request):
    form, issues = chosen_issues(request)
    page = Paginator(issues, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "filter_form": form,
        "page": page,
        "trend": trend(issues.in_force()),
        "may_publish": may(request.user, "bulletin.publish"),
    }
    return render(request, "reports/bulletins.html", context)


@allow("bulletin.view")
def bulletins_excel(request):
    _, issues = chosen_issues(request)
    return download(series_workbook(issues), "注册情况通报一览.xlsx")


def issue_or_404(request, pk: int) -> Bulletin:
    issues = Bulletin.objects.visible_to(request.user, "bulletin.view")
    return get_object_or_404(issues.with_figures(), pk=pk)


@allow("bulletin.view")
def bulletin(request, pk):
    issue = issue_or_404(request, pk)
    context = {
        "bulletin": issue,
        "bars": college_bars(issue),
        "may_publish": may(request.user, "bulletin.publish"),
    }
    return render(request, "reports/bulletin.html", context)


@allow("bulletin.view")
def bulletin_excel(request, pk):
    issue = issue_or_404(request, pk)
    return download(bulletin_workbook(issue), f"{issue.school_name}注册情况通报{issue.title}.xlsx")


@allow("bulletin.view")
def bulletin_text(request, pk):
    """To paste into WeChat: a page with a button that copies; ?plain gives the text alone."""
    issue = issue_or_404(request, pk)
    text = render_to_string("reports/bulletin_text.txt", {"bulletin": issue}).strip()
    if "plain" in request.GET:
        return HttpResponse(text + "\n", content_type="text/plain; charset=utf-8")
    return render(request, "reports/bulletin_text.html", {"bulletin": issue, "text": text})


@allow("public")
def bulletin_public(request, code):
    """The latest issue of a school, without a sign-in: school and colleges, counts only."""
    school = get_object_or_404(School, code=code)
    issue = Bulletin.objects.with_figures().latest_of(school)
    bars = college_bars(issue) if issue else None
    return render(request, "reports/bulletin_public.html", {"of": school, "bulletin": issue, "bars": bars})


def download(content: bytes, filename: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, filename)
    return response
