"""After the activity: the organiser settles what is not clear and ends the attendance."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from activities.forms.attendance import BatchForm, CloseForm, RollFilter, SettleForm
from activities.models import Activity, SignUp
from activities.queries.attendance import cases_first, figures, taking_part
from activities.services.settling import close, settle, settle_as_present, still_in
from activities.views.attendance import PER_PAGE, above, activity_or_404
from members.pages import submit_form
from members.permissions import allow


@allow("activity.edit")
@require_http_methods(["GET", "POST"])
@never_cache
def settling(request, pk: int):
    """Those who wait for a judgement first; several may be accepted as they were there."""
    activity = activity_or_404(request.user, pk, "activity.edit")
    signups = taking_part(SignUp.objects.filter(activity=activity))
    form = BatchForm(request.POST or None, choices=signups.values_list("pk", flat=True))
    if form.is_valid():
        values = {"signup_ids": form.ids, "reason": form.cleaned_data["reason"]}
        try:
            count = settle_as_present(user=request.user, activity_id=pk, **values)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"已按在场时间认定 {count} 人。")
            return redirect("settling", pk)
    return render(request, "activities/settling.html", _listed(request, activity, signups) | {"form": form})


def _listed(request, activity: Activity, signups) -> dict:
    filters = RollFilter(request.GET)
    found = cases_first(filters.narrowed(signups).select_related("member__branch", "activity"))
    return {
        "activity": activity,
        "filters": filters,
        "figures": figures(signups),
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "ended": timezone.now() >= activity.ends_at,
        "above": above(request.user, activity),
    }


@allow("activity.edit")
@require_http_methods(["GET", "POST"])
@never_cache
def settle_one(request, pk: int):
    signups = taking_part(SignUp.objects.visible_to(request.user, "activity.edit"))
    signup = get_object_or_404(signups.select_related("activity__project", "member__branch"), pk=pk)
    form = SettleForm(request.POST or None, signup=signup)
    values = {"user": request.user, "signup_id": pk}
    if form.is_valid() and submit_form(form, settle, **values, **form.for_service):
        messages.success(request, f"{signup.member.name}的考勤已处理。")
        return redirect("settling", signup.activity_id)
    back = reverse("settling", args=[signup.activity_id])
    context = {"signup": signup, "activity": signup.activity, "form": form, "back": back}
    context["above"] = [*above(request.user, signup.activity), ("考勤处理", back)]
    return render(request, "activities/settle_one.html", context)


@allow("activity.edit")
@require_http_methods(["GET", "POST"])
@never_cache
def settling_close(request, pk: int):
    activity = activity_or_404(request.user, pk, "activity.edit")
    signups = taking_part(SignUp.objects.filter(activity=activity))
    still = still_in(activity, signups, timezone.now())
    form = CloseForm(request.POST if request.method == "POST" else None, still_in=still)
    if form.is_valid() and submit_form(form, close, user=request.user, activity_id=pk, **form.cleaned_data):
        messages.success(request, "考勤已结束，时长已提交学院确认。")
        return redirect("settling", pk)
    context = {
        "activity": activity,
        "form": form,
        "figures": figures(signups),
        "still_in": still,
        "above": [*above(request.user, activity), ("考勤处理", reverse("settling", args=[pk]))],
    }
    return render(request, "activities/settling_close.html", context)
