"""待录入时长: rows of hours whose person is not here yet, and equal rows that a person decides about."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from activities.forms.cases import WaitingForm
from activities.listings import WAITING_HOURS
from activities.models import WaitingHours
from activities.services.waiting_hours import dismiss_waiting_rows, restore_waiting_rows, settle_equal_rows
from members.pages import build_list_context, submit_form
from members.permissions import allow


@allow("hours.decide")
@require_http_methods(["GET", "POST"])
def waiting_hours(request):
    context = build_list_context(request, WAITING_HOURS, above=[("台账核对", reverse("differences"))])
    state = context["list"].wanted.get("state", "")
    rows = WaitingHours.objects.visible_to(request.user, "hours.decide")
    rows = rows.filter(state=state or WaitingHours.State.WAITING)
    form = WaitingForm(request.POST or None, rows=rows)
    if form.is_valid() and submit_form(form, settle_rows, user=request.user, **form.cleaned_data):
        messages.success(request, f"已处理 {len(form.cleaned_data['chosen'])} 条。")
        return redirect(request.get_full_path())
    questions = {row.question for row in context["page"].object_list}
    restores = state == WaitingHours.State.DISMISSED and WaitingHours.Question.NOBODY in questions
    context |= {"narrow": context["form"], "form": form, "questions": questions}
    context |= {"settles": not state, "restores": restores}
    return render(request, "activities/waiting_hours.html", context)


def settle_rows(*, user, chosen, decision: str) -> None:
    """Do what was decided about the ticked rows; raises ValidationError."""
    ids = [row.pk for row in chosen]
    if decision == "dismiss":
        dismiss_waiting_rows(user=user, waiting_ids=ids)
    elif decision == "restore":
        restore_waiting_rows(user=user, waiting_ids=ids)
    else:
        settle_equal_rows(user=user, waiting_ids=ids, another=decision == "another")
