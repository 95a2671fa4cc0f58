"""Settings of allauth for this portal: League committees create the accounts, nobody can sign up alone."""

import time

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.urls import reverse

from members.confirmation import is_confirmed
from members.devices import describe_device, is_phone
from members.known_devices import find_device, remember_device, remember_school
from members.models import User
from members.services import safety
from members.services.lockout import Attempt
from members.services.sign_in import note_sign_in

SEEN = "seen"  # in the session: its last use, in seconds since 1970


def describe_request(request) -> dict[str, str]:
    """Return where a request comes from, for events of accounts: network address and device."""
    adapter = PortalAccountAdapter(request)
    return {
        "address": adapter.get_client_ip(request),
        "device": describe_device(adapter.get_http_user_agent(request)),
    }


class PortalAccountAdapter(DefaultAccountAdapter):
    """Give the Chinese error messages of the sign-in page and close the public sign-up."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "学号（工号）或密码不正确，请检查后重试。",
        "too_many_login_attempts": "尝试次数过多，请五分钟后再试。",
        "rate_limited": "尝试次数过多，请五分钟后再试。",
        "account_inactive": "该账号已停用，请联系学院团委。",
        "incorrect_password": "密码不正确，请重试。",
        "incorrect_code": "验证码不正确，请重试。",
        "enter_current_password": "原密码不正确，请重新输入。",
        "same_as_current": "新密码不能与原密码相同。",
        "code_used": "这个验证码已经用过，请等待下一个验证码。",
    }

    _first = False  # whether the person signs in for the first time

    def is_open_for_signup(self, request):
        return False

    def pre_authenticate(self, request, **credentials) -> None:
        username = credentials["username"]
        address = get_ip(request)  # of an IPv6 address only the network, which one visitor has for themselves
        self._attempt = Attempt(username, address, find_device(request, username))
        self._attempt.begin()

    def authenticate(self, request, **credentials):
        user = super().authenticate(request, **credentials)
        if user:
            self._attempt.succeed()
        return user

    def authentication_failed(self, request, **credentials) -> None:
        account = User.objects.filter(username=credentials["username"]).select_related("school").first()
        self._attempt.fail(user=account, device_text=describe_request(request)["device"])

    def login(self, request, user) -> None:
        self._first = user.last_login is None  # Django sets the time of the sign-in in the next line
        super().login(request, user)

    def post_login(self, request, user, **kwargs):
        response = super().post_login(request, user, **kwargs)
        if "_session_expiry" not in request.session:  # signed in without the form, which asks 保持登录
            stays = is_phone(self.get_http_user_agent(request))
            request.session.set_expiry(settings.SESSION_COOKIE_AGE if stays else 0)
        request.session[SEEN] = time.time()
        known = bool(find_device(request, user.username))
        note_sign_in(user=user, known=known, first=self._first, **describe_request(request))
        remember_device(request, response, user.username)
        if user.school:
            remember_school(response, user.school.code)
        return response

    def get_password_change_redirect_url(self, request) -> str:
        return reverse("security")

    def set_password(self, user, password: str) -> None:
        key = self.request.session.session_key
        origin = describe_request(self.request)
        safety.change_own_password(user=user, password=password, session_key=key, **origin)

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        """Count a fresh sign-in as a proof too, and ask an account without password and factor as well."""
        return not is_confirmed(self.request)

    def get_reauthentication_methods(self, user) -> list[dict]:
        labels = {
            "reauthenticate": "改用密码",
            "mfa_reauthenticate": "改用验证码",
            "mfa_reauthenticate:webauthn": "改用通行密钥",
        }
        return [
            method | {"description": labels[method["id"]]}
            for method in super().get_reauthentication_methods(user)
        ]
