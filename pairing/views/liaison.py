"""街乡负责人: invitations by school or college, and the liaison's page of colleges paired with the street."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.pages import build_list_context
from members.permissions import allow, may
from pairing.forms.liaison import InvitationForm
from pairing.listings import INVITATIONS
from pairing.models import Invitation, Pairing
from pairing.pages import build_invitation_breadcrumb, read_browser
from pairing.queries.invitations import filter_present_years, list_colleges_at_street, list_posts
from pairing.services.invitations import (
    find_check_problem,
    invitation_problem,
    invite_liaison,
    list_streets_to_invite,
    withdraw_invitation,
)


@allow("liaison.view")
@require_safe
def liaison(request):
    today = timezone.localdate()
    posts = list_posts(request.user, today=today)
    pairings = Pairing.objects.visible_to(request.user, "liaison.view").active()
    pairings = filter_present_years(pairings, {post.school for post in posts if post.school}, today=today)
    context = {
        "posts": posts,
        "pairings": list(list_colleges_at_street(pairings, today=today)),
        "several": len(posts) > 1,
        "today": today,
    }
    return render(request, "pairing/liaison.html", context)


@allow("liaison.invite")
@require_safe
def invitations(request):
    now = timezone.now()
    may_check = may(request.user, "liaison.check")
    context = build_list_context(
        request, INVITATIONS, may_end=may(request.user, "grant.staff"), may_check=may_check
    )
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
            address = read_browser(request).address
            return redirect(
                invite_liaison(
                    user=request.user, year=year, street_id=street.pk, invitee=invitee, address=address
                )
            )
        except ValidationError as refused:
            form.add_error(None, refused)
    context = {
        "form": form,
        "has_streets": streets.exists(),
        "may_check": may(request.user, "liaison.check"),
        "above": build_invitation_breadcrumb(),
    }
    return render(request, "pairing/invitation_new.html", context)


@allow("liaison.invite")
@require_safe
def invitation(request, pk: int):
    own = Invitation.objects.visible_to(request.user, "liaison.invite")
    shown = get_object_or_404(
        own.select_related("street", "college", "year__school", "account", "invited_by", "checked_by"), pk=pk
    )
    now = timezone.now()
    link = request.build_absolute_uri(reverse("invited", args=[shown.token]))
    context = {
        "invitation": shown,
        "state": shown.state(now),
        "problem": invitation_problem(shown, now=now) if shown.state(now) == "open" else "",
        "may_check": may(request.user, "liaison.check"),
        "check_problem": find_check_problem(shown, user=request.user, now=now),
        # The admin who checks does not send the link as well.
        "message": "" if shown.checked_by == request.user else render_invitation(shown, link),
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
