"""Middleware for sessions that a campus opened."""

from allauth.account.adapter import get_adapter
from django.conf import settings

from members.campus.sessions import follow_campus_session


class FollowCampusSessions:
    """Keep the key of a session beside its ticket, and end a session that the campus ended before its first request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        # Without the cookie there is no session; to ask it would tell caches that the page depends on cookies.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not follow_campus_session(request):
            get_adapter(request).logout(request)
        return self.get_response(request)
