"""依据有变化的结果: what an office has to decide again because a verdict behind a result does not hold any more."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from members.pages import submit_form
from members.permissions import allow
from reports.forms.result_changes import SettleForm
from reports.models import ResultChange
from reports.services.result_changes import settle_change


@allow("result.settle")
@require_safe
def result_changes(request):
    seen = ResultChange.objects.visible_to(request.user, "result.settle").with_results()
    context = {"changes": seen.open(), "above": [("评优资格", reverse("eligibility"))]}
    return render(request, "reports/result_changes.html", context)


@allow("result.settle")
@require_http_methods(["GET", "POST"])
def result_change(request, pk: int):
    seen = ResultChange.objects.visible_to(request.user, "result.settle").with_results()
    change = get_object_or_404(seen, pk=pk)
    form = SettleForm(request.POST or None)
    values = {"user": request.user, "change_id": pk}
    if form.is_valid() and submit_form(form, settle_change, **values, **form.cleaned_data):
        messages.success(request, "决定已保存。")
        return redirect("result_changes")
    context = {
        "change": change,
        "form": form if change.outcome == ResultChange.Outcome.OPEN else None,
        "above": [("评优资格", reverse("eligibility")), ("依据有变化的结果", reverse("result_changes"))],
    }
    return render(request, "reports/result_change.html", context)
