"""台账核对: where the ledgers differ, and saying by hand what is one service and what is not."""

from datetime import timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from activities.forms.totals import KINDS, DifferenceFilter, LinkForm
from activities.models import ServiceRecord
from activities.queries.differences import Differences
from activities.queries.differences import differences as compared
from activities.resources.totals import differences_sheet
from activities.services.linking import link, unlink
from activities.views.exporting import workbook_answer
from members.pages import submit_form
from members.permissions import allow

PER_PAGE = 25
AROUND = timedelta(days=1)


def found_lines(request) -> tuple[DifferenceFilter, Differences | None]:
    form = DifferenceFilter(request.GET, user=request.user, action="hours.decide")
    if not form.is_valid():
        return form, None
    return form, compared(form.people, *form.dates, form.cleaned_data["kind"])


def with_records(lines: list[list[int]]) -> list[list[ServiceRecord]]:
    """The records of each line, for all lines in one query."""
    wanted = ServiceRecord.objects.select_related("member__branch__college")
    by_pk = wanted.in_bulk([pk for line in lines for pk in line])
    return [[by_pk[pk] for pk in line] for line in lines]


@allow("hours.decide")
@require_safe
def differences(request):
    form, found = found_lines(request)
    context = {"form": form, "filtered": any(request.GET.get(name) for name in form.fields)}
    if found is not None:
        context["page"] = page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        context["lines"] = with_records(page.object_list)
        context["tabs"] = [(kind, label, found.counts[kind], kind == found.kind) for kind, label in KINDS]
        context["kind"], context["dates"] = found.kind, form.dates
    return render(request, "activities/differences.html", context)


@allow("hours.decide")
@require_safe
def differences_export(request):
    form, found = found_lines(request)
    if found is None:
        raise Http404
    sheet = differences_sheet(dict(KINDS)[found.kind], with_records(found[:]))
    return workbook_answer(request, sheet, kind="hours_differences", form=form)


@allow("hours.decide")
@require_http_methods(["GET", "POST"])
def record_link(request, pk: int):
    """The person's other records around that day, and whether they are this one's service."""
    seen = ServiceRecord.objects.visible_to(request.user, "hours.decide").select_related("member", "link")
    record = get_object_or_404(seen, pk=pk)
    others = seen.filter(
        member=record.member,
        state__in=("pending", "confirmed"),
        served_on__range=(record.served_on - AROUND, record.served_on + AROUND),
    ).exclude(pk=pk)
    form = LinkForm(request.POST or None, others=others)
    if form.is_valid() and _decided(form, request.user, pk):
        messages.success(request, "已保存，时长已重新计算。")
        return redirect(record)
    above = [("台账核对", reverse("differences"))]
    return render(
        request,
        "activities/record_link.html",
        {"record": record, "others": others.order_by("starts_at", "pk"), "form": form, "above": above},
    )


def _decided(form: LinkForm, user, pk: int) -> bool:
    """Ticked: together with this record, or each on its own. Unticked: only this record, on its own."""
    entered = form.cleaned_data
    service = link if entered["decision"] == "link" else unlink
    ids = {pk, *(record.pk for record in entered["chosen"])}
    return submit_form(form, service, user=user, record_ids=ids, reason=entered["reason"])
