"""服务队: the teams, a team's page with its QR code, the 志愿团队ID, and the checklist of its group."""

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from members import qr
from members.models import Branch, Grant, Member
from members.pages import build_list_context, submit_form
from members.permissions import BRANCH, COLLEGE, allow, may
from members.sent_text import describe_download
from pairing.forms.teams import BindForm, GroupForm
from pairing.listings import TEAMS
from pairing.models import Pairing, ServiceTeam
from pairing.pages import build_join_link
from pairing.queries.teams import count_joined_by
from pairing.rules import Joined, get_group_qr_state
from pairing.services.teams import bind_outside_id, check_group, renew_join_code


def get_team_or_404(user, pk: int, action: str) -> ServiceTeam:
    """Return the team, also one whose pairing has ended, or raise Http404."""
    return get_object_or_404(_list_teams(user, action), pk=pk)


def get_active_team_or_404(user, pk: int, action: str) -> ServiceTeam:
    """Return the team if its pairing is active, or raise Http404."""
    return get_object_or_404(_list_teams(user, action).filter(pairing__state=Pairing.State.ACTIVE), pk=pk)


def _list_teams(user, action: str) -> QuerySet:
    teams = ServiceTeam.objects.visible_to(user, action)
    return teams.select_related("pairing__college__school", "pairing__street", "pairing__year")


def build_team_breadcrumb(team: ServiceTeam) -> list[tuple[str, str]]:
    """Return the breadcrumb of a team's pages: the list and the team as (title, address)."""
    return [("服务队", reverse("teams")), (team.name, team.get_absolute_url())]


# --- the list ---------------------------------------------------------------------------------------------------


@allow("team.view")
@require_safe
def teams(request):
    seen = ServiceTeam.objects.visible_to(request.user, "team.view").joinable()
    if not request.GET and len(only := seen[:2]) == 1:
        return redirect(only[0])
    context = build_list_context(request, TEAMS, may_edit=may(request.user, "team.edit"))
    page = context["page"]
    page.object_list = list(page.object_list)
    _add_team_figures(request.user, page.object_list)
    return render(request, "pairing/teams.html", context)


def _add_team_figures(user, listed: list[ServiceTeam]) -> None:
    """Set `contacts` and `joined` of each team; `joined` is None if the user may not see the roll."""
    contacts = get_holder_names(COLLEGE, college__in=[team.pairing.college_id for team in listed])
    joined = count_joined(user, listed, "branch__college") if may(user, "team.roll") else {}
    for team in listed:
        team.contacts = contacts.get(team.pairing.college_id, "")  # type: ignore[attr-defined]  # for the template
        team.joined = joined.get(team.pairing.college_id)  # type: ignore[attr-defined]  # for the template


def get_holder_names(role: str, **where) -> dict[int, str]:
    """Return {pk of college or branch: names of the active accounts with the role there today}."""
    held = Grant.objects.active_on(timezone.localdate()).filter(role=role, user__is_active=True, **where)
    found: dict[int, list[str]] = {}
    place = "college" if role == COLLEGE else "branch"
    for pk, name in held.order_by("starts_on", "pk").values_list(place, "user__name"):
        found.setdefault(pk, []).append(name)
    return {pk: "、".join(names) for pk, names in found.items()}


def count_joined(user, of_teams, group: str) -> dict[int, Joined]:
    """Return {pk: Joined} of the teams' colleges ("branch__college") or of their branches ("branch")."""
    colleges = [team.pairing.college_id for team in of_teams]
    people = Member.objects.visible_to(user, "team.roll").filter(branch__college__in=colleges)
    return count_joined_by(group, people, of_teams)


# --- a team -----------------------------------------------------------------------------------------------------


@allow("team.view")
@require_safe
@never_cache
def team(request, pk: int):
    team = get_team_or_404(request.user, pk, "team.view")
    context = {
        "team": team,
        "above": build_team_breadcrumb(team)[:1],
        "active": team.pairing.state == Pairing.State.ACTIVE,
        "contacts": get_holder_names(COLLEGE, college=team.pairing.college_id).get(
            team.pairing.college_id, ""
        ),
        "size": ServiceTeam.objects.with_size().get(pk=pk).size,
        "may_edit": ServiceTeam.objects.visible_to(request.user, "team.edit").filter(pk=pk).exists(),
    }
    if not context["may_edit"]:
        return render(request, "pairing/team_brief.html", context)
    return render(
        request,
        "pairing/team.html",
        context | _build_team_code_context(request, team) | _build_progress_context(request.user, team),
    )


