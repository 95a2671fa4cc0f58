"""The page behind an invitation's link: open an account, or accept with the account that one already has."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from members.models import School
from members.pages import submit_form
from members.permissions import allow
from pairing.forms.liaison import AcceptForm, PhoneForm
from pairing.models import Invitation
from pairing.pages import read_browser
from pairing.services.invitation_checks import find_browser_problem
from pairing.services.invitations import (
    accept_as,
    accept_invitation,
    find_account_problem,
    get_term_end,
    invitation_problem,
)

# Session key of the invitation that this browser has just accepted; the page then shows the account's number.
ACCEPTED = "accepted_invitation"


@allow("public")
@never_cache
@require_http_methods(["GET", "POST"])
def invited(request, token: str):
    """Show the invited person's page; it needs no sign-in, because the secret link is the permission."""
    found = Invitation.objects.select_related("street", "college", "year__school", "account")
    shown = get_object_or_404(found, token=token)
    if shown.used_at and request.session.get(ACCEPTED) == shown.pk:
        several = School.objects.count() > 1
        context = {"invitation": shown, "several_schools": several}
        return render(request, "pairing/invitation_accepted.html", context)
    if problem := invitation_problem(shown, now=timezone.now()):
        waits = shown.state(timezone.now()) == "unchecked"
        return render(request, "pairing/invitation_gone.html", {"problem": problem, "waits": waits})
    if problem := find_browser_problem(shown, read_browser(request)):
        return render(request, "pairing/invitation_elsewhere.html", {"problem": problem})
    return _accept_as(request, shown) if request.user.is_authenticated else _open_account(request, shown)


def _open_account(request, shown: Invitation) -> HttpResponse:
    """Let a visitor open an account for the street."""
    form = AcceptForm(request.POST or None)
    entered = {"token": shown.token, "browser": read_browser(request)}
    if form.is_valid() and submit_form(form, accept_invitation, **entered, **form.cleaned_data):
        return _show_accepted(request, shown)
    return render(request, "pairing/invitation_accept.html", _build_context(shown, form))


def _accept_as(request, shown: Invitation) -> HttpResponse:
    """Let the signed-in liaison confirm the invitation of one more school."""
    if problem := find_account_problem(shown, request.user):
        context = {"problem": problem, "signed_in": True, "link": request.path}
        return render(request, "pairing/invitation_elsewhere.html", context)
    former = request.user.invitations.exclude(phone="").order_by("-used_at").first()
    form = PhoneForm(request.POST or None, initial={"phone": former and former.phone})
    entered = {"user": request.user, "token": shown.token, "browser": read_browser(request)}
    if form.is_valid() and submit_form(form, accept_as, **entered, **form.cleaned_data):
        return _show_accepted(request, shown)
    return render(request, "pairing/invitation_accept.html", _build_context(shown, form))


def _build_context(shown: Invitation, form) -> dict:
    return {"invitation": shown, "form": form, "until": get_term_end(shown, timezone.now())}


def _show_accepted(request, shown: Invitation) -> HttpResponse:
    request.session[ACCEPTED] = shown.pk
    return redirect("invited", shown.token)
