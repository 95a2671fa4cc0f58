"""After the activity: the organiser settles unclear cases and closes the attendance."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from activities.forms.attendance import BatchForm, CloseForm, SettleForm
from activities.listings import SETTLING
from activities.models import Activity, SignUp
from activities.pages import build_attendance_breadcrumb, get_activity_or_404, get_listed_activity_or_404
from activities.queries.attendance import count_attendance, filter_participants
from activities.services.settling import close_attendance, count_still_in, settle_as_present, settle_signup
from members.pages import build_list_context, submit_form
from members.permissions import allow


@allow("activity.edit")
@require_http_methods(["GET", "POST"])
@never_cache
def settling(request, pk: int):
    """List the cases to judge first; several can be settled at once by the time present."""
    context = build_list_context(request, SETTLING, given={"activity": pk})
    activity = get_listed_activity_or_404(context["list"])
    signups = filter_participants(SignUp.objects.filter(activity=activity))
    form = BatchForm(request.POST or None, choices=signups.values_list("pk", flat=True))
    if form.is_valid() and _settle_together(request, activity, form):
        return redirect("settling", pk)
    context |= {
        "activity": activity,
        "form": form,
        "filters": context["form"],
        "figures": count_attendance(signups),
        "ended": timezone.now() >= activity.ends_at,
        "above": build_attendance_breadcrumb(request.user, activity),
    }
    return render(request, "activities/settling.html", context)


def _settle_together(request, activity: Activity, form: BatchForm) -> bool:
    values = {"signup_ids": form.ids, "reason": form.cleaned_data["reason"]}
    try:
        count = settle_as_present(user=request.user, activity_id=activity.pk, **values)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return False
    messages.success(request, f"已按在场时间认定 {count} 人。")
    return True


@allow("activity.edit")
@require_http_methods(["GET", "POST"])
@never_cache
def settle_one(request, pk: int):
    signups = filter_participants(SignUp.objects.visible_to(request.user, "activity.edit"))
    signup = get_object_or_404(signups.select_related("activity__project", "member__branch"), pk=pk)
    form = SettleForm(request.POST or None, signup=signup)
    values = {"user": request.user, "signup_id": pk, "unchanged": form.require_unchanged}
    if form.is_valid() and submit_form(form, settle_signup, **values, **form.for_service):
        messages.success(request, f"{signup.member.name}的考勤已处理。")
        return redirect("settling", signup.activity_id)
    back = reverse("settling", args=[signup.activity_id])
    context = {"signup": signup, "activity": signup.activity, "form": form, "back": back}
    context["above"] = [*build_attendance_breadcrumb(request.user, signup.activity), ("考勤处理", back)]
    return render(request, "activities/settle_one.html", context)


@allow("activity.edit")
@require_http_methods(["GET", "POST"])
@never_cache
def settling_close(request, pk: int):
    activity = get_activity_or_404(request.user, pk, "activity.edit")
    signups = filter_participants(SignUp.objects.filter(activity=activity))
    still = count_still_in(activity, signups, timezone.now())
    form = CloseForm(request.POST if request.method == "POST" else None, still_in=still)
    if form.is_valid() and submit_form(
        form, close_attendance, user=request.user, activity_id=pk, **form.cleaned_data
    ):
        messages.success(request, "考勤已结束，时长已提交学院确认。")
        return redirect("settling", pk)
    context = {
        "activity": activity,
        "form": form,
        "figures": count_attendance(signups),
        "still_in": still,
        "above": [
            *build_attendance_breadcrumb(request.user, activity),
            ("考勤处理", reverse("settling", args=[pk])),
        ],
    }
    return render(request, "activities/settling_close.html", context)
