"""账号与授权: who holds which office, appointing people, ending and prolonging terms."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.forms.offices import AppointForm, BranchesForm, EndForm, ExtendForm, presets_of
from members.listings import OFFICES
from members.models import Branch, College, Grant
from members.pages import build_list_context, require_school, submit_form
from members.permissions import Role, allow, may
from members.queries.activation import count_officers_to_activate, filter_activated
from members.queries.appointments import list_branches_to_fill, list_vacancies, suggest_secretaries
from members.queries.offices import describe_term
from members.services.accounts import may_grant
from members.services.appointments import (
    Choice,
    appoint_all,
    end_appointment,
    extend_appointment,
    find_accounts,
)

# Branches on one page of 逐支部任命; the next ones follow when these are done.
MOST_BRANCHES = 200
MOST_NAMES = 5  # of people in one message


@allow("grant.view")
@require_safe
def accounts(request):
    today = timezone.localdate()
    context = build_list_context(
        request,
        OFFICES,
        vacancies=list_vacancies(request.user, today=today),
        may_staff=may(request.user, "grant.staff"),
        waiting=count_officers_to_activate(request.user, today=today),
    )
    return render(request, "members/accounts.html", context)


@allow("grant.branch", recent=True)
@require_http_methods(["GET", "POST"])
def appoint(request):
    """Appoint people whom the finder finds, or a teacher by number and name."""
    require_school(request.user)
    form = AppointForm(request.POST or None, user=request.user, initial=presets_of(request.GET, request.user))
    if form.is_valid():
        choices = form.choices
        if submit_form(form, appoint_all, by=request.user, choices=choices, **form.term):
            names = _list_names([choice.person.name for choice in choices])
            return _go_on(request, choices, f"已任命{names}。")
    return render(request, "members/appoint.html", {"form": form, "above": _build_breadcrumb()})


def _go_on(request, choices: list[Choice], done: str):
    """Say what was done, and go to the code of the only person appointed who cannot sign in yet, else to the list."""
    waiting = list(find_accounts(choices).exclude(filter_activated()).order_by("number"))
    if len(waiting) == len(choices) == 1:
        messages.success(request, f"{done}{waiting[0]}还没有激活账号，请在本页发放激活码。")
        return redirect("account_code", waiting[0].pk)
    if waiting:
        done += f"{_list_names([account.name for account in waiting])}还没有激活账号，请发放激活纸条。"
    messages.success(request, done)
    return redirect("accounts")


def _list_names(names: list[str]) -> str:
    """Return the names, or how many there are if they would fill the page."""
    return "、".join(names) if len(names) <= MOST_NAMES else f" {len(names)} 人"


@allow("grant.branch", recent=True)
@require_http_methods(["GET", "POST"])
def appoint_branches(request):
    """Appoint one 团支书 for each branch from the people whom the roster names."""
    require_school(request.user)
    college = _find_college(request)
    open_branches = list_branches_to_fill(
        request.user, today=timezone.localdate(), college=college, every="every" in request.GET
    )
    total = open_branches.count()
    branches = list(open_branches[:MOST_BRANCHES])
    form = BranchesForm(
        request.POST or None, user=request.user, branches=branches, suggested=suggest_secretaries(branches)
    )
    if form.is_valid() and submit_form(form, appoint_all, by=request.user, choices=form.choices, **form.term):
        return _go_on(request, form.choices, f"已任命 {len(form.choices)} 位团支书。")
    context = {"form": form, "college": college, "total": total, "left": total - len(branches)}
    context["has_branches"] = total or Branch.objects.visible_to(request.user, "grant.branch").exists()
    return render(request, "members/appoint_branches.html", context | {"above": _build_breadcrumb()})


@allow("grant.branch", recent=True)
@require_http_methods(["GET", "POST"])
def office_end(request, pk: int):
    grant = _get_office_or_404(request.user, pk)
    form = EndForm(request.POST or None)
    if form.is_valid() and submit_form(
        form, end_appointment, by=request.user, grant_id=pk, **form.for_service
    ):
        messages.success(request, f"已办理{grant.user}“{grant}”的离任。")
        return redirect("accounts")
    return render(request, "members/office_end.html", _build_office_context(form, grant))


@allow("grant.branch", recent=True)
@require_http_methods(["GET", "POST"])
def office_extend(request, pk: int):
    grant = _get_office_or_404(request.user, pk)
    form = ExtendForm(request.POST or None, grant=grant)
    if form.is_valid() and submit_form(
        form, extend_appointment, by=request.user, grant_id=pk, **form.cleaned_data
    ):
        messages.success(request, f"已延长{grant.user}“{grant}”的任期。")
        return redirect("accounts")
    return render(request, "members/office_extend.html", _build_office_context(form, grant))


def _get_office_or_404(user, pk: int) -> Grant:
    """Return a term that the user may end and prolong, or raise Http404."""
    seen = Grant.objects.visible_to(user, "grant.branch").exclude(role=Role.LIAISON)
    grant = (
        seen.select_related("user__member", "school", "college__school", "branch__college__school")
        .filter(pk=pk)
        .first()
    )
    if grant is None or not may_grant(user, Role(grant.role), grant.place, grant.user):
        raise Http404
    return grant


def _build_office_context(form, grant: Grant) -> dict:
    account = (f"{grant.user}的账号", reverse("account", args=[grant.user_id]))
    return {
        "form": form,
        "grant": grant,
        "term": describe_term(grant),
        "above": [*_build_breadcrumb(), account],
    }


def _find_college(request) -> College | None:
    """Return the college that the address names; None for every college in scope."""
    asked = request.GET.get("college", "")
    if not asked:
        return None
    colleges = College.objects.visible_to(request.user, "grant.branch")
    college = colleges.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 10 else None
    if college is None:
        raise Http404
    return college


def _build_breadcrumb() -> list[tuple[str, str]]:
    return [("账号与授权", reverse("accounts"))]
