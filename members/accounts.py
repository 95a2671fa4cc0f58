"""Settings of allauth for this portal: League committees create the accounts, nobody can sign up alone."""

from allauth.account.adapter import DefaultAccountAdapter
from django.urls import reverse

from members.confirmation import is_confirmed
from members.devices import describe_device
from members.services import safety


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

    def is_open_for_signup(self, request):
        return False

    def get_password_change_redirect_url(self, request) -> str:
        return reverse("security")

    def set_password(self, user, password: str) -> None:
        safety.change_own_password(user=user, password=password, **describe_request(self.request))

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
