"""Functions that several views of pairing share: a pairing of the address, links, and the browser of a request."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from members.accounts import describe_request
from members.known_devices import list_marks
from pairing.models import Pairing, ServiceTeam
from pairing.queries.invitations import list_posts_that_end_with
from pairing.services.invitation_checks import Browser


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


def describe_ending_posts(pairing: Pairing) -> str:
    """Return the sentence on the liaisons whose posts end if the pairing leaves its street; "" if there are none."""
    posts = list_posts_that_end_with(pairing, today=timezone.localdate())
    if not posts:
        return ""
    names = "、".join(f"{post.user.name}（{post.user.number}）" for post in posts)
    return (
        f"这是本校在{pairing.street}的最后一个结对。{names}今天 24:00 后看不到本校的任何内容；"
        "请先请他们确认已结束活动的到场情况，需要时可以在“街乡负责人”中延长。"
    )


def build_invitation_breadcrumb() -> list[tuple[str, str]]:
    """Return the page above those of one invitation, for the breadcrumb."""
    return [("街乡负责人邀请", reverse("invitations"))]


def build_join_link(request, team: ServiceTeam) -> str:
    """Return the address in the team's QR code, which adds a person of the college to the team."""
    return request.build_absolute_uri(reverse("team_join", args=[team.token]))


def read_browser(request) -> Browser:
    """Return the browser of a request, with the accounts that have signed in with it."""
    origin = describe_request(request)
    return Browser(origin["address"], origin["device"], list_marks(request))
