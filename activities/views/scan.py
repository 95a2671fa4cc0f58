"""The member's phone at check-in: from the scanned code to the result, and the person's own code.

A valid code is exchanged at once for a ticket in the browser's session, because signing in may take longer
than the code is valid. The ticket is for one activity and direction, for this browser, and for a minute or
two.
"""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from activities.forms.attendance import PlaceForm
from activities.models import Activity, SignUp
from activities.rules.attendance import read_direction
from activities.services.attendance import check_by_screen, locate_phone, make_own_code
from members import qr
from members.models import Member
from members.permissions import allow

TICKET = "attendance_ticket"
LASTS = timedelta(seconds=60)
# This is long enough to type a student number and a password.
LASTS_SIGNED_OUT = timedelta(seconds=120)


@allow("public")
@require_safe
@never_cache
def scan_code(request, pk: int, token: str):
    """Open the address in the QR code. Writes nothing but the ticket."""
    now = timezone.now()
    activity = Activity.objects.filter(pk=pk, state=Activity.State.OPEN).only("key").first()
    # An unknown number is answered like an expired code, and takes as long.
    key = activity.key if activity else "0" * 64
    direction = read_direction(token, key, pk, now)
    if activity is None or direction is None:
        return render(request, "activities/scan_dead.html", status=400)
    lasts = LASTS if request.user.is_authenticated else LASTS_SIGNED_OUT
    request.session[TICKET] = [pk, direction, (now + lasts).timestamp()]
    return redirect("scan", pk)


def get_ticket_direction(request, pk: int) -> str | None:
    """Return the direction of this browser's ticket; None if it is for another activity, or expired."""
    activity_id, direction, until = request.session.get(TICKET, (None, None, 0))
    return direction if activity_id == pk and timezone.now().timestamp() <= until else None


@allow("signup.own")
@require_http_methods(["GET", "POST"])
@never_cache
@sensitive_post_parameters("latitude", "longitude", "accuracy")
def scan_own(request, pk: int):
    direction = get_ticket_direction(request, pk)
    activity = Activity.objects.filter(pk=pk, project__college__school=request.user.school_id).first()
    if direction is None or activity is None:
        return render(request, "activities/scan_dead.html", status=400)
    context = {"activity": activity, "direction": direction}
    if request.method == "POST":
        where = locate_phone(activity, *PlaceForm(request.POST).place)
        try:
            check_by_screen(user=request.user, activity_id=pk, direction=direction, where=where)
        except ValidationError as refusal:
            context["problem"] = refusal.messages[0]
        else:
            return redirect("scan_done", pk)
    return render(request, "activities/scan.html", context)


@allow("signup.own")
@require_safe
@never_cache
def scan_done(request, pk: int):
    """Show the person's own attendance at an activity, readable at arm's length."""
    own = SignUp.objects.visible_to(request.user, "signup.own").filter(member=request.user.member_id)
    signup = get_object_or_404(own.select_related("activity__project"), activity=pk)
    context = {"signup": signup, "activity": signup.activity, "record": signup.records.last()}
    context["objection"] = signup.objections.open().first()
    return render(request, "activities/scan_done.html", context)


# --- the person's own code --------------------------------------------------------------------------------------


@allow("signup.own")
@require_safe
@never_cache
def my_code(request):
    return render(request, "activities/my_code.html", _build_own_code_context(request))


@allow("signup.own")
@require_safe
@never_cache
def my_code_fresh(request):
    return render(request, "activities/_my_code.html", _build_own_code_context(request))


def _build_own_code_context(request) -> dict:
    people = Member.objects.visible_to(request.user, "signup.own").select_related("branch")
    member = get_object_or_404(people, pk=request.user.member_id)
    code = make_own_code(member_id=member.pk)
    return {"member": member, "qr_code": mark_safe(qr.draw_svg(code)), "now": timezone.localtime()}  # noqa: S308
