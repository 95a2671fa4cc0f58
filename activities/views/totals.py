"""时长汇总, and 服务记录: the records of every sum."""

from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from activities.forms.totals import TotalsFilter
from activities.listings import RECORDS, TOTALS
from activities.listings.hours import name_total
from activities.queries.totals import Total, sum_everything
from members.models.years import Source
from members.pages import build_list_context
from members.permissions import allow

KEPT = ("q", "college", "branch", "first", "last")


@allow("hours.view")
@require_safe
def totals(request):
    context = build_list_context(request, TOTALS)
    query, form = context["list"], context["form"]
    if query.is_valid:
        sources = form.sources(query.wanted["count"])
        first, last = form.dates
        context |= {
            "whole": sum_everything(form.people, first, last, sources),
            "dates": form.dates,
            "sources": [Source(source).label for source in sources],
            "lines": [(total, name_total(query, total), _link_records(total, form)) for total in query.page],
        }
    return render(request, "activities/totals.html", context)


def _link_records(total: Total, form: TotalsFilter) -> str:
    """Return the address of the records that make up the sum."""
    cleaned, by = form.cleaned_data, form.cleaned_data["by"] or "college"
    wanted = {name: form.data[name] for name in KEPT if form.data.get(name)}
    wanted["count"] = cleaned["count"] or "appraisal"
    wanted |= {by: total.key} if total.key is not None else {"without": by}
    return f"{reverse('records')}?{urlencode(wanted)}"


@allow("hours.view")
@require_safe
def records(request):
    return render(request, "activities/records.html", build_list_context(request, RECORDS))
