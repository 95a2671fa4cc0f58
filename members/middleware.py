"""Middleware for every page that shows people."""

import time

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.shortcuts import redirect

from members.accounts import SEEN, describe_request
from members.queries.safety import has_second_factor, needs_second_factor
from members.services.safety import note_session_use

CHANGE_FIRST = "这个密码是别人为您设置的。请先改成只有您自己知道的密码，再继续使用。"
SET_UP_FACTOR = "您的角色可以看到很多人的信息，请先设置第二步验证，再继续使用。"
SEEN_EVERY = 300  # seconds; between two writes of the last use
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


class CareForSessions:
    """End a session that nobody uses, and note the last use of the others, at most every five minutes.

    A session without 保持登录 ends SESSION_IDLE_MINUTES after the last use. Questions that a page asks by itself,
    such as those of the live hall, are no use. A request makes no query for this, except one in five minutes.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        # Public pages, such as the places of the hall that all browsers ask for, open no session.
        if getattr(view, "action", "") != "public" and request.user.is_authenticated:
            self._care(request)

    def _care(self, request) -> None:
        session, now = request.session, time.time()
        unused = now - session.get(SEEN, 0)
        if SEEN in session and unused > self._get_limit(session):
            request.ended_for = request.user.pk
            logout(request)
            minutes = settings.SESSION_IDLE_MINUTES
            messages.info(request, f"您超过 {minutes} 分钟没有操作，已自动退出。重新登录后会回到刚才的页面。")
        elif unused > SEEN_EVERY and not (request.htmx and request.method == "GET"):
            session[SEEN] = now
            note_session_use(key=session.session_key, address=describe_request(request)["address"])

    def _get_limit(self, session) -> float:
        """Return the longest time without use, in seconds; the last use is known to five minutes."""
        if not session.get_expire_at_browser_close():
            return settings.SESSION_COOKIE_AGE
        return settings.SESSION_IDLE_MINUTES * 60 + SEEN_EVERY


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
        "campus_login",
        "campus_callback",
        "weixin_login",
        "weixin_callback",
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
