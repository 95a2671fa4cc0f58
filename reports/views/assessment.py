"""学院考核: live figures by college and branch, the rows behind them, weights, and locked results."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.models import Branch, College, ServiceYear
from members.pages import submit_form, workbook_response
from members.permissions import allow, may
from members.services.export_log import log_export
from members.views.people import PER_PAGE
from reports.forms.assessment import LockForm, RowsFilter, WeightsForm, YearFilter
from reports.models import Assessment, AssessmentScheme
from reports.pages import link_in_year
from reports.queries.assessment import Ground, branch_scores, college_scores
from reports.queries.assessment_rows import Row, rows_behind
from reports.rules.assessment import BY_KEY, SUGGESTED, Indicator, Measure, ranked
from reports.services.assessment import (
    changed_rules,
    compared,
    current_scheme,
    draft_weights,
    lock,
    publish_weights,
)
from reports.workbooks.assessment import result_workbook, rows_workbook, scores_workbook

ABOVE = "学院考核"


def years_of(user) -> list[int]:
    return list(ServiceYear.objects.filter(school=user.school).values_list("year", flat=True))


def branches_of(user, year: ServiceYear):
    return Branch.objects.visible_to(user, "assessment.view").filter(college__school=year.school_id)


def ground_of(user, year: ServiceYear, **narrowed) -> Ground:
    """What the user may see of the year, narrowed by lookups of branches."""
    chosen = {name: value for name, value in narrowed.items() if value}
    return Ground(year, branches_of(user, year).filter(**chosen), timezone.localdate())


def live(request) -> tuple[YearFilter, ServiceYear | None, dict]:
    """The filter, the year, and the colleges' scores by the published weights (else by those suggested)."""
    form = YearFilter(request.GET, years=years_of(request.user))
    year = ServiceYear.objects.chosen(
        request.user.school, form.cleaned_data["year"] if form.is_valid() else None
    )
    if year is None:
        return form, None, {}
    scheme = current_scheme(year)
    weights = scheme.weights if scheme else SUGGESTED
    scores = college_scores(ground_of(request.user, year), weights)
    # A place among all can only be seen by whoever sees all: the school, or everybody once it is locked.
    whole = may(request.user, "assessment.publish")
    lines = ranked(scores) if whole else [(None, one) for one in scores]
    return form, year, {"scheme": scheme, "weights": weights, "whole": whole, "lines": lines}


@allow("assessment.view")
@require_safe
def assessment(request):
    form, year, found = live(request)
    if year is None:
        return render(request, "members/year_none.html")
    context = {
        "form": form,
        "year": year,
        "indicators": [(BY_KEY[key], weight) for key, weight in ordered(found["weights"])],
        "results": Assessment.objects.visible_to(request.user, "assessment.view").filter(year=year),
        **found,
    }
    return render(request, "reports/assessment.html", context)


def ordered(weights: dict[str, int]) -> list[tuple[str, int]]:
    """In the order of the indicators, whatever order the weights were kept in."""
    return [(key, weights[key]) for key in BY_KEY]


@allow("assessment.view")
@require_safe
def assessment_export(request):
    _, year, found = live(request)
    if year is None:
        raise Http404
    note(request, "assessment", {"year": str(year.year)}, len(found["lines"]))
    content = scores_workbook(found["lines"], found["weights"])
    return workbook_response(content, f"学院考核-{year.year}.xlsx")


def note(request, kind: str, filters: dict, rows: int) -> None:
    """Into the audit log, before anything leaves."""
    if request.user.school is None:
        raise PermissionDenied  # a repair account belongs to no school: there is no audit trail to note it in
    log_export(user=request.user, kind=kind, filters=filters, rows=rows)


@allow("assessment.view")
@require_safe
def assessment_college(request, pk: int):
    """三(五) 对各级团组织的考核: the same indicators by branch."""
    college = get_object_or_404(College.objects.visible_to(request.user, "assessment.view"), pk=pk)
    year = ServiceYear.objects.chosen(request.user.school, _number(request.GET.get("year")))
    if year is None:
        return render(request, "members/year_none.html")
    scheme = current_scheme(year)
    weights = scheme.weights if scheme else SUGGESTED
    ground = ground_of(request.user, year, college=college)
    context = {
        "college": college,
        "year": year,
        "scheme": scheme,
        "own": college_scores(ground, weights),
        "branches": ranked(branch_scores(ground, weights)),
        "branch_indicators": [(BY_KEY[key], weight) for key, weight in ordered(weights) if BY_KEY[key].by_branch],
        "above": [(ABOVE, link_in_year("assessment", year))],
    }  # fmt: skip
    return render(request, "reports/assessment_college.html", context)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) == 4 else None


# --- the rows behind a figure -------------------------------------------------------------------------------------


