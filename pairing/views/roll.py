"""入队名单: who has joined the service team and who has not. Taking somebody out of it: activities.views.teams."""

from collections.abc import Iterator

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from members.models import Member
from members.permissions import allow, may
from members.services.export_log import log_export
from members.sheets.workbooks import XLSX, workbook_bytes
from pairing.forms.teams import RollFilter
from pairing.models import ServiceTeam
from pairing.queries.teams import filtered, joined_by, ordered, roll
from pairing.rules import Joined
from pairing.views.teams import join_link

PER_PAGE = 25


def listed(request, action: str):
    """The filter form, the teams, and the people that the filter leaves; nobody where it is not valid."""
    teams = ServiceTeam.objects.visible_to(request.user, "team.roll").present()
    people = roll(Member.objects.visible_to(request.user, action), teams)
    form = RollFilter(request.GET, user=request.user, action=action)
    found = filtered(people, teams, form.cleaned_data) if form.is_valid() else people.none()
    return form, teams, ordered(found, request.GET.get("sort", ""))


@allow("team.roll")
@require_safe
@never_cache
def team_roll(request):
    form, teams, people = listed(request, "team.roll")
    context = {
        "form": form,
        "page": Paginator(people, PER_PAGE).get_page(request.GET.get("page")),
        "filtered": any(request.GET.get(name) for name in form.fields),
        "may_export": may(request.user, "member.export"),
        "may_remove": may(request.user, "team.edit"),
        "above": [("服务队", reverse("teams"))] if may(request.user, "team.view") else [],
    }
    return render(request, "pairing/team_roll.html", context | _own_team(request, teams))


def _own_team(request, teams) -> dict:
    """For a secretary, who has one team: how far it is, and what to send to those who are missing."""
    found = list(teams.select_related("pairing__college", "pairing__street")[:2])
    if len(found) != 1:
        return {"has_team": bool(found)}
    people = Member.objects.visible_to(request.user, "team.roll")
    people = people.filter(branch__college=found[0].pairing.college)
    joined = joined_by("branch__college", people, found)
    words = {"team": found[0], "link": join_link(request, found[0])}
    return {
        "has_team": True,
        "team": found[0],
        "joined": joined.get(found[0].pairing.college_id, Joined()),
        "invitation": render_to_string("pairing/team_invitation.txt", words).strip(),
    }


@allow("member.export")
@require_safe
def team_roll_export(request):
    form, _, people = listed(request, "member.export")
    if not form.is_valid():
        raise Http404
    if request.user.school is None:
        raise PermissionDenied  # a repair account belongs to no school: there is no audit trail to note it in
    filters = {name: value for name, value in request.GET.items() if value and name in form.fields}
    log_export(user=request.user, kind="team_roll", filters=filters, rows=people.count())
    name = content_disposition_header(True, f"入队名单-{timezone.localdate():%Y%m%d}.xlsx")
    return HttpResponse(
        workbook_bytes([_sheet(people)]), content_type=XLSX, headers={"Content-Disposition": name}
    )


def _sheet(people) -> tuple[str, list[str], Iterator[list]]:
    header = ["学号", "姓名", "学院", "团支部", "发展阶段", "是否加入", "加入日期"]
    rows = (
        [
            person.student_no,
            person.name,
            person.branch.college.name,
            person.branch.name,
            person.get_stage_display(),
            "已加入" if person.membership else "尚未加入",
            timezone.localdate(person.joined_at) if person.joined_at else None,
        ]
        for person in people.iterator(2000)
    )
    return "入队名单", header, rows
