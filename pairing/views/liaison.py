"""街乡负责人: invitations by school or college, and the liaison's page of colleges paired with the street."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.models import School, Street
from members.pages import build_list_context, submit_form
from members.permissions import allow, may
from pairing.forms.liaison import AcceptForm, InvitationForm
from pairing.listings import INVITATIONS
from pairing.models import Invitation, Pairing
from pairing.queries.invitations import list_colleges_at_street
from pairing.services.invitations import (
    accept_invitation,
    invitation_problem,
    invite_liaison,
    list_streets_to_invite,
    withdraw_invitation,
)

# Session key of the invitation that this browser has just accepted; the page then shows the new account's number.
ACCEPTED = "accepted_invitation"


@allow("liaison.view")
@require_safe
def liaison(request):
    year = request.user.current_year
    today = timezone.localdate()
    pairings = Pairing.objects.visible_to(request.user, "liaison.view").active()
    pairings = pairings.held_in(year.year if year else today.year)
    context = {
        "streets": Street.objects.visible_to(request.user, "liaison.view"),
        "pairings": list(list_colleges_at_street(pairings, today=today)),
        "year": year,
        "today": today,
    }
    return render(request, "pairing/liaison.html", context)


@allow("liaison.invite")
@require_safe
def invitations(request):
    now = timezone.now()
    context = build_list_context(request, INVITATIONS, may_end=may(request.user, "grant.staff"))
    context["rows"] = [(invitation, invitation.state(now)) for invitation in context["page"]]
    return render(request, "pairing/invitations.html", context)


@allow("liaison.invite")
@require_http_methods(["GET", "POST"])
def invitation_new(request):
    year = request.user.current_year
    if year is None:
        return render(request, "members/year_none.html")
    streets = list_streets_to_invite(request.user, year)
    form = InvitationForm(
        request.POST or None, streets=streets, initial={"street": request.GET.get("street")}
    )
    if form.is_valid():
        street, invitee = form.cleaned_data["street"], form.cleaned_data["invitee"]
        try:
            return redirect(
                invite_liaison(user=request.user, year=year, street_id=street.pk, invitee=invitee)
            )
        except ValidationError as refused:
            form.add_error(None, refused)
    context = {"form": form, "has_streets": streets.exists(), "above": build_invitation_breadcrumb()}
    return render(request, "pairing/invitation_new.html", context)


def build_invitation_breadcrumb() -> list[tuple[str, str]]:
    return [("街乡负责人邀请", reverse("invitations"))]


@allow("liaison.invite")
@require_safe
def invitation(request, pk: int):
    own = Invitation.objects.visible_to(request.user, "liaison.invite")
    shown = get_object_or_404(own.select_related("street", "college", "year__school", "account"), pk=pk)
    now = timezone.now()
    context = {
        "invitation": shown,
        "state": shown.state(now),
        "problem": invitation_problem(shown, now=now),
        "message": render_invitation(
            shown, request.build_absolute_uri(reverse("invited", args=[shown.token]))
        ),
        "phones_open": may(request.user, "member.phone"),
        "may_end": may(request.user, "grant.staff"),
        "above": build_invitation_breadcrumb(),
    }
    return render(request, "pairing/invitation.html", context)


def render_invitation(invitation: Invitation, link: str) -> str:
    """Return the text that the inviter sends to the street's person in charge, by WeChat or otherwise."""
    return render_to_string("pairing/invitation.txt", {"invitation": invitation, "link": link}).strip()


@allow("liaison.invite")
@require_POST
def invitation_withdraw(request, pk: int):
    own = Invitation.objects.visible_to(request.user, "liaison.invite")
    shown = get_object_or_404(own, pk=pk)
    try:
        withdraw_invitation(user=request.user, invitation_id=shown.pk)
        messages.success(request, "邀请已撤回，链接不再有效。")
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return redirect("invitation", pk)


@allow("public")
@never_cache
@require_http_methods(["GET", "POST"])
def invited(request, token: str):
    """Show the invited person's page; it needs no sign-in, because the secret link is the permission."""
    found = Invitation.objects.select_related("street", "college", "year__school", "account")
    shown = get_object_or_404(found, token=token)
    if shown.used_at and request.session.get(ACCEPTED) == shown.pk:
        several = School.objects.count() > 1
        return render(
            request, "pairing/invitation_accepted.html", {"invitation": shown, "several_schools": several}
        )
    if problem := invitation_problem(shown, now=timezone.now()):
        return render(request, "pairing/invitation_gone.html", {"problem": problem})
    form = AcceptForm(request.POST or None)
    if form.is_valid() and submit_form(form, accept_invitation, token=token, **form.cleaned_data):
        request.session[ACCEPTED] = shown.pk
        return redirect("invited", token)
    return render(request, "pairing/invitation_accept.html", {"invitation": shown, "form": form})
