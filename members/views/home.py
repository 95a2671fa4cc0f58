"""The start page: redirect each role to its own page; tell an account without a role what it can do."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from members.permissions import BRANCH, COLLEGE, LIAISON, MEMBER, SCHOOL, allow
from members.queries.offices import find_office_above


def get_home_url(user) -> str | None:
    """Return the address of the page for the user's highest role; None for an account without such a role."""
    grants = {grant.role: grant for grant in reversed(user.active_grants)}
    if SCHOOL in grants:
        return reverse("overview")
    if COLLEGE in grants:
        return reverse("college", args=[grants[COLLEGE].college_id])
    if BRANCH in grants:
        return reverse("branch", args=[grants[BRANCH].branch_id])
    if MEMBER in grants:
        return reverse("me")
    if LIAISON in grants:
        return reverse("liaison")
    return reverse("admin:index") if user.is_superuser else None


@allow("home")
def home(request):
    place = get_home_url(request.user)
    if place:
        return redirect(place)
    context = {"office": find_office_above(request.user, timezone.localdate())}
    return render(request, "members/home.html", context)
