"""The way of an identity from the campus or WeChat into the portal, between allauth's callback and its sign-in.

allauth signs in whom `take_identity` leaves in the SocialLogin, with its own stages (second factor). Everybody else
gets a page, raised as ImmediateHttpResponse, so that allauth never offers a sign-up.
"""

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render, resolve_url

from members.accounts import describe_request
from members.campus.identities import Identity
from members.campus.rules import Verdict
from members.campus.services import REASONS, Admission, Device, admit_identity, bind_wechat, is_wechat
from members.campus.sessions import KEY, note_campus_session
from members.models import School
from members.services.activation_entry import find_opened_code, forget_opened_code


def take_identity(request, login: SocialLogin) -> None:
    """Decide about an identity. Returns if allauth is to sign it in; else raises ImmediateHttpResponse."""
    if login.state.get("renews"):
        raise ImmediateHttpResponse(_confirm_again(request, login))
    if is_wechat(login.account.provider):
        _take_wechat(request, login)
    else:
        _take_campus(request, login)


def read_device(request) -> Device:
    """Return from where a request comes."""
    described = describe_request(request)
    return Device(described["address"], described["device"])


def _take_campus(request, login: SocialLogin) -> None:
    campus = login.provider.campus
    identity = Identity(
        school=School.objects.get(code=campus.code),
        provider=login.account.provider,
        uid=login.account.uid,
        number=login.account.extra_data["number"],
        name=login.account.extra_data["name"],
    )
    binding = login.state.get("process") == AuthProcess.CONNECT and request.user.is_authenticated
    code = None if binding else find_opened_code(request.session)
    try:
        admission = admit_identity(
            identity=identity,
            code=code,
            signed_in=request.user if binding else None,
            device=read_device(request),
        )
    except ValidationError as refusal:
        raise ImmediateHttpResponse(_refuse(request, " ".join(refusal.messages))) from refusal
    if admission.verdict != Verdict.LINK:
        raise ImmediateHttpResponse(_answer_verdict(request, identity, admission))
    if binding:
        messages.success(request, f"已绑定{campus.label}，今后可以用它登录。")
        raise ImmediateHttpResponse(redirect(_get_next(request, login)))
    _prepare_session(request, login, admission)


def _prepare_session(request, login: SocialLogin, admission: Admission) -> None:
    """Give allauth the account to sign in, and note how the campus can end the session."""
    forget_opened_code(request.session)
    if request.user.is_authenticated:  # allauth would do the same next, and would lose the note
        get_account_adapter(request).logout(request)
    held = getattr(login, "campus_session", {"ticket": "", "logout": ""})
    provider = login.account.provider
    if held["ticket"] and not note_campus_session(provider=provider, ticket_hash=held["ticket"]):
        raise ImmediateHttpResponse(_refuse(request, "这次登录凭证已经用过，请重新登录。"))
    request.session[KEY] = {"provider": provider, **held}
    login.user = admission.user
    if admission.linked:
        login.account = admission.linked


def _take_wechat(request, login: SocialLogin) -> None:
    if login.state.get("process") == AuthProcess.CONNECT and request.user.is_authenticated:
        try:
            bind_wechat(user=request.user, uid=login.account.uid, device=read_device(request))
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, "已绑定微信，今后可以用微信登录。")
        raise ImmediateHttpResponse(redirect(_get_next(request, login)))
    if not login.is_existing:
        raise ImmediateHttpResponse(render(request, "socialaccount/wechat_unbound.html", status=403))


def _confirm_again(request, login: SocialLogin):
    """Note that the same person has just signed in at the campus again, and go on."""
    same = (
        request.user.is_authenticated
        and login.is_existing
        and login.user == request.user
        and login.state["renews"] == request.user.pk
    )
    if not same:
        return _refuse(request, "刚才在校园系统登录的不是您的身份。请用绑定的校园身份重新登录。")
    record_authentication(
        request,
        request.user,
        "socialaccount",
        reauthenticated=True,
        provider=login.account.provider,
        uid=login.account.uid,
    )
    return redirect(_get_next(request, login))


def _answer_verdict(request, identity: Identity, admission: Admission):
    context = {"verdict": admission.verdict.value, "identity": identity}
    if admission.verdict == Verdict.WAIT:
        return render(request, "socialaccount/campus_waits.html", context, status=403)
    return _refuse(request, f"{REASONS[admission.verdict]}。", **context)


def _refuse(request, reason: str, **context):
    return render(request, "socialaccount/campus_refused.html", {"reason": reason, **context}, status=403)


def _get_next(request, login: SocialLogin) -> str:
    return login.get_redirect_url(request) or resolve_url("security")
