"""Middleware for sessions that a campus opened."""

from allauth.account.adapter import get_adapter
from django.conf import settings

from members.campus.sessions import follow_campus_session


class FollowCampusSessions:
    """Keep the key of a session beside its ticket, and end a session that the campus ended before its first request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        # Without the cookie there is no session; to ask it would tell caches that the page depends on cookies. Public
        # pages, such as the places of the hall that all browsers ask for, open no session.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or getattr(view, "action", "") == "public":
            return
        if not follow_campus_session(request):
            get_adapter(request).logout(request)
