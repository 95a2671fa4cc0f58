"""台账核对: differences between the ledgers, and decisions by hand on which records are one service."""

from datetime import timedelta

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from activities.forms.totals import KINDS, LinkForm
from activities.listings import DIFFERENCES
from activities.models import ServiceRecord
from activities.queries.differences import read_records
from activities.services.linking import link_records, unlink_records
from members.pages import build_list_context, submit_form
from members.permissions import allow

AROUND = timedelta(days=1)


@allow("hours.decide")
@require_safe
def differences(request):
    context = build_list_context(request, DIFFERENCES)
    if context["list"].is_valid:
        found = context["list"].rows
        context |= {
            "lines": read_records(context["page"].object_list),
            "tabs": [(kind, label, found.counts[kind], kind == found.kind) for kind, label in KINDS],
            "kind": found.kind,
            "dates": context["form"].dates,
        }
    return render(request, "activities/differences.html", context)


@allow("hours.decide")
@require_http_methods(["GET", "POST"])
def record_link(request, pk: int):
    """Show the person's other records around that day, and decide whether they are this record's service."""
    seen = ServiceRecord.objects.visible_to(request.user, "hours.decide").select_related("member", "link")
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
