"""时长确认: records that wait for the college with their doubts, confirmed or rejected in batches."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from activities.forms.hours import DecideForm
from activities.listings import PENDING
from activities.listings.hours import find_pending_records
from activities.models import Objection, ServiceRecord
from activities.queries.doubts import load_line_records
from activities.services.deciding import decide_records
from members.pages import build_list_context, submit_form
from members.permissions import allow


@allow("hours.decide")
@require_http_methods(["GET", "POST"])
def hours(request):
    pending = find_pending_records(request.user, "hours.decide")
    form = DecideForm(request.POST or None, records=pending)
    if form.is_valid() and submit_form(form, decide_records, user=request.user, **form.for_service):
        messages.success(request, _describe_outcome(form.for_service))
        return redirect(request.get_full_path())
    context = build_list_context(request, PENDING)
    lines = context["page"].object_list
    context |= {
        "form": form,
        "narrow": context["form"],
        "lines": load_line_records(lines),
        "whole": [line.record.pk for line in lines if not line.verdict.blocked],
        "late": sum(line.late for line in context["list"].rows),
        "objections": Objection.objects.visible_to(request.user, "objection.answer").open().count(),
    }
    return render(request, "activities/hours.html", context)


def _describe_outcome(decided: dict) -> str:
    """Return the message on records that were confirmed, rejected, or got the first of two signatures."""
    total = len(decided["record_ids"])
    if decided["decision"] == "reject":
        return f"{total} 条记录未通过，已通知本人。"
    signed = ServiceRecord.objects.pending().filter(pk__in=decided["record_ids"]).count()
    said = [f"已确认 {total - signed} 条记录。"] if total > signed else []
    if signed:
        said.append(f"{signed} 条超过 4 小时的补录已初审，须由另一人复核。")
    return "".join(said)
