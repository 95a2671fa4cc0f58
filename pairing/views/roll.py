"""入队名单: the people who have or have not joined the service team. Their removal: activities.views.teams."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from members.models import Member
from members.pages import build_list_context
from members.permissions import allow, may
from pairing.listings import TEAM_ROLL
from pairing.models import ServiceTeam, TeamMembership
from pairing.pages import build_join_link
from pairing.queries.teams import count_joined_by
from pairing.rules import Joined
from pairing.services.teams import readmit_to_team


@allow("team.roll")
@require_safe
@never_cache
def team_roll(request):
    context = build_list_context(
        request,
        TEAM_ROLL,
        may_export=may(request.user, "member.export"),
        may_remove=may(request.user, "team.edit"),
        above=[("服务队", reverse("teams"))] if may(request.user, "team.view") else [],
    )
    return render(request, "pairing/team_roll.html", context | _build_own_team_context(request))


def _build_own_team_context(request) -> dict:
    """Return, for a secretary with one team, its progress and a text for the people who have not joined."""
    teams = ServiceTeam.objects.visible_to(request.user, "team.roll").joinable()
    found = list(teams.select_related("pairing__college", "pairing__street")[:2])
    if len(found) != 1:
        return {"has_team": bool(found)}
    people = Member.objects.visible_to(request.user, "team.roll")
    people = people.filter(branch__college=found[0].pairing.college)
    joined = count_joined_by("branch__college", people, found)
    words = {"team": found[0], "link": build_join_link(request, found[0])}
    return {
        "has_team": True,
        "team": found[0],
        "joined": joined.get(found[0].pairing.college_id, Joined()),
        "invitation": render_to_string("pairing/team_invitation.txt", words).strip(),
    }


@allow("team.edit")
@require_POST
def team_readmit(request, pk: int):
    """Allow a person who was removed to join again."""
    removal = get_object_or_404(TeamMembership.objects.visible_to(request.user, "team.edit"), pk=pk)
    try:
        readmit_to_team(user=request.user, membership_id=removal.pk)
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    else:
        messages.success(request, f"{removal.member.name}可以重新加入服务队，已通知本人。")
    return redirect("team_roll")
