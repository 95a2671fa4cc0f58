"""学院考核: live figures by college and branch, the rows behind them, weights, and locked results."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.models import College, ServiceYear
from members.pages import build_list_context, log_and_send_workbook, submit_form
from members.permissions import allow, may
from reports.forms.assessment import LockForm, WeightsForm
from reports.forms.years import YearFilter
from reports.listings.assessment import ASSESSMENT_ROWS
from reports.models import Assessment, AssessmentScheme
from reports.pages import find_year, link_in_year
from reports.queries.assessment import compute_branch_scores, compute_college_scores
from reports.queries.assessment_results import (
    compare_scores,
    find_ground,
    get_current_scheme,
    get_draft_weights,
    list_changed_rules,
)
from reports.rules.assessment import BY_KEY, SUGGESTED, Measure, rank_scores
from reports.services.assessment import lock_result, publish_weights
from reports.workbooks.assessment import build_result_workbook, build_scores_workbook

ABOVE = "学院考核"


def score_colleges(request) -> tuple[YearFilter, ServiceYear | None, dict]:
    """Return the filter, the year, and the colleges' scores by the published weights (else suggested
    ones)."""
    form = YearFilter(request.GET, user=request.user, action="assessment.view")
    if (year := form.of_year) is None:
        return form, None, {}
    scheme = get_current_scheme(year)
    weights = scheme.weights if scheme else SUGGESTED
    scores = compute_college_scores(find_ground(request.user, year), weights)
    # Places need all scores: the school sees them, everybody else only once the result is locked.
    whole = may(request.user, "assessment.publish")
    lines = rank_scores(scores) if whole else [(None, one) for one in scores]
    return form, year, {"scheme": scheme, "weights": weights, "whole": whole, "lines": lines}


@allow("assessment.view")
@require_safe
def assessment(request):
    form, year, found = score_colleges(request)
    if year is None:
        return render(request, "members/year_none.html")
    context = {
        "form": form,
        "year": year,
        "indicators": [(BY_KEY[key], weight) for key, weight in order_weights(found["weights"])],
        "results": Assessment.objects.visible_to(request.user, "assessment.view").filter(year=year),
        **found,
    }
    return render(request, "reports/assessment.html", context)


def order_weights(weights: dict[str, int]) -> list[tuple[str, int]]:
    """Return the weights in the order of the indicators; the stored order does not matter."""
    return [(key, weights[key]) for key in BY_KEY]


@allow("assessment.view")
@require_safe
def assessment_export(request):
    _, year, found = score_colleges(request)
    if year is None:
        raise Http404
    lines, filename = found["lines"], f"学院考核-{year.year}.xlsx"
    content = build_scores_workbook(lines, found["weights"])
    filters = {"year": str(year.year)}
    return log_and_send_workbook(
        request, content, filename, kind="assessment", rows=len(lines), filters=filters
    )


@allow("assessment.view")
@require_safe
def assessment_college(request, pk: int):
    """三(五) 对各级团组织的考核: show the same indicators by branch."""
    college = get_object_or_404(College.objects.visible_to(request.user, "assessment.view"), pk=pk)
    year = find_year(request.user.school, request.GET.get("year"))
    if year is None:
        return render(request, "members/year_none.html")
    scheme = get_current_scheme(year)
    weights = scheme.weights if scheme else SUGGESTED
    ground = find_ground(request.user, year, college=college)
    context = {
        "college": college,
        "year": year,
        "scheme": scheme,
        "own": compute_college_scores(ground, weights),
        "branches": rank_scores(compute_branch_scores(ground, weights)),
        "branch_indicators": [(BY_KEY[key], weight) for key, weight in order_weights(weights) if BY_KEY[key].by_branch],
        "above": [(ABOVE, link_in_year("assessment", year))],
    }  # fmt: skip
    return render(request, "reports/assessment_college.html", context)


# --- the rows behind a figure -------------------------------------------------------------------------------------


@allow("assessment.view")
@require_safe
def assessment_rows(request, key: str):
    context = build_list_context(request, ASSESSMENT_ROWS, given={"indicator": key})
    form = context["form"]
    if form.of_indicator is None or form.of_year is None:
        raise Http404
    context |= {
        "indicator": form.of_indicator,
        "year": form.of_year,
        "sum": sum((row.measure for row in form.rows_behind), Measure()),
        "missed": sum(row.missed for row in form.rows_behind),
        "above": [(ABOVE, link_in_year("assessment", form.of_year))],
    }
    return render(request, "reports/assessment_rows.html", context)


# --- weights and results --------------------------------------------------------------------------------------


@allow("assessment.publish", recent=True)
@require_http_methods(["GET", "POST"])
def assessment_weights(request, year: int):
    own = _get_own_year_or_404(request.user, year)
    last = get_current_scheme(own)
    form = WeightsForm(
        request.POST or None, weights=last.weights if last else None, draft=get_draft_weights(own)
    )
    if form.is_valid():
        given = {"weights": form.weights, "reason": form.cleaned_data.get("reason", "")}
        if submit_form(
            form, publish_weights, user=request.user, year=own, unchanged=form.require_unchanged, **given
        ):
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


@allow("assessment.publish", recent=True)
@require_http_methods(["GET", "POST"])
def assessment_lock(request, year: int):
    own = _get_own_year_or_404(request.user, year)
    data = request.POST if request.method == "POST" else None
    form = LockForm(data, again=Assessment.objects.filter(year=own).exists())
    if form.is_valid() and submit_form(form, lock_result, user=request.user, year=own, **form.cleaned_data):
        messages.success(request, "考核结果已锁定，各项数字不再变化。")
        locked = own.assessments.first()
        assert locked is not None  # it was locked just now
        return redirect(locked)
    context = {
        "form": form,
        "year": own,
        "scheme": get_current_scheme(own),
        "above": [(ABOVE, link_in_year("assessment", own))],
    }
    return render(request, "reports/assessment_lock.html", context)


def _get_own_year_or_404(user, year: int) -> ServiceYear:
    own = ServiceYear.objects.visible_to(user, "assessment.publish").filter(school=user.school_id)
    return get_object_or_404(own, year=year)


def _get_result_or_404(request, pk: int) -> Assessment:
    seen = Assessment.objects.visible_to(request.user, "assessment.view")
    return get_object_or_404(seen.select_related("year", "scheme", "locked_by"), pk=pk)


@allow("assessment.view")
@require_safe
def assessment_result(request, pk: int):
    shown = _get_result_or_404(request, pk)
    now = compute_college_scores(find_ground(request.user, shown.year), shown.scheme.weights)
    context = {
        "result": shown,
        "compared": compare_scores(shown, now),
        "changed_rules": list_changed_rules(shown, timezone.now()),
        "above": [(ABOVE, link_in_year("assessment", shown.year))],
    }
    return render(request, "reports/assessment_result.html", context)


@allow("assessment.view")
@require_safe
def assessment_result_export(request, pk: int):
    shown = _get_result_or_404(request, pk)
    content, rows = build_result_workbook(shown), shown.lines.count()
    filters = {"result": shown.title}
    return log_and_send_workbook(
        request, content, f"{shown.title}.xlsx", kind="assessment_result", rows=rows, filters=filters
    )
