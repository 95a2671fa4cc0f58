"""Pages of the organiser at check-in: the code on the screen, the list, the camera, ticks by hand."""

from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.forms.attendance import CodeForm, TickForm
from activities.listings import ATTENDANCE
from activities.models import Activity, SignUp
from activities.pages import (
    build_attendance_breadcrumb,
    get_activity_or_404,
    get_listed_activity_or_404,
)
from activities.queries.attendance import count_attendance, filter_participants, list_latest_checks
from activities.queries.presences import get_local_times
from activities.rules.attendance import (
    DIRECTIONS,
    IN,
    ORGANISER,
    OUT,
    attendance_window_problem,
    make_screen_token,
)
from activities.services.attendance import check_by_hand, check_by_person_code
from members import qr
from members.pages import build_list_context
from members.permissions import allow, may

LATEST = 12


def choose_direction(request, activity: Activity, now) -> str:
    """Return the direction in the address; else the one usual at this hour."""
    asked = request.GET.get("d")
    if asked in DIRECTIONS:
        return asked
    return IN if now < activity.check_in_closes_at else OUT


@allow("attendance.run")
@require_safe
@never_cache
def attendance(request, pk: int):
    return render(request, "activities/attendance.html", _build_screen_context(request, pk))


@allow("attendance.run")
@require_safe
@never_cache
def attendance_code(request, pk: int):
    """Show the part that the page loads every few seconds, so that the code never expires on the screen."""
    return render(request, "activities/_attendance_code.html", _build_screen_context(request, pk))


def _build_screen_context(request, pk: int) -> dict:
    activity = get_activity_or_404(request.user, pk, "attendance.run")
    now = timezone.localtime()
    direction = choose_direction(request, activity, now)
    token = make_screen_token(activity.key, activity.pk, direction, now)
    link = request.build_absolute_uri(reverse("scan_code", args=[activity.pk, token]))
    signups = filter_participants(SignUp.objects.filter(activity=activity))
    return {
        "activity": activity,
        "direction": direction,
        "problem": attendance_window_problem(
            get_local_times(activity), direction, now, by_organiser=False, reader=ORGANISER
        ),
        "link": link,
        "qr_code": mark_safe(qr.draw_svg(link)),  # noqa: S308
        "figures": count_attendance(signups),
        "latest": list_latest_checks(signups, direction, LATEST),
        "now": now,
        "may_settle": may(request.user, "activity.edit"),
        "above": build_attendance_breadcrumb(request.user, activity),
    }


@allow("attendance.run")
@require_safe
@never_cache
def attendance_roll(request, pk: int):
    context = build_list_context(request, ATTENDANCE, given={"activity": pk})
    activity = get_listed_activity_or_404(context["list"])
    context |= {
        "activity": activity,
        "figures": count_attendance(filter_participants(SignUp.objects.filter(activity=activity))),
        "direction": choose_direction(request, activity, timezone.now()),
        "may_export": may(request.user, "activity.edit"),
        "above": build_attendance_breadcrumb(request.user, activity),
    }
    return render(request, "activities/attendance_roll.html", context)


# --- the camera and ticks by hand -------------------------------------------------------------------------------


@allow("attendance.run")
@require_safe
@never_cache
# The library that reads codes runs in a thread made from a blob. csp's types know no view with arguments.
@csp_update({"worker-src": ["blob:"]})  # type: ignore[arg-type]
def attendance_scanner(request, pk: int):
    activity = get_activity_or_404(request.user, pk, "attendance.run")
    context = {
        "activity": activity,
        "direction": choose_direction(request, activity, timezone.now()),
        "above": build_attendance_breadcrumb(request.user, activity),
    }
    return render(request, "activities/attendance_scanner.html", context)


@allow("attendance.run")
@require_POST
def attendance_scanned(request, pk: int):
    """Check in the person of the code that the camera read; answer with a line below the picture."""
    activity = get_activity_or_404(request.user, pk, "attendance.run")
    form = CodeForm(request.POST)
    context: dict[str, Any] = {"activity": activity}
    if not form.is_valid():
        context["problem"] = "没有读到签到码，请再试一次。"
    else:
        try:
            context["checked"] = check_by_person_code(
                user=request.user, activity_id=activity.pk, **form.cleaned_data
            )
        except ValidationError as refusal:
            context["problem"] = refusal.messages[0]
    return render(request, "activities/_attendance_scanned.html", context)


@allow("attendance.run")
@require_http_methods(["GET", "POST"])
@never_cache
def attendance_tick(request, pk: int):
    activity = get_activity_or_404(request.user, pk, "attendance.run")
    direction = choose_direction(request, activity, timezone.now())
    initial = {"direction": direction, "number": request.GET.get("number", "")}
    form = TickForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            checked = check_by_hand(user=request.user, activity_id=activity.pk, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _describe_check(checked))
            return redirect("attendance_roll", activity.pk)
    context = {
        "activity": activity,
        "form": form,
        "above": build_attendance_breadcrumb(request.user, activity),
    }
    return render(request, "activities/attendance_tick.html", context)


def _describe_check(checked) -> str:
    word = "签入" if checked.direction == IN else "签出"
    name, at = checked.signup.member.name, timezone.localtime(checked.at)
    if checked.again:
        return f"{name}已于 {at:%H:%M} {word}，没有重复登记。"
    return f"已为{name}登记{word}，{at:%H:%M}。"
