"""时长汇总, and 服务记录: the records behind every sum."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from activities.forms.totals import GROUPS, TotalsFilter
from activities.listings import RECORDS
from activities.queries.totals import Total, grand_total
from activities.queries.totals import totals as sums
from activities.resources.totals import totals_sheet
from activities.views.exporting import workbook_answer
from members.models.years import Source
from members.pages import list_context
from members.permissions import allow

PER_PAGE = 25
KEPT = ("q", "college", "branch", "first", "last")


def summed(request) -> tuple[TotalsFilter, list[Total]]:
    """The sums as the address narrows them."""
    form = TotalsFilter(request.GET, user=request.user, action="hours.view")
    if not form.is_valid():
        return form, []
    chosen = form.sources(form.cleaned_data["count"])
    return form, sums(form.people, *form.dates, chosen, by=form.cleaned_data["by"] or "college")


@allow("hours.view")
@require_safe
def totals(request):
    form, found = summed(request)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "by": dict(GROUPS).get(request.GET.get("by"), "学院")}
    if form.is_valid():
        chosen = form.sources(form.cleaned_data["count"])
        context["whole"] = grand_total(form.people, *form.dates, chosen)
        context["dates"] = form.dates
        context["sources"] = [Source(source).label for source in chosen]
        context["lines"] = [(total, label_of(total, form), _behind(total, form)) for total in page]
    return render(request, "activities/totals.html", context)


def label_of(total: Total, form: TotalsFilter) -> str:
    by = form.cleaned_data["by"]
    if by == "source":
        return Source(total.key).label
    return total.name or {"project": "没有项目", "street": "没有街乡"}.get(by, "—")


def _behind(total: Total, form: TotalsFilter) -> str:
    """The address of the records that make the sum."""
    cleaned, by = form.cleaned_data, form.cleaned_data["by"] or "college"
    wanted = {name: form.data[name] for name in KEPT if form.data.get(name)}
    wanted["count"] = cleaned["count"] or "appraisal"
    wanted |= {by: total.key} if total.key is not None else {"without": by}
    return f"{reverse('records')}?{urlencode(wanted)}"


@allow("hours.view")
@require_safe
def totals_export(request):
    form, found = summed(request)
    if not form.is_valid():
        raise Http404
    by = dict(GROUPS).get(form.cleaned_data["by"], "学院")
    lines = ((label_of(total, form), total) for total in found)
    return workbook_answer(request, totals_sheet(by, lines), kind="hours_totals", form=form)


@allow("hours.view")
@require_safe
def records(request):
    return render(request, "activities/records.html", list_context(request, RECORDS))
