"""Settings of allauth for this portal: League committees create the accounts, nobody can sign up alone."""

from allauth.account.adapter import DefaultAccountAdapter


class PortalAccountAdapter(DefaultAccountAdapter):
    """Give the Chinese error messages of the sign-in page and close the public sign-up."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "学号（工号）或密码不正确，请检查后重试。",
        "too_many_login_attempts": "尝试次数过多，请五分钟后再试。",
        "account_inactive": "该账号已停用，请联系学院团委。",
    }

    def is_open_for_signup(self, request):
        return False
