"""Middleware for every page that shows people."""

from django.contrib import messages
from django.shortcuts import redirect

from members.queries.safety import has_second_factor, needs_second_factor

CHANGE_FIRST = "这个密码是别人为您设置的。请先改成只有您自己知道的密码，再继续使用。"
SET_UP_FACTOR = "您的角色可以看到很多人的信息，请先设置第二步验证，再继续使用。"
SAFE = "second_factor_seen"  # in the session: this account has a factor


class PersonalPagesStayOffShelves:
    """Forbid browsers and proxies to store pages and files of a signed-in user.

    On a shared computer nobody can then go back to them after the user has signed out. A page that sets its
    own Cache-Control keeps it.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.session.session_key:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response


class SafeAccountFirst:
    """Lead people to what their account needs before they open any other page.

    A password that somebody else has set is changed first; who must have a second factor sets it up. Public pages,
    sign-out and the pages of the own account stay open. It makes one query for each session of those who must have a
    factor, and none for others.
    """

    PASSWORD_PAGES = frozenset({"account_change_password", "account_logout", "account_login"})
    FACTOR_PAGES = PASSWORD_PAGES | {
        "security",
        "confirm_identity",
        "account_reauthenticate",
        "account_set_password",
        "account_inactive",
        "campus_reauthenticate",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_edit_webauthn",
        "mfa_remove_webauthn",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_generate_recovery_codes",
    }

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if getattr(view, "action", "") == "public" or not request.user.is_authenticated:
            return None
        here = request.resolver_match.url_name
        if request.user.must_change_password:
            return self._lead(request, here, self.PASSWORD_PAGES, "account_change_password", CHANGE_FIRST)
        if not self._is_safe(request):
            return self._lead(request, here, self.FACTOR_PAGES, "security", SET_UP_FACTOR)
        return None

    def _lead(self, request, here: str, open_pages: frozenset[str], page: str, why: str):
        if here in open_pages:
            return None
        messages.warning(request, why)
        return redirect(page)

    def _is_safe(self, request) -> bool:
        if not needs_second_factor(request.user):
            return True
        if not request.session.get(SAFE) and has_second_factor(request.user):
            request.session[SAFE] = True
        return bool(request.session.get(SAFE))