def _build_team_code_context(request, team: ServiceTeam) -> dict:
    link = build_join_link(request, team)
    return {"link": link, "qr_code": mark_safe(qr.draw_svg(link))}  # noqa: S308 — drawn here, holds no input


def _build_progress_context(user, team: ServiceTeam) -> dict:
    """Return per branch its secretary, the day on which they joined the WeChat group, and its number in the team."""
    branches = list(Branch.objects.filter(college=team.pairing.college))
    joined = count_joined(user, [team], "branch")
    leads = get_holder_names(BRANCH, branch__in=branches)
    checks = team.group_checks.with_validity(timezone.localdate())
    ticks = {
        branch: (day, is_valid)
        for branch, day, is_valid in checks.values_list("branch", "joined_on", "is_valid")
    }
    inside = {branch: day for branch, (day, is_valid) in ticks.items() if is_valid}
    for branch in branches:
        branch.joined = joined.get(branch.pk, Joined())  # type: ignore[attr-defined]  # for the template
        branch.lead = leads.get(branch.pk, "")  # type: ignore[attr-defined]  # for the template
        branch.in_group_on = inside.get(branch.pk)  # type: ignore[attr-defined]  # for the template
        branch.to_confirm = branch.pk in ticks and branch.pk not in inside  # type: ignore[attr-defined]  # the same
    return {
        "branches": branches,
        "in_group": len(inside),
        "joined": sum((joined.get(branch.pk, Joined()) for branch in branches), Joined()),
        "group_qr": get_group_qr_state(team.group_qr_expires_on, timezone.localdate()),
    }


@allow("team.edit")
@require_http_methods(["GET", "POST"])
def team_bind(request, pk: int):
    team = get_active_team_or_404(request.user, pk, "team.edit")
    form = BindForm(request.POST or None, team=team)
    values = {"user": request.user, "team_id": pk, "unchanged": form.require_unchanged}
    if form.is_valid() and submit_form(form, bind_outside_id, **values, **form.cleaned_data):
        messages.success(request, "志愿团队ID已绑定。")
        return redirect(team)
    return render(
        request, "pairing/team_bind.html", {"form": form, "team": team, "above": build_team_breadcrumb(team)}
    )


@allow("team.edit")
@require_http_methods(["GET", "POST"])
def team_group(request, pk: int):
    team = get_active_team_or_404(request.user, pk, "team.edit")
    branches = Branch.objects.filter(college=team.pairing.college)
    secretaries = get_holder_names(BRANCH, branch__college=team.pairing.college)
    # An empty form (nothing ticked, no date) is valid input, so the method decides whether the form is bound.
    data = request.POST if request.method == "POST" else None
    form = GroupForm(data, team=team, branches=branches, secretaries=secretaries)
    entered = {"user": request.user, "team_id": pk, "unchanged": form.require_unchanged}
    if form.is_valid() and submit_form(form, check_group, **entered, **form.for_service):
        messages.success(request, "群核对情况已保存。")
        return redirect(team)
    return render(
        request, "pairing/team_group.html", {"form": form, "team": team, "above": build_team_breadcrumb(team)}
    )


@allow("team.edit")
@require_http_methods(["GET", "POST"])
def team_renew(request, pk: int):
    team = get_active_team_or_404(request.user, pk, "team.edit")
    form = Form(request.POST if request.method == "POST" else None)
    if form.is_valid() and submit_form(form, renew_join_code, user=request.user, team_id=pk):
        messages.success(request, "二维码已更换，原来的二维码不能再用，请重新张贴、转发。")
        return redirect(team)
    return render(
        request, "pairing/team_renew.html", {"form": form, "team": team, "above": build_team_breadcrumb(team)}
    )


# --- the QR code as a picture and as a poster -------------------------------------------------------------------


@allow("team.roll")
@require_safe
@never_cache
def team_png(request, pk: int):
    team = get_active_team_or_404(request.user, pk, "team.roll")
    name = describe_download(f"{team.pairing.college.name}服务队二维码.png")
    return HttpResponse(
        qr.draw_png(build_join_link(request, team)),
        content_type="image/png",
        headers={"Content-Disposition": name},
    )


@allow("team.roll")
@require_safe
@never_cache
def team_poster(request, pk: int):
    """Show one printable A4 page with the QR code."""
    team = get_active_team_or_404(request.user, pk, "team.roll")
    return render(
        request, "pairing/team_poster.html", {"team": team} | _build_team_code_context(request, team)
    )
