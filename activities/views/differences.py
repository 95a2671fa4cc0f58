"""台账核对: differences between the ledgers, and decisions by hand on which records are one service."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from activities.forms.cases import SettleForm
from activities.forms.totals import KINDS, LinkForm
from activities.listings import DIFFERENCES
from activities.models import ServiceRecord, WaitingHours
from activities.queries.differences import Differences, read_records
from activities.rules.cases import MEANINGS, list_actions
from activities.services.cases import CHANGED, reopen_cases, settle_cases
from activities.services.linking import link_records, unlink_records
from members.pages import build_list_context, submit_form
from members.permissions import allow

AROUND = timedelta(days=1)


@allow("hours.decide")
@require_http_methods(["GET", "POST"])
def differences(request):
    context = build_list_context(request, DIFFERENCES)
    if context["list"].is_valid:
        found = context["list"].rows
        form = SettleForm(request.POST or None, kind=found.kind, settled=found.settled)
        service = reopen_cases if found.settled else settle_cases
        if form.is_valid() and submit_form(
            form, service, user=request.user, kind=found.kind, **form.for_service
        ):
            messages.success(request, f"已处理 {len(form.for_service['cases'])} 项，时长已重新计算。")
            return redirect(request.get_full_path())
        context |= _describe_cases(context, found, form)
    return render(request, "activities/differences.html", context)


def _describe_cases(context: dict, found: Differences, form: SettleForm) -> dict:
    """Return the lines of the page with the decisions that they may get."""
    lines = [Case(line) for line in read_records(context["page"].object_list)]
    if form.is_bound and not lines and not form.non_field_errors():
        form.add_error(None, CHANGED)
    return {
        "narrow": context["form"],
        "form": form,
        "lines": lines,
        "tabs": [(kind, label, found.counts[kind], kind == found.kind) for kind, label in KINDS],
        "kind": found.kind,
        "meaning": MEANINGS.get(found.kind, ""),
        "settles": bool(list_actions(found.kind, settled=found.settled)),
        "settled": found.settled,
        "dates": context["form"].dates,
        "waiting": WaitingHours.objects.visible_to(context["list"].user, "hours.decide").waiting().count(),
    }


@dataclass(frozen=True)
class Case:
    """A line of the list: the records of one case, in the order of the query."""

    records: list[ServiceRecord]

    @property
    def key(self) -> str:
        return "-".join(str(record.pk) for record in self.records)


@allow("hours.decide")
@require_http_methods(["GET", "POST"])
def record_link(request, pk: int):
    """Show the person's other records around that day, and decide whether they are this record's service."""
    seen = ServiceRecord.objects.visible_to(request.user, "hours.decide").select_related(
        "member", "link", "counted"
    )
    record = get_object_or_404(seen, pk=pk)
    others = seen.filter(
        member=record.member,
        state__in=("pending", "confirmed"),
        served_on__range=(record.served_on - AROUND, record.served_on + AROUND),
    ).exclude(pk=pk)
    form = LinkForm(request.POST or None, others=others)
    if form.is_valid() and _submit_link_decision(form, request.user, pk):
        messages.success(request, "已保存，时长已重新计算。")
        return redirect(record)
    above = [("台账核对", reverse("differences"))]
    return render(
        request,
        "activities/record_link.html",
        {"record": record, "others": others.order_by("starts_at", "pk"), "form": form, "above": above},
    )


def _submit_link_decision(form: LinkForm, user, pk: int) -> bool:
    """Link the ticked records with this one, or separate each of them.

    Without ticks separate only this record.
    """
    entered = form.cleaned_data
    service = link_records if entered["decision"] == "link" else unlink_records
    ids = {pk, *(record.pk for record in entered["chosen"])}
    return submit_form(form, service, user=user, record_ids=ids, reason=entered["reason"])
