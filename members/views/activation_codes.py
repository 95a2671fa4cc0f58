"""激活码: how many have activated, slips for a branch, a college or a school, and a new code for one person."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods, require_safe

from members.forms.activation import SlipsForm
from members.listings import ACTIVATION_CODES
from members.models import Branch, College, School, User
from members.pages import build_list_context, get_person_or_404
from members.permissions import allow, get_scope
from members.qr import draw_svg
from members.queries.activation import (
    Activation,
    count_by_branch,
    count_without_roster,
    list_offices_without_roster,
    mark_activation,
    sum_all,
)
from members.sent_text import describe_download
from members.services.activation import (
    IssuedCodes,
    Place,
    explain_refusal,
    issue_code,
    issue_code_for_person,
    issue_codes,
)
from members.services.activation_slips import build_document, build_slip, get_typed_address
from members.slips import DOCX, group_slips, list_steps

ACTION = "account.codes"


@allow(ACTION)
@require_safe
def activation_codes(request):
    context = build_list_context(request, ACTIVATION_CODES)
    form = context["form"]
    schools = get_scope(request.user, ACTION).schools
    context |= {
        "total": sum_all(form.lines),
        "by_college": form.by_college,
        "college": form.cleaned_data.get("college") if form.is_valid() else None,
        "whole_school": request.user.school if request.user.school_id in schools else None,
        "above": [("激活码", reverse("activation_codes"))],
    }
    return render(request, "members/activation_codes.html", context)


@allow(ACTION)
@require_safe
def activation_officers(request):
    """Go to the slips of the office holders of the own school or college; branches have none below."""
    seen = get_scope(request.user, ACTION)
    query = {"group": "officers"}
    if request.user.school_id in seen.schools:
        return redirect(reverse("activation_school", args=[request.user.school_id], query=query))
    if len(seen.colleges) == 1:
        return redirect(reverse("activation_college", args=[*seen.colleges], query=query))
    return redirect("activation_codes")


# --- slips --------------------------------------------------------------------------------------------------------


@allow(ACTION, recent=True)
@require_http_methods(["GET", "POST"])
def activation_branch(request, pk: int):
    branches = Branch.objects.visible_to(request.user, ACTION)
    return _answer_slips(request, get_object_or_404(branches, pk=pk), Branch.objects.filter(pk=pk))


@allow(ACTION, recent=True)
@require_http_methods(["GET", "POST"])
def activation_college(request, pk: int):
    colleges = College.objects.visible_to(request.user, ACTION)
    return _answer_slips(request, get_object_or_404(colleges, pk=pk), Branch.objects.filter(college=pk))


@allow(ACTION, recent=True)
@require_http_methods(["GET", "POST"])
def activation_school(request, pk: int):
    seen = get_scope(request.user, ACTION)
    if not seen.everything and pk not in seen.schools:
        raise Http404
    school = get_object_or_404(School, pk=pk)
    return _answer_slips(request, school, Branch.objects.filter(college__school=pk))


def _answer_slips(request, place: Place, branches) -> HttpResponse:
    """Show the form, or issue the codes and answer with the slips: the only answer that has them."""
    form = SlipsForm(request.POST or None, initial={"group": request.GET.get("group", "everybody")})
    if request.method == "POST" and form.is_valid():
        try:
            issued = issue_codes(
                by=request.user, place=place, only_missing=form.only_missing, only_officers=form.only_officers
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return _send_slips(request, place, issued, form.cleaned_data["format"])
    context = {
        "form": form,
        "place": place,
        "count": _count(request.user, place, branches),
        "officers": _count(request.user, place, branches, only_officers=True),
        "above": [("激活码", reverse("activation_codes"))],
    }
    return render(request, "members/activation_slips.html", context)


def _count(user, place: Place, branches, *, only_officers: bool = False) -> Activation:
    """Return the figures of a place; those of a school and a college have the office holders in no roster too."""
    now = timezone.now()
    rows = count_by_branch(branches, now=now, only_officers=only_officers)
    if not isinstance(place, Branch):
        offices = list_offices_without_roster(user, today=timezone.localdate(now)).on_place(place)
        rows += count_without_roster(offices, now=now)
    return sum_all(rows)


def _send_slips(request, place: Place, issued: IssuedCodes, wanted: str) -> HttpResponse:
    origin = _get_origin(request)
    if wanted == "docx":
        content = build_document(issued.codes, origin=origin)
        name = describe_download(f"激活纸条-{place}-{timezone.localdate():%Y%m%d}.docx")
        headers = {"Content-Disposition": name, "Cache-Control": "no-store, private"}
        return HttpResponse(content, content_type=DOCX, headers=headers)
    slips = [build_slip(one, origin=origin) for one in issued.codes]
    drawn = [(group, [(slip, _draw_code(slip.address)) for slip in of]) for group, of in group_slips(slips)]
    context = {
        "place": place,
        "count": len(slips),
        "groups": drawn,
        "steps": list_steps(get_typed_address(origin)),
        "left_out": issued.left_out,
    }
    return render(request, "members/activation_print.html", context)


def _get_origin(request) -> str:
    """Return the portal's address without a path, as the browser knows it."""
    return request.build_absolute_uri("/").rstrip("/")


def _draw_code(address: str) -> str:
    return mark_safe(draw_svg(address))  # noqa: S308 — drawn here, holds no input


# --- one person ---------------------------------------------------------------------------------------------------


@allow(ACTION, recent=True)
@require_http_methods(["GET", "POST"])
def member_code(request, pk: int):
    """Issue a code for a person of the roster, also for one without an account."""
    person = get_person_or_404(request.user, pk, ACTION)
    account = mark_activation(User.objects.filter(member=person), now=timezone.now()).first()
    context = {"name": person.name, "number": person.student_no, "place": person.branch, "account": account}
    context["above"] = [("花名册", reverse("roster")), (person.name, person.get_absolute_url())]
    problem = "" if account is None else explain_refusal(by=request.user, account=account)
    return _answer_code(
        request, context, problem, lambda: issue_code_for_person(member_id=pk, by=request.user)
    )


@allow(ACTION, recent=True)
@require_http_methods(["GET", "POST"])
def account_code(request, pk: int):
    """Issue a code for an account, also for one of somebody who is in no roster."""
    seen = User.objects.visible_to(request.user, ACTION).select_related("school")
    account = get_object_or_404(mark_activation(seen, now=timezone.now()), pk=pk)
    context = {"name": account.name, "number": account.number, "place": account.school, "account": account}
    context["above"] = [(f"{account.name}的账号", reverse("account", args=[pk]))]
    problem = explain_refusal(by=request.user, account=account)
    return _answer_code(request, context, problem, lambda: issue_code(account=account, by=request.user))


def _answer_code(request, context: dict[str, Any], problem: str, issue) -> HttpResponse:
    """Show the page of one person, or issue the code and show it, once."""
    if request.method == "POST" and not problem:
        try:
            issued = issue()
        except ValidationError as refusal:
            problem = " ".join(refusal.messages)
        else:
            slip = build_slip(issued, origin=_get_origin(request))
            context |= {"slip": slip, "qr_code": _draw_code(slip.address)}
            context["typed_at"] = request.build_absolute_uri(reverse("activate"))
            context["message"] = render_to_string("members/activation_message.txt", context).strip()
    return render(request, "members/activation_code.html", context | {"problem": problem})
