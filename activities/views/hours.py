"""时长确认: what waits for the college, with what speaks against it, confirmed or rejected in batches."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from activities.forms.hours import DecideForm, PendingFilter
from activities.models import Objection, ServiceRecord
from activities.queries.doubts import Line, waiting, with_people
from activities.resources.ledger import pending_sheet
from activities.services.deciding import decide
from activities.views.exporting import workbook_answer
from members.pages import submit_form
from members.permissions import allow

PER_PAGE = 25


def listed(request) -> tuple[PendingFilter, list[Line]]:
    """The list as the address narrows it."""
    form = PendingFilter(request.GET, user=request.user, action="hours.decide")
    if not form.is_valid():
        return form, []
    records = form.of_people(pending(request.user))
    if source := form.cleaned_data["source"]:
        records = records.filter(source=source)
    return form, waiting(user=request.user, records=records, wanted=form.cleaned_data["doubt"])


def pending(user):
    return ServiceRecord.objects.visible_to(user, "hours.decide").pending().from_portal()


@allow("hours.decide")
@require_http_methods(["GET", "POST"])
def hours(request):
    form = DecideForm(request.POST or None, records=pending(request.user))
    if form.is_valid() and submit_form(form, decide, user=request.user, **form.for_service):
        messages.success(request, _outcome(form.for_service))
        return redirect(request.get_full_path())
    narrow, lines = listed(request)
    page = Paginator(lines, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "narrow": narrow,
        "page": page,
        "lines": with_people(page.object_list),
        "whole": [line.record.pk for line in page.object_list if not line.verdict.blocked],
        "blocked": sum(line.verdict.blocked for line in lines),
        "late": sum(line.late for line in lines),
        "objections": Objection.objects.visible_to(request.user, "objection.answer").open().count(),
        "filtered": any(request.GET.get(name) for name in narrow.fields),
    }
    return render(request, "activities/hours.html", context)


def _outcome(decided: dict) -> str:
    """What to say of records that were confirmed, rejected, or have the first of two signatures."""
    total = len(decided["record_ids"])
    if decided["decision"] == "reject":
        return f"{total} 条记录未通过，已通知本人。"
    signed = ServiceRecord.objects.pending().filter(pk__in=decided["record_ids"]).count()
    said = [f"已确认 {total - signed} 条记录。"] if total > signed else []
    if signed:
        said.append(f"{signed} 条超过 4 小时的补录已初审，须由另一人复核。")
    return "".join(said)


@allow("hours.decide")
@require_safe
def hours_export(request):
    form, lines = listed(request)
    if not form.is_valid():
        raise Http404
    return workbook_answer(request, pending_sheet(with_people(lines)), kind="hours_pending", form=form)
