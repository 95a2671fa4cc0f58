"""Leaving the service team also ends sign-ups at its street, so these pages are here and not in pairing."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from activities.services.departures import leave_team, remove_from_team
from members.models import Member
from members.pages import submit_form
from members.permissions import allow
from pairing.forms.teams import RemovalForm
from pairing.models import TeamMembership
from pairing.queries.teams import find_team


@allow("team.join")
@require_POST
def team_leave(request):
    people = Member.objects.visible_to(request.user, "team.join").select_related("branch")
    own = find_team(get_object_or_404(people, pk=request.user.member_id))
    membership = own.membership if own else None
    try:
        leave_team(user=request.user, membership_id=membership.pk if membership else 0)
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    else:
        messages.success(request, "已退出服务队，尚未开始的街乡活动报名已取消。需要时可以随时重新加入。")
    return redirect("my_team")


@allow("team.edit")
@require_http_methods(["GET", "POST"])
def team_remove(request, pk: int):
    seen = TeamMembership.objects.visible_to(request.user, "team.edit").active()
    seen = seen.filter(member__in=Member.objects.visible_to(request.user, "team.roll"))
    membership = get_object_or_404(seen.select_related("member__branch", "team"), pk=pk)
    form = RemovalForm(request.POST or None)
    entered = {"user": request.user, "membership_id": pk}
    if form.is_valid() and submit_form(form, remove_from_team, **entered, **form.cleaned_data):
        messages.success(request, f"已将{membership.member.name}移出服务队。")
        return redirect("team_roll")
    context = {
        "form": form,
        "membership": membership,
        "above": [("服务队", reverse("teams")), ("入队名单", reverse("team_roll"))],
    }
    return render(request, "pairing/team_remove.html", context)
