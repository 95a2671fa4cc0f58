"""结对大厅: the streets with their free places, a college's wishes, the claim and its result."""

from django.contrib import messages
from django.core import signing
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.lost_connections import repeatable
from members.models import College, ServiceYear
from members.pages import build_list_context
from members.permissions import allow, get_scope
from pairing.forms.hall import ClaimForm, SchoolClaimForm, WishForm
from pairing.listings import HALL
from pairing.models import Pairing, PairingCode, Wish
from pairing.queries.hall import get_hall_version
from pairing.queries.hall import list_hall_rows as hall_rows
from pairing.rules import get_window_phase
from pairing.services.claims import ClaimRefusedError, submit_claim
from pairing.services.wishes import add_wish, change_wish

SALT = "pairing.hall"
TOKEN_SECONDS = 12 * 3600
STOP_POLLING = 286  # the status with which htmx stops polling
# Rules whose refusal is about the street, so another street helps. The other rules are about time, code or college.
ABOUT_THE_STREET = ("kind", "assigned", "shared", "full")


@allow("hall.view")
@require_safe
def hall(request):
    year = request.user.current_year
    if year is None:
        return render(request, "pairing/hall_no_year.html")
    college = get_acting_college(request)
    return render(
        request,
        "pairing/hall.html",
        build_hall_context(request, year, college, build_claim_form(request, college, year)),
    )


def get_acting_college(request) -> College | None:
    """Return the secretary's college (of several, the one in the address or form); None for the school."""
    own = College.objects.filter(pk__in=get_scope(request.user, "code.reveal").colleges).order_by("name")
    asked = request.GET.get("college") or request.POST.get("college") or ""
    return (asked.isdecimal() and own.filter(pk=asked).first()) or own.first()


def build_claim_form(request, college: College | None, year: ServiceYear):
    """Return the form of a claim.

    The code is filled in for the user who revealed it last; the school chooses a college instead.
    """
    data = request.POST or None
    if college is None:
        colleges = College.objects.visible_to(request.user, "pairing.claim").filter(school=year.school_id)
        return SchoolClaimForm(data, colleges=colleges, year=year, auto_id="claim_%s")
    code = PairingCode.objects.filter(year=year, college=college).first()
    known = code.code if code and code.revealed_by_id == request.user.pk else ""
    return ClaimForm(data, initial={"code": known}, auto_id="claim_%s")


def build_hall_context(request, year: ServiceYear, college: College | None, form) -> dict:
    """Return the context of the hall's page."""
    code = PairingCode.objects.filter(year=year, college=college).first() if college else None
    # By default a college sees the streets of its code's kind; it may choose another filter.
    context = build_list_context(request, HALL, defaults={"kind": code.kind} if code else None)
    streets = {street["id"]: street for street in context["form"].streets}
    wished = Wish.objects.filter(year=year, college=college).values_list("street", flat=True)
    active = Pairing.objects.active().of_year(year).filter(college=college)
    now = timezone.now()
    return context | {
        "year": year,
        "college": college,
        "claim_form": form,
        "any_streets": bool(streets),
        "wishes": [streets[street] for street in wished if street in streets],
        "pairing": active.select_related("street").first(),
        "code": code,
        "now": now,
        "phase": get_window_phase(now, year.pairing_opens_at, year.pairing_closes_at),
        "token": signing.dumps(year.pk, salt=SALT),
        "version": get_hall_version(year.pk),
    }


@allow("public")
@require_safe
def hall_places(request, token: str):
    """Return the free places for open pages of the hall: the same for every viewer, counts only.

    Public on purpose: a thousand viewers ask every three seconds, so the view reads neither session nor account.
    The signed token, which only a page of the hall contains, names the year and expires after 12 hours.
    """
    try:
        year = signing.loads(token, salt=SALT, max_age=TOKEN_SECONDS)
    except signing.SignatureExpired:
        return HttpResponse(status=STOP_POLLING)
    except signing.BadSignature as error:
        raise Http404 from error
    version = get_hall_version(year)
    if request.GET.get("v") == version:
        return HttpResponse(status=204)
    return HttpResponse(_render_places(year, version), headers={"Cache-Control": "no-store"})


def _render_places(year: int, version: str) -> str:
    """Return the rendered places; the first request after a change renders them, the cache keeps them 60 seconds."""
    key = f"hall:page:{year}:{version}"
    page = cache.get(key)
    if page is None:
        page = render_to_string("pairing/_hall_places.html", {"rows": hall_rows(year), "version": version})
        cache.set(key, page, 60)
    return page


@sensitive_post_parameters("code")
@repeatable(look_at="hall", label="去结对大厅查看")
@allow("pairing.claim")
@require_http_methods(["GET", "POST"])
def hall_claim(request):
    if request.method == "GET":  # a link to a page or filter of the hall that was shown below a refused claim
        return redirect(reverse("hall", query=request.GET))
    year = request.user.current_year
    if year is None:
        return render(request, "pairing/hall_no_year.html", status=422)
    college = get_acting_college(request)
    form = build_claim_form(request, college, year)
    if form.is_valid():
        try:
            pairing = claim_from_form(request.user, college, form.cleaned_data)
        except ClaimRefusedError as refusal:
            return respond_with_refusal(request, form, refusal)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return redirect("hall_claimed", pairing.pk)
    return render(request, "pairing/hall.html", build_hall_context(request, year, college, form), status=422)


def claim_from_form(user, college: College | None, data: dict) -> Pairing:
    return submit_claim(
        user=user,
        college_id=(college or data["college"]).pk,
        street_id=data["street"].pk,
        code=data.get("code", ""),
        reason=data.get("reason", ""),
    )


def respond_with_refusal(request, form, refusal: ClaimRefusedError) -> HttpResponse:
    """Show the rule that refused the claim; if another street helps, offer the nearest ones with free places."""
    context = {
        "refusal": refusal,
        "street": form.cleaned_data["street"],
        "form": form,
        "alternatives": refusal.alternatives if refusal.rule in ABOUT_THE_STREET else [],
        "about_the_street": refusal.rule in ABOUT_THE_STREET,
        "above": [("结对大厅", reverse("hall"))],
    }
    return render(request, "pairing/claim_refused.html", context, status=409)


@allow("pairing.claim")
@require_safe
def hall_claimed(request, pk: int):
    own = Pairing.objects.visible_to(request.user, "pairing.claim")
    pairing = get_object_or_404(own.select_related("college", "street", "year", "team"), pk=pk)
    return render(
        request, "pairing/claimed.html", {"pairing": pairing, "above": [("结对大厅", reverse("hall"))]}
    )


@allow("hall.view")
@require_POST
def wishes(request):
    """Add a street to the college's wishes, move it, or remove it; then redirect back to the list."""
    form, college = WishForm(request.POST), get_acting_college(request)
    year = request.user.current_year
    if college is None or year is None or not form.is_valid():
        messages.error(request, "意向由学院在大厅中填写。")
        return redirect("hall")
    street, step = form.cleaned_data["street"], form.cleaned_data["step"]
    about = {"user": request.user, "college_id": college.pk, "year": year, "street_id": street}
    try:
        if step == "add":
            add_wish(**about)
        else:
            change_wish(**about, step=step)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect(reverse("hall", query=request.GET, fragment="wishes"))