def listed(request, key: str) -> tuple[Indicator, RowsFilter, ServiceYear, list[Row]]:
    """Rows that the address asks for, those that are missed first."""
    if key not in BY_KEY or request.user.school is None:
        raise Http404
    branches = Branch.objects.visible_to(request.user, "assessment.view").filter(
        college__school=request.user.school
    )
    form = RowsFilter(request.GET, branches=branches, years=years_of(request.user))
    wanted = form.cleaned_data if form.is_valid() else {}
    year = ServiceYear.objects.chosen(request.user.school, wanted.get("year"))
    if year is None:
        raise Http404
    if not form.is_valid():
        return BY_KEY[key], form, year, []
    branch = wanted["branch"] if BY_KEY[key].by_branch else None
    ground = ground_of(request.user, year, college=wanted["college"], pk=branch and branch.pk)
    rows = list(rows_behind(ground, key, by="branch" if branch else "college"))
    return BY_KEY[key], form, year, sorted(rows, key=lambda row: not row.missed)


def chosen(form: RowsFilter, rows: list[Row]) -> list[Row]:
    only = form.is_valid() and form.cleaned_data["only"]
    return [row for row in rows if row.missed] if only else rows


@allow("assessment.view")
@require_safe
def assessment_rows(request, key: str):
    indicator, form, year, rows = listed(request, key)
    context = {
        "indicator": indicator,
        "form": form,
        "year": year,
        "sum": sum((row.measure for row in rows), Measure()),
        "missed": sum(row.missed for row in rows),
        "page": Paginator(chosen(form, rows), PER_PAGE).get_page(request.GET.get("page")),
        "above": [(ABOVE, link_in_year("assessment", year))],
    }
    return render(request, "reports/assessment_rows.html", context)


@allow("assessment.view")
@require_safe
def assessment_rows_export(request, key: str):
    indicator, form, year, rows = listed(request, key)
    if not form.is_valid():
        raise Http404
    rows = chosen(form, rows)
    filters = {name: value for name, value in request.GET.items() if value and name in form.fields}
    note(request, "assessment_rows", {"indicator": indicator.label, **filters}, len(rows))
    return workbook_response(rows_workbook(indicator, rows), f"{indicator.label}-{year.year}.xlsx")


# --- weights and results --------------------------------------------------------------------------------------


@allow("assessment.publish")
@require_http_methods(["GET", "POST"])
def assessment_weights(request, year: int):
    own = _own_year(request.user, year)
    last = current_scheme(own)
    form = WeightsForm(request.POST or None, weights=last and last.weights, draft=draft_weights(own))
    if form.is_valid():
        given = {"weights": form.weights, "reason": form.cleaned_data.get("reason", "")}
        if submit_form(form, publish_weights, user=request.user, year=own, **given):
            messages.success(request, "权重已公布，各学院会收到消息。")
            return redirect(link_in_year("assessment", own))
    context = {
        "form": form,
        "year": own,
        "versions": AssessmentScheme.objects.filter(year=own).select_related("published_by"),
        "locked": Assessment.objects.filter(year=own).exists(),
        "above": [(ABOVE, link_in_year("assessment", own))],
    }
    return render(request, "reports/assessment_weights.html", context)


@allow("assessment.publish")
@require_http_methods(["GET", "POST"])
def assessment_lock(request, year: int):
    own = _own_year(request.user, year)
    data = request.POST if request.method == "POST" else None
    form = LockForm(data, again=Assessment.objects.filter(year=own).exists())
    if form.is_valid() and submit_form(form, lock, user=request.user, year=own, **form.cleaned_data):
        messages.success(request, "考核结果已锁定，各项数字不再变化。")
        return redirect(own.assessments.first())
    context = {
        "form": form,
        "year": own,
        "scheme": current_scheme(own),
        "above": [(ABOVE, link_in_year("assessment", own))],
    }
    return render(request, "reports/assessment_lock.html", context)


def _own_year(user, year: int) -> ServiceYear:
    own = ServiceYear.objects.visible_to(user, "assessment.publish").filter(school=user.school_id)
    return get_object_or_404(own, year=year)


def _result(request, pk: int) -> Assessment:
    seen = Assessment.objects.visible_to(request.user, "assessment.view")
    return get_object_or_404(seen.select_related("year", "scheme", "locked_by"), pk=pk)


@allow("assessment.view")
@require_safe
def assessment_result(request, pk: int):
    shown = _result(request, pk)
    now = college_scores(ground_of(request.user, shown.year), shown.scheme.weights)
    context = {
        "result": shown,
        "compared": compared(shown, now),
        "changed_rules": changed_rules(shown, timezone.now()),
        "above": [(ABOVE, link_in_year("assessment", shown.year))],
    }
    return render(request, "reports/assessment_result.html", context)


@allow("assessment.view")
@require_safe
def assessment_result_export(request, pk: int):
    shown = _result(request, pk)
    note(request, "assessment_result", {"result": shown.title}, shown.lines.count())
    return workbook_response(result_workbook(shown), f"{shown.title}.xlsx")
