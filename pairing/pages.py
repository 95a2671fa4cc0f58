"""Functions that several views of pairing share: a pairing of the address, and the link in a team's QR code."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from pairing.models import Pairing, ServiceTeam


def get_pairing_or_404(user, pk: int, action: str) -> Pairing:
    """Return the pairing, active or released, if the user may do `action` on it; raise Http404 otherwise."""
    seen = Pairing.objects.visible_to(user, action).select_related(
        "college__school", "street", "code", "year", "team", "claimed_by", "confirmed_by", "ended_by"
    )
    return get_object_or_404(seen, pk=pk)


def get_active_pairing_or_404(user, pk: int, action: str) -> Pairing:
    """Return the active pairing if the user may do `action` on it; raise Http404 otherwise."""
    pairing = get_pairing_or_404(user, pk, action)
    if pairing.state != Pairing.State.ACTIVE:
        raise Http404
    return pairing


def build_pairing_breadcrumb(pairing: Pairing) -> list[tuple[str, str]]:
    """Return the pages above those that change a pairing, for the breadcrumb."""
    return [("结对", reverse("pairings")), (str(pairing), pairing.get_absolute_url())]


def build_join_link(request, team: ServiceTeam) -> str:
    """Return the address in the team's QR code, which adds a person of the college to the team."""
    return request.build_absolute_uri(reverse("team_join", args=[team.token]))
