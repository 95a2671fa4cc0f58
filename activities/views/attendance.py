"""The organiser at check-in: the code on the screen, the list of those who came, the camera, ticks by hand."""

from csp.decorators import csp_update
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.forms.attendance import CodeForm, RollFilter, TickForm
from activities.models import Activity, SignUp
from activities.queries.attendance import figures, latest, taking_part
from activities.queries.presences import times_of
from activities.rules.attendance import DIRECTIONS, IN, OUT, screen_token, window_problem
from activities.services.attendance import scan_person, tick
from members.permissions import allow, may
from members.services.export_log import log_export
from members.sheets.workbooks import XLSX, workbook_bytes
from pairing import qr

PER_PAGE = 25
LATEST = 12


def activity_or_404(user, pk: int, action: str) -> Activity:
    activities = Activity.objects.visible_to(user, action)
    activities = activities.select_related("project__college__school", "project__year").distinct()
    return get_object_or_404(activities, pk=pk)


def above(user, activity: Activity) -> list[tuple[str, str]]:
    """The way up; the page above is for organisers, and a steward has none."""
    return [(activity.name, activity.get_absolute_url())] if may(user, "activity.view") else []


def direction_wanted(request, activity: Activity, now) -> str:
    """As asked for in the address; else what people are there for at this hour."""
    asked = request.GET.get("d")
    if asked in DIRECTIONS:
        return asked
    return IN if now < activity.check_in_closes_at else OUT


@allow("attendance.run")
@require_safe
@never_cache
def attendance(request, pk: int):
    return render(request, "activities/attendance.html", _screen(request, pk))


@allow("attendance.run")
@require_safe
@never_cache
def attendance_code(request, pk: int):
    """The part that is fetched anew every few seconds, so that no dead code is ever on the screen."""
    return render(request, "activities/_attendance_code.html", _screen(request, pk))


def _screen(request, pk: int) -> dict:
    activity = activity_or_404(request.user, pk, "attendance.run")
    now = timezone.localtime()
    direction = direction_wanted(request, activity, now)
    token = screen_token(activity.key, activity.pk, direction, now)
    link = request.build_absolute_uri(reverse("scan_code", args=[activity.pk, token]))
    signups = taking_part(SignUp.objects.filter(activity=activity))
    return {
        "activity": activity,
        "direction": direction,
        "problem": window_problem(times_of(activity), direction, now, by_organiser=False),
        "link": link,
        "qr_code": mark_safe(qr.svg(link)),  # noqa: S308
        "figures": figures(signups),
        "latest": latest(signups, direction, LATEST),
        "now": now,
        "may_settle": may(request.user, "activity.edit"),
        "above": above(request.user, activity),
    }


@allow("attendance.run")
@require_safe
@never_cache
def attendance_roll(request, pk: int):
    activity = activity_or_404(request.user, pk, "attendance.run")
    signups = taking_part(SignUp.objects.filter(activity=activity))
    form = RollFilter(request.GET)
    found = form.narrowed(signups).select_related("member__branch", "activity")
    found = found.order_by("member__sort_key", "member__student_no")
    context = {
        "activity": activity,
        "form": form,
        "figures": figures(signups),
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "direction": direction_wanted(request, activity, timezone.now()),
        "may_export": may(request.user, "activity.edit"),
        "above": above(request.user, activity),
    }
    return render(request, "activities/attendance_roll.html", context)


@allow("activity.edit")
@require_safe
@never_cache
def attendance_export(request, pk: int):
    activity = activity_or_404(request.user, pk, "activity.edit")
    form = RollFilter(request.GET)
    if not form.is_valid():
        raise Http404
    if request.user.school is None:
        raise PermissionDenied  # a repair account belongs to no school: there is no audit trail to note it in
    found = form.narrowed(taking_part(SignUp.objects.filter(activity=activity)))
    found = found.select_related("member__branch__college").order_by("member__student_no")
    filters = {name: value for name, value in request.GET.items() if value and name in form.fields}
    log_export(user=request.user, kind="attendance", filters=filters, rows=found.count())
    name = content_disposition_header(True, f"考勤-{activity.name}.xlsx")
    return HttpResponse(
        workbook_bytes([_sheet(found)]), content_type=XLSX, headers={"Content-Disposition": name}
    )


def _sheet(signups) -> tuple[str, list[str], list[list]]:
    header = [
        "学号",
        "姓名",
        "学院",
        "团支部",
        "签入时间",
        "签入方式",
        "签出时间",
        "签出方式",
        "提醒",
        "处理说明",
    ]
    rows = []
    for signup in signups:
        branch = signup.member.branch
        who = [signup.member.student_no, signup.member.name, branch.college.name, branch.name]
        came = [_moment(signup.checked_in_at), signup.get_checked_in_how_display()]
        left = [_moment(signup.checked_out_at), signup.get_checked_out_how_display()]
        rows.append([*who, *came, *left, "、".join(signup.flag_words), signup.settle_reason])
    return "考勤", header, rows


def _moment(at) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""


# --- camera and hand --------------------------------------------------------------------------------------------


@allow("attendance.run")
@require_safe
@never_cache
@csp_update({"worker-src": ["blob:"]})  # the reader of codes works in a thread that its library makes so
def attendance_scanner(request, pk: int):
    activity = activity_or_404(request.user, pk, "attendance.run")
    context = {
        "activity": activity,
        "direction": direction_wanted(request, activity, timezone.now()),
        "above": above(request.user, activity),
    }
    return render(request, "activities/attendance_scanner.html", context)


@allow("attendance.run")
@require_POST
def attendance_scanned(request, pk: int):
    """What the camera has read; the answer is the line that the organiser sees below the picture."""
    activity = activity_or_404(request.user, pk, "attendance.run")
    form, context = CodeForm(request.POST), {}
    if not form.is_valid():
        context["problem"] = "没有读到签到码，请再试一次。"
    else:
        try:
            context["checked"] = scan_person(user=request.user, activity_id=activity.pk, **form.cleaned_data)
        except ValidationError as refusal:
            context["problem"] = refusal.messages[0]
    return render(request, "activities/_attendance_scanned.html", context)


@allow("attendance.run")
@require_http_methods(["GET", "POST"])
@never_cache
def attendance_tick(request, pk: int):
    activity = activity_or_404(request.user, pk, "attendance.run")
    direction = direction_wanted(request, activity, timezone.now())
    initial = {"direction": direction, "number": request.GET.get("number", "")}
    form = TickForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            checked = tick(user=request.user, activity_id=activity.pk, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _told(checked))
            return redirect("attendance_roll", activity.pk)
    context = {"activity": activity, "form": form, "above": above(request.user, activity)}
    return render(request, "activities/attendance_tick.html", context)


def _told(checked) -> str:
    word = "签入" if checked.direction == IN else "签出"
    name, at = checked.signup.member.name, timezone.localtime(checked.at)
    if checked.again:
        return f"{name}已于 {at:%H:%M} {word}，没有重复登记。"
    return f"已为{name}登记{word}，{at:%H:%M}。"
