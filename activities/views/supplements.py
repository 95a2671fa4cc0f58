"""补录: the pile of supplements, and handing one in."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from activities.forms.supplements import SupplementFilter, SupplementForm
from activities.models import ServiceRecord
from activities.resources.ledger import supplements_sheet
from activities.services.supplements import submit
from activities.views.exporting import workbook_answer
from members.pages import submit_form
from members.permissions import allow, may

PER_PAGE = 25


def listed(request) -> tuple[SupplementFilter, QuerySet]:
    """The supplements in scope as the address narrows them, the latest first."""
    form = SupplementFilter(request.GET, user=request.user, action="hours.supplement")
    found = ServiceRecord.objects.visible_to(request.user, "hours.supplement").filter(source="supplement")
    if not form.is_valid():
        return form, found.none()
    found = form.of_people(found)
    if state := form.cleaned_data["state"]:
        found = found.filter(state=state)
    return form, found.select_related("member__branch__college").order_by("-submitted_at", "-pk")


@allow("hours.supplement")
@require_safe
def supplements(request):
    form, found = listed(request)
    context = {
        "form": form,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "others": may(request.user, "hours.view"),
        "decides": may(request.user, "hours.decide"),
        "filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "activities/supplements.html", context)


@allow("hours.supplement")
@require_safe
def supplements_export(request):
    form, found = listed(request)
    if not form.is_valid():
        raise Http404
    return workbook_answer(request, supplements_sheet(found), kind="supplements", form=form)


@allow("hours.supplement")
@require_http_methods(["GET", "POST"])
def supplement_new(request):
    """For oneself; a secretary also for people in scope, named in the address or by number."""
    number = request.GET.get("student_no", "")
    form = SupplementForm(request.POST or None, request.FILES or None, user=request.user, student_no=number)
    if form.is_valid() and submit_form(form, submit, user=request.user, **form.for_service):
        messages.success(request, "补录已提交，等待学院团委确认。")
        return redirect("supplements")
    context = {"form": form, "above": [("补录", reverse("supplements"))]}
    return render(request, "activities/supplement_new.html", context)
