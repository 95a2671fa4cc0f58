"""Pairings after the claim: the list, a pairing's page, its offline meeting with a picture, and the release."""

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.models.history import event_rows
from members.pages import build_list_context, submit_form
from members.permissions import allow, may
from members.queries.history import list_changes
from pairing.forms.pairings import ConfirmOfflineForm, ReleaseForm
from pairing.listings import PAIRINGS
from pairing.models import Pairing
from pairing.pages import (
    build_pairing_breadcrumb,
    describe_ending_posts,
    get_active_pairing_or_404,
    get_pairing_or_404,
)
from pairing.rules import UNDO_WITHIN, compute_time_left, format_time_left, is_overdue, is_release_undoable
from pairing.services.pairings import confirm_offline, release_pairing, undo_release

# Columns that the history hides: they repeat its author and time, or follow from other columns.
NOT_SHOWN = frozenset(
    {"confirmed_by", "ended_by", "claimed_by", "calendar_year", "place", "cap", "code", "year"}
)


@allow("pairing.view")
@require_safe
def pairings(request):
    context = build_list_context(request, PAIRINGS, may_export=may(request.user, "pairing.confirm"))
    context["rows"] = [(pairing, describe_offline_state(pairing)) for pairing in context["page"]]
    return render(request, "pairing/pairings.html", context)


def describe_offline_state(pairing: Pairing) -> dict:
    """Return label, tone and time left of a pairing's offline meeting, as of now."""
    now = timezone.localtime()
    if pairing.state != Pairing.State.ACTIVE:
        return {"label": pairing.get_state_display(), "tone": "quiet", "left": ""}
    if pairing.offline_on:
        return {"label": "已完成线下结对", "tone": "ok", "left": ""}
    late = is_overdue(pairing.due_on, now.date())
    left = format_time_left(pairing.due_on, now)
    return {
        "label": "线下结对逾期" if late else "待线下结对",
        "tone": "bad" if late else "warn",
        "left": left,
        "now": now,
        "due_at": now + compute_time_left(pairing.due_on, now),
    }


@allow("pairing.view")
@require_safe
def pairing(request, pk: int):
    shown = get_pairing_or_404(request.user, pk, "pairing.view")
    staff = may(request.user, "pairing.confirm")
    context = {
        "pairing": shown,
        "state": describe_offline_state(shown),
        "active": shown.state == Pairing.State.ACTIVE,
        "staff": staff,
        "may_end": may(request.user, "pairing.end"),
        "undo_until": _get_undo_deadline(shown),
        "history": _list_pairing_changes(shown) if staff else [],
    }
    return render(request, "pairing/pairing.html", context)


def _get_undo_deadline(pairing: Pairing) -> datetime | None:
    """Return until when the release can be undone, None for an active pairing or after that."""
    if pairing.ended_at is None or not is_release_undoable(pairing.ended_at, timezone.now()):
        return None
    return pairing.ended_at + UNDO_WITHIN


def _list_pairing_changes(pairing: Pairing) -> list:
    events = event_rows(Pairing).filter(pgh_obj=pairing)
    return list_changes(events, shown={"proof": lambda name: "已上传"}, hidden=NOT_SHOWN)


@allow("pairing.view")
@require_safe
@never_cache
def pairing_proof(request, pk: int):
    """Send the picture if the pairing is in the user's scope; the file has no public address."""
    shown = get_pairing_or_404(request.user, pk, "pairing.view")
    if not shown.proof:
        raise Http404
    response = FileResponse(
        shown.proof.open(), content_type="image/jpeg", filename=f"offline-{pk}.jpg", as_attachment=False
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@allow("pairing.confirm")
@require_http_methods(["GET", "POST"])
def pairing_confirm(request, pk: int):
    shown = get_active_pairing_or_404(request.user, pk, "pairing.confirm")
    form = ConfirmOfflineForm(request.POST or None, request.FILES or None, pairing=shown)
    entered = {"user": request.user, "pairing_id": pk, "unchanged": form.require_unchanged}
    if form.is_valid() and submit_form(form, confirm_offline, **entered, **form.cleaned_data):
        messages.success(request, "已登记线下结对。")
        return redirect("pairing", pk)
    context = {
        "form": form,
        "pairing": shown,
        "state": describe_offline_state(shown),
        "above": build_pairing_breadcrumb(shown),
    }
    return render(request, "pairing/pairing_confirm.html", context)


@allow("pairing.end")
@require_http_methods(["GET", "POST"])
def pairing_release(request, pk: int):
    shown = get_active_pairing_or_404(request.user, pk, "pairing.end")
    form = ReleaseForm(request.POST or None)
    entered = {"user": request.user, "pairing_id": pk}
    if form.is_valid() and submit_form(form, release_pairing, **entered, **form.cleaned_data):
        messages.success(request, f"已解除{shown.college}与{shown.street}的结对，名额和结对码已释放。")
        return redirect("pairing", pk)
    context = {
        "form": form,
        "pairing": shown,
        "liaisons": describe_ending_posts(shown),
        "above": build_pairing_breadcrumb(shown),
    }
    return render(request, "pairing/pairing_release.html", context)


@allow("pairing.end")
@require_POST
def pairing_undo_release(request, pk: int):
    shown = get_pairing_or_404(request.user, pk, "pairing.end")
    try:
        undo_release(user=request.user, pairing_id=pk)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"已恢复{shown.college}与{shown.street}的结对，服务队、项目和报名照旧。")
    return redirect("pairing", pk)
