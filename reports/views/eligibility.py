"""评优资格: who may be 优秀 or stand for honours, who is at risk, and each person's verdict with its reasons."""

from collections.abc import Iterator

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.models import Branch, Member, ServiceYear
from members.permissions import allow, may
from members.services.export_log import log_export
from members.views.people import PER_PAGE, person_or_404
from reports.forms.eligibility import BranchesFilter, EligibilityFilter
from reports.models import AppraisalGrade, ExcellentException, Nomination
from reports.queries.eligibility import JudgedMember, judged_branches, span_of
from reports.queries.standings import (
    BRANCH_ORDERS,
    BRANCHES,
    ORDERS,
    Tally,
    arranged,
    standing_at,
    tally,
)
from reports.services.eligibility import judge, judge_one
from reports.views.bulletins import download
from reports.workbooks.verdicts import branches_workbook


def listed(request, action: str) -> tuple[EligibilityFilter, ServiceYear | None, Iterator[JudgedMember]]:
    """The filter, the year, and the verdicts of everybody it leaves, whatever they are."""
    form = EligibilityFilter(request.GET, user=request.user, action=action)
    year = form.of_year
    return form, year, judge(form.people, year) if year and form.is_valid() else iter(())


def chosen_year(user, number: int | None) -> ServiceYear | None:
    """The year asked for; without one, or where there is no such year, that of today."""
    return ServiceYear.objects.chosen(user.school, number)


def acting_year(request, school) -> ServiceYear | None:
    """The year that a form was opened for: its own field says so, before that its address, else it is that of today.

    Nothing is written into another year than the one on the page, also where the years have turned meanwhile.
    """
    asked = request.POST.get("year") or request.GET.get("year")
    if not asked:
        return ServiceYear.objects.current(school)
    return get_object_or_404(ServiceYear, school=school, year=_number(asked))


def in_year(name: str, year: ServiceYear, *args) -> str:
    """The address of a page that shows a year."""
    return f"{reverse(name, args=args)}?year={year.year}"


@allow("eligibility.view")
@require_safe
def eligibility(request):
    form, year, rows = listed(request, "eligibility.view")
    if year is None:
        return render(request, "members/year_none.html")
    rows, wanted = list(rows), getattr(form, "cleaned_data", {})
    total = tally(rows, group=_grouping(request.user, wanted))
    chosen = arranged(standing_at(rows, wanted.get("standing", "")), ORDERS, request.GET.get("sort", ""))
    seen = ExcellentException.objects.visible_to(request.user, "eligibility.view")
    context = {
        "form": form,
        "year": year,
        "page": Paginator(chosen, PER_PAGE).get_page(request.GET.get("page")),
        "total": total,
        "reminder": reminder(total, year),
        "asked": seen.asked().filter(year=year).count(),
        "may_export": may(request.user, "eligibility.export"),
        "filters": _filters(request),
    }
    return render(request, "reports/eligibility.html", context)


def _grouping(user, wanted: dict):
    """By college where several may be among the people, otherwise by branch."""
    one_college = wanted.get("college") or wanted.get("branch") or not may(user, "overview.view")
    return (lambda row: row.branch) if one_college else (lambda row: row.college)


def _filters(request) -> str:
    """The address's filters without standing and page, for the links of the figures."""
    query = request.GET.copy()
    for name in ("standing", "page", "sort"):
        query.pop(name, None)
    return query.urlencode()


def reminder(total: Tally, year: ServiceYear) -> str:
    """催办文案: counts only; with the days that are left of the year."""
    last = span_of(year)[1]
    left = (last - timezone.localdate()).days
    context = {"total": total, "year": year, "last": last, "days_left": left if 0 <= left < 366 else None}
    return render_to_string("reports/eligibility_reminder.txt", context).strip()


@allow("eligibility.view")
@require_safe
def eligibility_member(request, pk: int):
    person = person_or_404(request.user, pk, "eligibility.view")
    year = chosen_year(request.user, _number(request.GET.get("year")))
    if year is None:
        return render(request, "members/year_none.html")
    judged = judge_one(person, year)
    seen = ExcellentException.objects.visible_to(request.user, "eligibility.view")
    context = {
        "person": person,
        "year": year,
        "verdict": judged.verdict,
        "exceptions": seen.filter(member=person, year=year),
        "grade": AppraisalGrade.objects.settled().filter(member=person, appraisal__year=year).first(),
        "nominations": _nominations(request.user, person, year),
        "may_ask": _may_ask(request.user, judged),
        "above": [("评优资格", in_year("eligibility", year))],
    }
    return render(request, "reports/eligibility_member.html", context)


def _nominations(user, person: Member, year: ServiceYear):
    """The honours of the year for which this person stood."""
    seen = Nomination.objects.visible_to(user, "honour.view")
    return seen.filter(member=person, title__year=year).select_related("title")


def _may_ask(user, judged: JudgedMember) -> bool:
    needed = judged.verdict.excellent is False and judged.exception_id is None
    return needed and Member.objects.visible_to(user, "exception.ask").filter(pk=judged.pk).exists()


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) == 4 else None


# --- branches -----------------------------------------------------------------------------------------------------


def listed_branches(request, action: str):
    form = BranchesFilter(request.GET, user=request.user, action=action)
    wanted = form.cleaned_data if form.is_valid() else {}
    year = chosen_year(request.user, wanted.get("year"))
    branches = Branch.objects.visible_to(request.user, action)
    if college := wanted.get("college"):
        branches = branches.filter(college=college)
    rows = judged_branches(branches, year) if year and form.is_valid() else []
    kept = [row for row in rows if not wanted.get("bar") or BRANCHES[wanted["bar"]](row)]
    return form, year, arranged(kept, BRANCH_ORDERS, request.GET.get("sort", ""))


@allow("eligibility.view")
@require_safe
def eligibility_branches(request):
    form, year, rows = listed_branches(request, "eligibility.view")
    if year is None:
        return render(request, "members/year_none.html")
    context = {
        "form": form,
        "year": year,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "may_export": may(request.user, "eligibility.export"),
        "above": [("评优资格", in_year("eligibility", year))],
    }
    return render(request, "reports/eligibility_branches.html", context)


@allow("eligibility.export")
@require_safe
def eligibility_branches_export(request) -> HttpResponse:
    form, year, rows = listed_branches(request, "eligibility.export")
    if not form.is_valid() or year is None:
        raise Http404
    if request.user.school is None:
        raise PermissionDenied
    filters = {name: value for name, value in request.GET.items() if value and name in form.fields}
    log_export(user=request.user, kind="eligibility_branches", filters=filters, rows=len(rows))
    return download(branches_workbook(rows), f"团支部荣誉资格-{year.year}.xlsx")
