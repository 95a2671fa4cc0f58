"""时长汇总, and 服务记录: the records of every sum."""

from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from activities.forms.totals import RecordFilter, TotalsFilter
from activities.listings import CHANGED_TOTALS, RECORDS, TOTALS
from activities.listings.hours import name_total
from activities.models import ChangedTotal
from activities.queries.shortfalls import attach_twins, sum_counted
from activities.queries.totals import Total, sum_everything
from members.lists import ListQuery
from members.models.years import Source
from members.pages import build_list_context
from members.permissions import allow

# Records that do not count are shown below a total up to this number; all are a click away.
REST = 10
KEPT = ("q", "college", "branch", "first", "last")


@allow("hours.view")
@require_safe
def totals(request):
    context = build_list_context(request, TOTALS)
    query, form = context["list"], context["form"]
    if query.is_valid:
        sources = form.list_sources(form.purpose)
        first, last = form.dates
        context |= {
            "whole": sum_everything(form.people, first, last, form.purpose),
            "dates": form.dates,
            "changed": ChangedTotal.objects.visible_to(request.user, "hours.view").exists(),
            "sources": [Source(source).label for source in sources],
            "lines": [(total, name_total(query, total), _link_records(total, form)) for total in query.page],
        }
    return render(request, "activities/totals.html", context)


def _link_records(total: Total, form: TotalsFilter) -> str:
    """Return the address of the records that make up the sum."""
    by = form.cleaned_data["by"] or "college"
    wanted = {name: form.data[name] for name in KEPT if form.data.get(name)}
    wanted["count"] = form.purpose
    wanted |= {by: total.key} if total.key is not None else {"without": by}
    return f"{reverse('records')}?{urlencode(wanted)}"


@allow("hours.view")
@require_safe
def records(request):
    context = build_list_context(request, RECORDS)
    query, form = context["list"], context["form"]
    attach_twins(context["page"], form.purpose)
    context |= {"purpose": form.purpose, "whole": sum_counted(query.rows, form.purpose)}
    if form.is_valid() and query.wanted["count"] == form.purpose:
        context |= _build_rest(request, form)
    return render(request, "activities/records.html", context)


def _build_rest(request, form: RecordFilter) -> dict:
    """Return the first records of the same filter that do not count in full, their number, and where all are."""
    query = ListQuery(RECORDS, user=request.user, params=request.GET, given={"count": f"not_{form.purpose}"})
    rest = list(query.rows[: REST + 1])
    more = request.GET.copy()
    more["count"] = f"not_{form.purpose}"
    more.pop("page", None)
    return {"rest": rest[:REST], "rest_more": len(rest) > REST, "rest_address": f"?{more.urlencode()}"}


@allow("hours.view")
@require_safe
def totals_changed(request):
    return render(request, "activities/totals_changed.html", build_list_context(request, CHANGED_TOTALS))
