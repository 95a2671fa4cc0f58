"""换届: the offices, an office handed over or held by a stand-in for a term, and the sheet of what is open."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from members.models import Grant
from members.pages import build_list_context, submit_form
from members.permissions import allow
from members.queries.activation import filter_activated
from members.sent_text import describe_download
from members.services.appointments import Choice, find_accounts
from reports.documents import DOCX, build_handover_docx
from reports.forms.handover import HandoverForm, StandInForm
from reports.listings.handover import HANDOVER
from reports.queries.handover import Handover, build_handover, list_offices, list_offices_to_hand_over
from reports.services.handover import appoint_stand_in, hand_over


@allow("handover.view")
@require_safe
def handover(request):
    return render(request, "reports/handover.html", build_list_context(request, HANDOVER))


@allow("handover.make", recent=True)
@require_http_methods(["GET", "POST"])
@never_cache
def handover_office(request, pk: int):
    held = get_object_or_404(list_offices_to_hand_over(request.user), pk=pk)
    form = HandoverForm(request.POST if request.method == "POST" else None, user=request.user, held=held)
    values = {"by": request.user, "grant_id": pk}
    if form.is_valid() and submit_form(form, hand_over, **values, **form.for_service):
        first = form.cleaned_data["on"]
        messages.success(
            request, f"已办理换届：{form.choice.person.name}自 {first:%Y-%m-%d} 起接任，已通知双方。"
        )
        return _go_on(request, form.choice)
    return render(
        request, "reports/handover_office.html", _build_office_context(request, held) | {"form": form}
    )


@allow("handover.make", recent=True)
@require_http_methods(["GET", "POST"])
@never_cache
def handover_stand_in(request, pk: int):
    held = get_object_or_404(list_offices_to_hand_over(request.user), pk=pk)
    form = StandInForm(request.POST if request.method == "POST" else None, user=request.user, held=held)
    values = {"by": request.user, "grant_id": pk}
    if form.is_valid() and submit_form(form, appoint_stand_in, **values, **form.for_service):
        messages.success(request, f"已安排{form.choice.person.name}代理，到期自动结束，已通知双方。")
        return _go_on(request, form.choice)
    context = {"form": form, "held": held, "above": [("换届", reverse("handover"))]}
    return render(request, "reports/handover_stand_in.html", context)


def _go_on(request, choice: Choice):
    """Go to the activation code of somebody who cannot sign in yet, else to the list."""
    waiting = find_accounts([choice]).exclude(filter_activated()).first()
    if waiting is None:
        return redirect("handover")
    messages.warning(request, f"{waiting}还没有激活账号，请在本页发放激活码。")
    return redirect("account_code", waiting.pk)


@allow("handover.view")
@require_safe
@never_cache
def handover_sheet(request, pk: int):
    """Show the sheet of what is open in an office, to read and to print."""
    held, sheet = _get_sheet_or_404(request, pk)
    context = {"held": held, "sheet": sheet, "above": [("换届", reverse("handover"))]}
    return render(request, "reports/handover_sheet.html", context)


@allow("handover.view")
@require_safe
@never_cache
def handover_docx(request, pk: int):
    _, sheet = _get_sheet_or_404(request, pk)
    name = describe_download(f"工作交接清单-{sheet.office}.docx")
    return HttpResponse(build_handover_docx(sheet), content_type=DOCX, headers={"Content-Disposition": name})


def _get_sheet_or_404(request, pk: int) -> tuple[Grant, Handover]:
    held = get_object_or_404(list_offices(request.user), pk=pk)
    return held, build_handover(held, by=request.user, now=timezone.now())


def _build_office_context(request, held: Grant) -> dict:
    sheet = build_handover(held, by=request.user, now=timezone.now())
    return {"held": held, "sheet": sheet, "above": [("换届", reverse("handover"))]}
