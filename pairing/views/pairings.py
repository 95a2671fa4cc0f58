"""After the claim: the list of pairings, a pairing's page, its offline part with picture, and release."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from members.pages import submit_form
from members.permissions import allow, may
from members.queries.history import changes
from pairing.forms.pairings import ConfirmOfflineForm, PairingFilter, ReleaseForm
from pairing.models import Pairing
from pairing.queries.board import ledger
from pairing.rules import is_overdue, left_text, time_left
from pairing.services.pairings import confirm_offline, release
from pairing.views.board import ledger_answer

PER_PAGE = 25
ORDERS = {
    "college": ("college__name",),
    "street": ("street__district", "street__name"),
    "claimed": ("claimed_at",),
    "due": ("due_on",),
}
DEFAULT_ORDER = "-claimed"
# Columns that say nothing beside who and when, or that follow from others.
NOT_SHOWN = frozenset(
    {"confirmed_by", "ended_by", "claimed_by", "calendar_year", "place", "cap", "code", "year"}
)


def chosen(request, action: str) -> tuple[PairingFilter, QuerySet]:
    form = PairingFilter(request.GET)
    sort = request.GET.get("sort") or DEFAULT_ORDER
    sign = "-" if sort.startswith("-") else ""
    columns = ORDERS.get(sort.removeprefix("-")) or ORDERS["claimed"]
    found = form.narrow(Pairing.objects.visible_to(request.user, action))
    return form, found.order_by(*(sign + column for column in columns), "pk")


@allow("pairing.view")
@require_safe
def pairings(request):
    form, found = chosen(request, "pairing.view")
    page = Paginator(found.select_related("college", "street"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": [(pairing, state_of(pairing)) for pairing in page],
        "filtered": any(request.GET.get(name) for name in form.fields),
        "may_export": may(request.user, "pairing.confirm"),
    }
    return render(request, "pairing/pairings.html", context)


@allow("pairing.confirm")
@require_safe
def pairings_export(request):
    form, found = chosen(request, "pairing.confirm")
    if request.user.school is None:
        raise Http404  # a repair account belongs to no school: there is no audit trail to note it in
    filters = {name: value for name, value in request.GET.items() if value and name in form.fields}
    return ledger_answer(request, ledger(found, today=timezone.localdate()), filters)


def pairing_or_404(user, pk: int, action: str) -> Pairing:
    seen = Pairing.objects.visible_to(user, action).select_related(
        "college__school", "street", "code", "year", "team", "claimed_by", "confirmed_by", "ended_by"
    )
    return get_object_or_404(seen, pk=pk)


def active_or_404(user, pk: int, action: str) -> Pairing:
    pairing = pairing_or_404(user, pk, action)
    if pairing.state != Pairing.State.ACTIVE:
        raise Http404
    return pairing


def state_of(pairing: Pairing) -> dict:
    """Word, tone and time left of a pairing's offline part, as of now."""
    now = timezone.localtime()
    if pairing.state != Pairing.State.ACTIVE:
        return {"label": pairing.get_state_display(), "tone": "quiet", "left": ""}
    if pairing.offline_on:
        return {"label": "已完成线下结对", "tone": "ok", "left": ""}
    late = is_overdue(pairing.due_on, now.date())
    left = left_text(pairing.due_on, now)
    return {
        "label": "线下结对逾期" if late else "待线下结对",
        "tone": "bad" if late else "warn",
        "left": left,
        "now": now,
        "due_at": now + time_left(pairing.due_on, now),
    }


def way_to(pairing: Pairing) -> list[tuple[str, str]]:
    return [("结对", reverse("pairings")), (str(pairing), pairing.get_absolute_url())]


@allow("pairing.view")
@require_safe
def pairing(request, pk: int):
    shown = pairing_or_404(request.user, pk, "pairing.view")
    staff = may(request.user, "pairing.confirm")
    context = {
        "pairing": shown,
        "state": state_of(shown),
        "active": shown.state == Pairing.State.ACTIVE,
        "staff": staff,
        "may_end": may(request.user, "pairing.end"),
        "history": _history(shown) if staff else [],
    }
    return render(request, "pairing/pairing.html", context)


def _history(pairing: Pairing) -> list:
    events = Pairing.pgh_event_model.objects.filter(pgh_obj=pairing)
    return changes(events, shown={"proof": lambda name: "已上传"}, hidden=NOT_SHOWN)


@allow("pairing.view")
@require_safe
@never_cache
def pairing_proof(request, pk: int):
    """The picture, to those in whose scope the pairing is. It has no address of its own."""
    shown = pairing_or_404(request.user, pk, "pairing.view")
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
    shown = active_or_404(request.user, pk, "pairing.confirm")
    form = ConfirmOfflineForm(request.POST or None, request.FILES or None, pairing=shown)
    entered = {"user": request.user, "pairing_id": pk}
    if form.is_valid() and submit_form(form, confirm_offline, **entered, **form.cleaned_data):
        messages.success(request, "已登记线下结对。")
        return redirect("pairing", pk)
    context = {"form": form, "pairing": shown, "state": state_of(shown), "above": way_to(shown)}
    return render(request, "pairing/pairing_confirm.html", context)


@allow("pairing.end")
@require_http_methods(["GET", "POST"])
def pairing_release(request, pk: int):
    shown = active_or_404(request.user, pk, "pairing.end")
    form = ReleaseForm(request.POST or None)
    entered = {"user": request.user, "pairing_id": pk}
    if form.is_valid() and submit_form(form, release, **entered, **form.cleaned_data):
        messages.success(request, f"已解除{shown.college}与{shown.street}的结对，名额和结对码已释放。")
        return redirect("pairing", pk)
    context = {"form": form, "pairing": shown, "above": way_to(shown)}
    return render(request, "pairing/pairing_release.html", context)
