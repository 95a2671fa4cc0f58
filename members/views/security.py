"""登录与安全: the own second factor, devices and password."""

from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.utils import get_next_redirect_url
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from members.permissions import allow

CAMPUS = "campus_reauthenticate"


@allow("account.own")
@require_safe
def confirm_identity(request):
    """Redirect to the own way to prove who one is; without any, name the ways to get one."""
    back = get_next_redirect_url(request) or reverse("home")
    if methods := get_adapter().get_reauthentication_methods(request.user):
        return redirect(f"{methods[0]['url']}?{urlencode({'next': back})}")
    return render(request, "members/confirm_identity.html", {"campus": _find_campus(back), "back": back})


def _find_campus(back: str) -> str:
    """Return the address of the proof at the campus; empty if this portal has no campus sign-in."""
    try:
        return reverse(CAMPUS, query={"next": back})
    except NoReverseMatch:
        return ""
