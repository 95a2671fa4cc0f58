"""激活: a person enters a code, from paper or by its QR code, and chooses a password."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from members.forms.activation import EnterCodeForm, NewPasswordForm
from members.known_devices import read_school
from members.models import ActivationCode
from members.pages import submit_form
from members.permissions import allow
from members.rules import mask_name, mask_number
from members.services.activation_entry import (
    enter_code,
    find_end,
    find_opened_code,
    forget_opened_code,
    holds_code,
    keep_opened_code,
    open_code,
    use_code,
)

CLOSED = "这个激活码已经使用、作废或过期，或者打开已超过 30 分钟。已经激活的，请直接登录；没有激活的，请再次填写激活码，或向发放人要一个新的。"


def keep_secret(response: HttpResponse) -> HttpResponse:
    """Forbid browsers to store a page of a code, and to name its address to anybody.

    A page with a form names the portal's origin, without the path: after `no-referrer` browsers send the form with
    the origin "null", and Django refuses it.
    """
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["Referrer-Policy"] = "strict-origin" if response.status_code == 200 else "no-referrer"
    return response


@allow("public")
@require_http_methods(["GET", "POST"])
def activate(request):
    form = EnterCodeForm(request.POST or None, school=read_school(request))
    if form.is_valid() and submit_form(form, _enter, request=request, **form.cleaned_data):
        return keep_secret(redirect("activate_password"))
    return keep_secret(render(request, "members/activate.html", {"form": form}))


def _enter(*, request, **values) -> None:
    keep_opened_code(request.session, enter_code(address=get_adapter().get_client_ip(request), **values))


@allow("public")
@require_safe
def activate_code(request, code: str):
    """Open a code by its QR code's address, and leave the address at once: it would stay in the history."""
    try:
        opened = open_code(typed=code, address=get_adapter().get_client_ip(request))
    except ValidationError as refusal:
        form, problem = EnterCodeForm(school=read_school(request)), " ".join(refusal.messages)
        return keep_secret(render(request, "members/activate.html", {"form": form, "problem": problem}))
    keep_opened_code(request.session, opened)
    return keep_secret(redirect("activate_password"))


@allow("public")
@require_http_methods(["GET", "POST"])
def activate_password(request):
    code = find_opened_code(request.session)
    if code is None:
        return keep_secret(_return_to_entry(request))
    form = NewPasswordForm(request.POST or None, account=code.account)
    if form.is_valid() and submit_form(form, _use, request=request, code=code, password=form.chosen):
        return keep_secret(_sign_in(request, code))
    context = {
        "form": form,
        "school": code.account.school,
        "name": mask_name(code.account.name),
        "number": mask_number(code.account.number),
        "ends": find_end(code.account),
    }
    return keep_secret(render(request, "members/activate_password.html", context))


def _return_to_entry(request) -> HttpResponse:
    """Send somebody without an open code back to the entry; say why to those who have had one on this page."""
    if request.method == "POST" or holds_code(request.session):
        messages.error(request, CLOSED)
        forget_opened_code(request.session)
    return redirect("activate")


def _use(*, request, code: ActivationCode, password: str) -> None:
    use_code(code_id=code.pk, password=password, address=get_adapter().get_client_ip(request))
    forget_opened_code(request.session)


def _sign_in(request, code: ActivationCode) -> HttpResponse:
    """Sign in by allauth's own login flow: a second factor is still asked for.

    The password was typed just now, so the next page does not ask for it again.
    """
    account = type(code.account).objects.get(pk=code.account_id)
    record_authentication(request, account, method="password")
    return perform_login(
        request, Login(user=account, redirect_url=reverse("me" if account.member_id else "home"))
    )
