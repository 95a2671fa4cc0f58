"""The page of one account: who it is, its offices, how it gets in, and what a secretary can do for it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.forms.offices import ReasonForm
from members.models import User
from members.pages import submit_form
from members.permissions import allow, may
from members.queries.activation import mark_activation
from members.queries.appointments import list_offices_of
from members.queries.safety import get_safety_state
from members.services.accounts import may_manage_account
from members.services.appointments import disable_account, enable_account
from members.services.lockout import format_lock


@allow("account.view")
@require_safe
def account(request, pk: int):
    """Show an account in scope. Each part of the page has a template of its own, members/_account_*.html."""
    shown = _get_account_or_404(request.user, pk, "account.view")
    manages, secures = may_manage_account(request.user, shown), may(request.user, "account.secure")
    context = {
        "account": shown,
        "manages": manages,
        "offices": list_offices_of(shown, request.user, today=timezone.localdate()),
        "may_secure": secures,
        "safety": get_safety_state(shown) if manages and secures else None,
        "locked_until": format_lock(shown) if manages and secures else "",
        "may_appoint": may(request.user, "grant.branch"),
    }
    return render(request, "members/account.html", context)


@allow("account.secure", recent=True)
@require_http_methods(["GET", "POST"])
def account_disable(request, pk: int):
    """Disable an account, with a reason; its sessions end at once."""
    return _switch(request, pk, disable_account, "停用账号", "已停用{}的账号，已登录的设备立即退出。")


@allow("account.secure", recent=True)
@require_http_methods(["GET", "POST"])
def account_enable(request, pk: int):
    """Enable a disabled account, with a reason."""
    return _switch(request, pk, enable_account, "恢复账号", "已恢复{}的账号。")


def _switch(request, pk: int, service: Callable, title: str, done: str):
    shown = _get_account_or_404(request.user, pk, "account.secure")
    if not may_manage_account(request.user, shown):
        raise Http404
    form = ReasonForm(request.POST or None)
    if form.is_valid() and submit_form(form, service, by=request.user, user_id=pk, **form.cleaned_data):
        messages.success(request, done.format(shown))
        return redirect("account", pk)
    above = [("账号与授权", reverse("accounts")), (f"{shown}的账号", reverse("account", args=[pk]))]
    return render(
        request,
        "members/account_switch.html",
        {"form": form, "account": shown, "title": title, "above": above},
    )


def _get_account_or_404(user, pk: int, action: str) -> User:
    seen = User.objects.visible_to(user, action).select_related("school", "member__branch__college")
    return get_object_or_404(mark_activation(seen, now=timezone.now()), pk=pk)
