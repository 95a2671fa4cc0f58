"""A record: its history and evidence; its time changed while it waits; later voided or corrected."""

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from activities.evidence import TYPES
from activities.forms.hours import ChangeForm, CorrectForm, VoidForm
from activities.models import ServiceRecord
from activities.queries.doubts import list_pending_lines
from activities.queries.stories import build_story
from activities.rules.hours import PORTAL
from activities.rules.shortfalls import PURPOSE_NAMES
from activities.services.deciding import SIGNED_BY_SELF
from activities.services.records import change_record, correct_record, void_record
from members.pages import submit_form
from members.permissions import allow

State = ServiceRecord.State
WITH = (
    "member__branch__college", "street", "project", "activity", "import_run", "corrects", "corrected_by", "link",
    "signup__checked_in_by", "signup__checked_out_by", "signup__settled_by",
    "submitted_by", "signed_by", "decided_by", "voided_by",
    "counted__appraisal_yields_to", "counted__admission_yields_to",
)  # fmt: skip


def get_record_or_404(user, pk: int, action: str, **wanted) -> ServiceRecord:
    records = ServiceRecord.objects.visible_to(user, action).filter(**wanted)
    return get_object_or_404(records.select_related(*WITH), pk=pk)


def get_decidable_record_or_404(user, pk: int, state: str) -> ServiceRecord:
    """Return a record of the portal in that state, in the scope of the deciding user. Raises Http404."""
    record = get_record_or_404(user, pk, "hours.decide", state=state)
    if record.source not in PORTAL:
        raise Http404
    return record


def build_record_breadcrumb(record: ServiceRecord) -> list[tuple[str, str]]:
    return [("时长确认", reverse("hours")), (record.title, record.get_absolute_url())]


@allow("record.view")
@require_safe
def record(request, pk: int):
    shown = get_record_or_404(request.user, pk, "record.view")
    decides = ServiceRecord.objects.decided_by(request.user).filter(pk=pk).exists()
    own = shown.member_id == request.user.member_id
    shown.twins = _list_linked_records(shown)
    context = {
        "record": shown,
        "own": own,
        "decides": decides and not own and shown.source in PORTAL,
        "may_link": decides and not own and shown.state in (State.PENDING, State.CONFIRMED),
        "line": _get_pending_line(request.user, shown) if decides and shown.state == State.PENDING else None,
        "story": build_story(shown),
        "linked": shown.twins,
        "purposes": PURPOSE_NAMES.items(),
        "may_object": own and not shown.objections.filter(state="open").exists(),
    }
    return render(request, "activities/record.html", context)


def _get_pending_line(user, shown: ServiceRecord):
    """Return the record with its doubts, for the college; None if an outside ledger decides it."""
    return next(
        iter(list_pending_lines(user=user, records=ServiceRecord.objects.from_portal().filter(pk=shown.pk))),
        None,
    )


def _list_linked_records(shown: ServiceRecord) -> list[ServiceRecord]:
    """Return the records of the same service in other ledgers."""
    link = getattr(shown, "link", None)
    if link is None:
        return []
    same = ServiceRecord.objects.filter(link__member=link.member_id, link__service=link.service)
    return list(same.exclude(pk=shown.pk).order_by("pk"))


@allow("record.view")
@require_safe
@never_cache
def record_evidence(request, pk: int):
    """Send the file of evidence to people in whose scope the person is.

    The file has no address of its own.
    """
    shown = get_record_or_404(request.user, pk, "record.view")
    if not shown.evidence.name:
        raise Http404
    suffix = "." + shown.evidence.name.rpartition(".")[2]
    response = FileResponse(
        shown.evidence.open(),
        content_type=TYPES[suffix],
        filename=f"evidence-{pk}{suffix}",
        # A browser's PDF viewer does not open in a sandbox, so the file is downloaded and opened outside.
        as_attachment=suffix == ".pdf",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@allow("hours.decide")
@require_http_methods(["GET", "POST"])
def record_change(request, pk: int):
    shown = get_decidable_record_or_404(request.user, pk, State.PENDING)
    line = _get_pending_line(request.user, shown)
    span = line.verdict.proposal or (shown.starts_at, shown.ends_at)
    form = ChangeForm(request.POST or None, record=shown, span=span, reason="；".join(line.verdict.words))
    entered = {"user": request.user, "record_id": pk, "unchanged": form.require_unchanged}
    if form.is_valid() and submit_form(form, change_record, **entered, **form.for_service):
        messages.success(request, "时间已调整，记录仍待确认。")
        return redirect("record", pk)
    context = {"form": form, "record": shown, "line": line, "above": build_record_breadcrumb(shown)}
    return render(request, "activities/record_change.html", context)


@allow("hours.decide")
@require_http_methods(["GET", "POST"])
def record_void(request, pk: int):
    shown = get_decidable_record_or_404(request.user, pk, State.CONFIRMED)
    form = VoidForm(request.POST or None)
    entered = {"user": request.user, "record_id": pk}
    if form.is_valid() and submit_form(form, void_record, **entered, **form.cleaned_data):
        messages.success(request, "记录已作废，本人会收到消息。")
        return redirect("record", pk)
    return render(
        request,
        "activities/record_void.html",
        {"form": form, "record": shown, "above": build_record_breadcrumb(shown)},
    )


@allow("hours.decide")
@require_http_methods(["GET", "POST"])
def record_correct(request, pk: int):
    shown = get_decidable_record_or_404(request.user, pk, State.CONFIRMED)
    form = CorrectForm(request.POST or None, record=shown)
    entered = {"user": request.user, "record_id": pk}
    if form.is_valid() and submit_form(form, correct_record, **entered, **form.for_service):
        after = ServiceRecord.objects.get(corrects=pk)
        waits = after.state == State.PENDING
        messages.success(request, f"原记录已作废。{SIGNED_BY_SELF if waits else '更正后的记录已确认。'}")
        return redirect(after)
    return render(
        request,
        "activities/record_correct.html",
        {"form": form, "record": shown, "above": build_record_breadcrumb(shown)},
    )
