"""登录与安全: the own second factor, devices and password; and a secretary's help for another account."""

from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import remove_webauthn
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.accounts import describe_request
from members.forms.safety import ReasonForm
from members.models import User
from members.pages import submit_form
from members.permissions import allow
from members.queries.safety import list_devices, needs_second_factor
from members.services.lockout import lift_lock
from members.services.safety import end_session, reset_second_factor, sign_out_everywhere

CAMPUS = "campus_reauthenticate"
SHOWN = 20  # events of the own account


@allow("account.own")
@require_safe
def security(request):
    """Show everything that keeps the own account safe."""
    factors = list(Authenticator.objects.filter(user=request.user).order_by("created_at"))
    of_type = {kind: [one for one in factors if one.type == kind] for kind in Authenticator.Type}
    codes = of_type[Authenticator.Type.RECOVERY_CODES]
    context = {
        "totp": of_type[Authenticator.Type.TOTP],
        "passkeys": [one.wrap() for one in of_type[Authenticator.Type.WEBAUTHN]],
        "codes_left": len(codes[0].wrap().get_unused_codes()) if codes else None,
        "has_factor": len(factors) > len(codes),
        "factor_demanded": needs_second_factor(request.user),
        "has_password": request.user.has_usable_password(),
        "devices": list_devices(request.user, request.session.session_key),
        "events": request.user.account_events.select_related("by")[:SHOWN],
    }
    return render(request, "members/security.html", context)


@allow("account.own")
@require_safe
def confirm_identity(request):
    """Redirect to the own way to prove who one is; without any, name the ways to get one."""
    back = get_next_redirect_url(request) or reverse("home")
    if methods := get_adapter().get_reauthentication_methods(request.user):
        return redirect(f"{methods[0]['url']}?{urlencode({'next': back})}")
    return render(request, "members/confirm_identity.html", {"campus": _find_campus(back)})


def _find_campus(back: str) -> str:
    """Return the address of the proof at the campus; empty if this portal has no campus sign-in."""
    try:
        return reverse(CAMPUS, query={"next": back})
    except NoReverseMatch:
        return ""


def passkey_remove(request, pk: int):
    """Remove an own passkey, by allauth's page; the last factor of somebody who must have one stays."""
    passkey = get_object_or_404(Authenticator, user=request.user, pk=pk, type=Authenticator.Type.WEBAUTHN)
    adapter = get_factor_adapter()
    if not adapter.can_delete_authenticator(passkey):
        messages.error(request, adapter.error_messages["cannot_delete_authenticator"])
        return redirect("security")
    return remove_webauthn(request, pk=pk)


@allow("account.own")
@require_POST
def session_end(request, pk: int):
    """Sign one of the own devices out."""
    try:
        end_session(user=request.user, session_id=pk)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "已退出那台设备。")
    return redirect("security")


@allow("account.own")
@require_POST
def sessions_end(request):
    """Sign out on every device, also on this one."""
    sign_out_everywhere(user=request.user, **describe_request(request))
    logout(request)
    messages.success(request, "所有设备已退出登录。")
    return redirect("account_login")


@allow("account.secure", recent=True)
@require_http_methods(["GET", "POST"])
def account_factor_reset(request, pk: int):
    """Reset the second factor of an account below one's own."""
    account = get_object_or_404(User.objects.visible_to(request.user, "account.secure"), pk=pk)
    form = ReasonForm(request.POST or None)
    entered = {"account": account, "by": request.user}
    if form.is_valid() and submit_form(form, reset_second_factor, **entered, **form.cleaned_data):
        messages.success(request, f"已重置{account.name}的第二步验证，所有设备已退出登录。")
        return redirect("account", pk)
    context = {"form": form, "account": account, "above": build_account_breadcrumb(account)}
    return render(request, "members/account_factor_reset.html", context)


@allow("account.secure")
@require_POST
def account_unlock(request, pk: int):
    """Let somebody who was locked out try again at once, and return to the page with the button."""
    account = get_object_or_404(User.objects.visible_to(request.user, "account.secure"), pk=pk)
    try:
        lift_lock(account=account, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"已解除，{account.name}现在可以重新登录。")
    return redirect(get_next_redirect_url(request) or reverse("account", args=[pk]))


def build_account_breadcrumb(account: User) -> list[tuple[str, str]]:
    """Return the breadcrumb of the pages below an account."""
    return [(f"{account.name}的账号", reverse("account", args=[account.pk]))]
