"""扫码加入: the page that opens on a member's phone after a scan of the team's code, and 我的服务队."""

from django.contrib import messages
from django.forms import Form
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from members.models import Member
from members.pages import submit_form
from members.permissions import allow
from pairing.models import ServiceTeam, TeamMembership
from pairing.queries.teams import find_team
from pairing.services.teams import join_problem, join_team

WITH_NAMES = ("pairing__college__school", "pairing__street")


@allow("team.join")
@require_http_methods(["GET", "POST"])
@never_cache
def team_join(request, token: str):
    person = _get_joining_person_or_404(request.user)
    form = Form(request.POST if request.method == "POST" else None)
    if form.is_valid() and submit_form(form, join_team, user=request.user, token=token):
        messages.success(request, "加入成功，感谢参与！")
        return redirect("team_join", token)
    team = ServiceTeam.objects.joinable().select_related(*WITH_NAMES).filter(token=token).first()
    context = {
        "team": team,
        "form": form,
        "problem": join_problem(team, person),
        "membership": TeamMembership.objects.active().filter(team=team, member=person).first(),
    }
    return render(request, "pairing/join.html", context, status=200 if team else 404)


@allow("team.join")
@require_safe
@never_cache
def my_team(request):
    person = _get_joining_person_or_404(request.user)
    own = find_team(person)
    past = TeamMembership.objects.filter(member=person).exclude(left_at=None)
    context = {
        "own": own,
        "problem": "" if own and own.membership else join_problem(own, person),
        "past": past.select_related("team__pairing__street").order_by("-left_at"),
    }
    return render(request, "pairing/my_team.html", context)


def _get_joining_person_or_404(user) -> Member:
    people = Member.objects.visible_to(user, "team.join").select_related("branch__college__school")
    return get_object_or_404(people, pk=user.member_id)
