"""年度结转: a preview, then the confirmation; afterwards the list of carried and closed items."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.models import ServiceYear
from members.pages import log_and_send_workbook, submit_form
from members.permissions import allow
from reports.forms.rollover import RollOverForm
from reports.models import RollOver
from reports.rules.rollover import OUTCOMES, opening_problem
from reports.services.rollover import Preview, open_next_year, preview_rollover, roll_over
from reports.workbooks.rollover import build_rollover_workbook

SHOWN = 10


def get_own_year_or_404(user, number: int) -> ServiceYear:
    own = ServiceYear.objects.visible_to(user, "year.roll").filter(school=user.school_id)
    return get_object_or_404(own, year=number)


def build_breadcrumb(year: ServiceYear) -> list[tuple[str, str]]:
    return [(f"{year.year} 年度规则", reverse("year", args=[year.year]))]


@allow("year.roll", recent=True)
@require_http_methods(["GET", "POST"])
def rollover(request, year: int):
    """Show the preview of a year's roll-over, or its result."""
    own = get_own_year_or_404(request.user, year)
    if done := _get_rollover(own):
        return render(request, "reports/rollover_done.html", _build_result_context(done))
    found = preview_rollover(own)
    data = request.POST if request.method == "POST" else None
    form = RollOverForm(data, pairings=found.pairings, groups=found.groups)
    if form.is_valid() and submit_form(form, roll_over, user=request.user, year=own, **form.for_service):
        messages.success(request, f"{year} 年度已结转到 {year + 1} 年度，清单见下。")
        return redirect("rollover", year)
    return render(request, "reports/rollover.html", _build_preview_context(own, found, form))


def _get_rollover(year: ServiceYear) -> RollOver | None:
    return RollOver.objects.filter(year=year).select_related("year", "next_year", "by").first()


def _build_result_context(done: RollOver) -> dict:
    return {"rollover": done, "items": _build_item_rows(done.items), "above": build_breadcrumb(done.year)}


def _build_item_rows(kept: list[dict], shown: int | None = None) -> list[dict]:
    """Add the name of the outcome to the items; only their first `shown` rows, if given."""
    return [
        item
        | {
            "outcome_name": OUTCOMES[item["outcome"]],
            "first": item["rows"][:shown],
            "more": len(item["rows"][shown:]) if shown else 0,
        }
        for item in kept
    ]


def _build_preview_context(year: ServiceYear, found: Preview, form: RollOverForm) -> dict:
    released, graduates = form.list_chosen("released"), form.list_chosen("graduates")
    return {
        "year": year,
        "target": year.year + 1,
        "found": found,
        "items": _build_item_rows([item.to_json() for item in found.items], SHOWN),
        "form": form,
        "pairings": [(pairing, str(pairing.pk) in released) for pairing in found.pairings],
        "groups": [(group, group.key in graduates) for group in found.groups],
        "may_open": not found.next_year and not opening_problem(year.year, timezone.localdate()),
        "above": build_breadcrumb(year),
    }


@allow("year.roll", recent=True)
@require_POST
def year_next(request, year: int):
    """Open the next year before the roll-over."""
    own = get_own_year_or_404(request.user, year)
    try:
        made = open_next_year(user=request.user, year=own)
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
        return redirect("rollover", year)
    messages.success(request, f"{made.year} 年度已开设，请核对日期和标准。")
    return redirect("year", made.year)


@allow("year.roll", recent=True, sends_file=True)
@require_safe
def rollover_export(request, year: int):
    done = _get_rollover(get_own_year_or_404(request.user, year))
    if done is None:
        raise Http404
    content, filters = build_rollover_workbook(done), {"year": str(year)}
    return log_and_send_workbook(
        request, content, f"年度结转-{year}.xlsx", kind="rollover", rows=len(done.items), filters=filters
    )
