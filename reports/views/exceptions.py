"""评优例外: requested by the branch, decided by the school, shown to everybody above the person."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.pages import build_list_context, submit_form
from members.permissions import allow, may
from reports.forms.eligibility import AskForm, DecisionForm, RevokeForm
from reports.listings.verdicts import EXCEPTIONS, SEEN
from reports.models import ExcellentException, ResultChange
from reports.pages import (
    get_acting_year,
    get_judged_person_or_404,
    get_school_of_person_or_404,
    link_in_year,
)
from reports.queries.eligibility import judge_person
from reports.queries.result_changes import list_results
from reports.services.eligibility import ask_exception, decide_exception, revoke_exception


@allow("eligibility.view")
@require_safe
def exceptions(request):
    context = build_list_context(
        request,
        EXCEPTIONS,
        may_export=may(request.user, "eligibility.export"),
        above=[("评优资格", reverse("eligibility"))],
    )
    return render(request, "reports/exceptions.html", context)


@allow("exception.ask")
@require_http_methods(["GET", "POST"])
def exception_ask(request, pk: int):
    year = get_acting_year(request, get_school_of_person_or_404(pk))
    person = get_judged_person_or_404(request.user, pk, year, "exception.ask")
    if year is None:
        return render(request, "members/year_none.html")
    form = AskForm(request.POST or None)
    asked = {"user": request.user, "member_id": pk, "year": year}
    if form.is_valid() and submit_form(form, ask_exception, **asked, **form.cleaned_data):
        messages.success(request, "已提交，等待校团委审批。")
        return redirect(link_in_year("eligibility_member", year, pk))
    way = [
        ("评优资格", link_in_year("eligibility", year)),
        (person.name, link_in_year("eligibility_member", year, pk)),
    ]
    context = {"form": form, "person": person, "year": year, "above": way}
    context["verdict"] = judge_person(person, year).verdict
    return render(request, "reports/exception_ask.html", context)


@allow("eligibility.view")
@require_safe
def exception(request, pk: int):
    return _render_exception(request, _get_exception_or_404(request.user, pk, "eligibility.view"))


@allow("exception.decide")
@require_POST
def exception_decide(request, pk: int):
    shown = _get_exception_or_404(request.user, pk, "exception.decide")
    form = DecisionForm(request.POST)
    if form.is_valid() and submit_form(
        form, decide_exception, user=request.user, exception_id=pk, **form.cleaned_data
    ):
        messages.success(request, "审批已保存，申请人会收到消息。")
        return redirect("exception", pk)
    return _render_exception(request, shown, decision=form)


@allow("exception.decide")
@require_POST
def exception_revoke(request, pk: int):
    shown = _get_exception_or_404(request.user, pk, "exception.decide")
    form = RevokeForm(request.POST)
    if form.is_valid() and submit_form(
        form, revoke_exception, user=request.user, exception_id=pk, **form.cleaned_data
    ):
        messages.success(request, "例外已撤销，申请人会收到消息。")
        return redirect("exception", pk)
    return _render_exception(request, shown, revocation=form)


def _get_exception_or_404(user, pk: int, action: str) -> ExcellentException:
    seen = ExcellentException.objects.visible_to(user, action).select_related(*SEEN).with_places()
    return get_object_or_404(seen, pk=pk)


def _render_exception(request, shown: ExcellentException, *, decision=None, revocation=None):
    """Render the request, the decision, the figures then and now, and the forms for users who may decide."""
    deciding = ExcellentException.objects.visible_to(request.user, "exception.decide").filter(pk=shown.pk)
    may_decide = deciding.exists()
    grades, nominations = list_results(shown.year, [shown.member_id])
    context = {
        "exception": shown,
        "verdict": judge_person(shown.member, shown.year).verdict,
        "grades": grades,
        "nominations": nominations,
        "changes": ResultChange.objects.of_year(shown.year, [shown.member_id]).with_results(),
        "decision": (decision or DecisionForm()) if may_decide and shown.state == "asked" else None,
        "revocation": (revocation or RevokeForm()) if may_decide and shown.state == "granted" else None,
        "above": [("评优资格", link_in_year("eligibility", shown.year)), ("评优例外", reverse("exceptions"))],
    }
    return render(request, "reports/exception.html", context)
