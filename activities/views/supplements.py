"""补录: the list of supplements, and the form for a new one."""

from typing import Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from activities.forms.supplements import SupplementForm
from activities.listings import SUPPLEMENTS
from activities.services.supplements import submit_supplement
from members.pages import build_list_context, submit_form
from members.permissions import allow, may


@allow("hours.supplement")
@require_safe
def supplements(request):
    rights: dict[str, Any] = {
        "others": may(request.user, "hours.view"),
        "decides": may(request.user, "hours.decide"),
    }
    return render(request, "activities/supplements.html", build_list_context(request, SUPPLEMENTS, **rights))


@allow("hours.supplement")
@require_http_methods(["GET", "POST"])
def supplement_new(request):
    """Hand in a person's own service.

    A secretary also that of people in scope, by number in address or form.
    """
    number = request.GET.get("student_no", "")
    form = SupplementForm(request.POST or None, request.FILES or None, user=request.user, student_no=number)
    if form.is_valid() and submit_form(form, submit_supplement, user=request.user, **form.for_service):
        messages.success(request, "补录已提交，等待学院团委确认。")
        return redirect("supplements")
    context = {"form": form, "above": [("补录", reverse("supplements"))]}
    return render(request, "activities/supplement_new.html", context)
