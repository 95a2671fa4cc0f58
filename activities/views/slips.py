"""校内志愿服务时长确认单: choose the days, print, and let anybody compare the paper with the ledger."""

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from activities.forms.slips import SlipForm
from activities.models import HoursSlip, ServiceRecord
from activities.queries.slips import check_slip
from activities.services.slips import make_slip
from members.models import Member
from members.permissions import allow, may
from members.qr import draw_svg
from members.rules import mask_name, mask_number

WITH_NAMES = ("member__branch__college__school",)
SOURCE_NAMES = dict(ServiceRecord.Source.choices)


@allow("hours.own")
@require_http_methods(["GET", "POST"])
def slips(request):
    """Show and make the person's own slips, on the phone."""
    return _respond_with_slips(request, request.user.member_id, "hours.own")


@allow("hours.view")
@require_http_methods(["GET", "POST"])
def member_slips(request, pk: int):
    """Show and make the slips of a person in scope, for the secretary whom the person asks."""
    return _respond_with_slips(request, pk, "hours.view")


def _respond_with_slips(request, pk: int, action: str):
    people = Member.objects.visible_to(request.user, action).select_related("branch__college")
    person = get_object_or_404(people, pk=pk)
    form = SlipForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (slip := form.submit_to(make_slip, user=request.user, member_id=person.pk)):
        return redirect(slip)
    own = person.pk == request.user.member_id
    context = {
        "person": person,
        "form": form,
        "slips": person.slips.all()[:20],
        "own": own,
        "above": _list_pages_above(request.user, person),
    }
    return render(request, "activities/slips.html", context)


def _list_pages_above(user, person: Member) -> list[tuple[str, str]]:
    if person.pk != user.member_id:
        return [(person.name, person.get_absolute_url())]
    return [("我的", reverse("me"))] if may(user, "me.view") else [("首页", reverse("home"))]


@allow("slip.make")
@require_safe
def slip(request, pk: int):
    """Show the paper for printing."""
    visible = HoursSlip.objects.visible_to(request.user, "slip.make").select_related(*WITH_NAMES)
    shown = get_object_or_404(visible, pk=pk)
    address = request.build_absolute_uri(reverse("slip_check", args=[shown.token]))
    own = shown.member_id == request.user.member_id
    context = {
        "slip": shown,
        "lines": [_name_source(line) for line in shown.lines],
        "address": address,
        "qr_code": mark_safe(draw_svg(address)),  # noqa: S308 — drawn here
        "back": reverse("slips") if own else reverse("member_slips", args=[shown.member_id]),
    }
    return render(request, "activities/slip.html", context)


@allow("public")
@require_safe
@never_cache
def slip_check(request, token: str):
    """Tell anybody with the paper whether it is valid or changed.

    Show nothing of the person that is not on it.
    """
    found = HoursSlip.objects.select_related(*WITH_NAMES).filter(token=token).first()
    if found is None:
        return render(request, "activities/slip_unknown.html", status=404)
    result = check_slip(found)
    context = {
        "slip": found,
        "result": result,
        "lines": [(*_name_source(line), stands) for line, stands in result.lines],
        "name": mask_name(found.member.name),
        "number": mask_number(found.member.student_no),
    }
    return render(request, "activities/slip_check.html", context)


def _name_source(line: list) -> tuple[str, str, str, int]:
    day, what, source, minutes = line
    return day, what, SOURCE_NAMES[source], minutes
