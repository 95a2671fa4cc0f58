"""Settings of allauth's part for outside accounts: it links only people that the portal knows."""

import logging

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from django.shortcuts import resolve_url

from members.campus.flows import take_identity
from members.campus.http import BriefSession

logger = logging.getLogger(__name__)


class PortalSocialAccountAdapter(DefaultSocialAccountAdapter):
    """Link by number, never sign up, and know only the apps of the settings: no secret is in the database."""

    def pre_social_login(self, request, sociallogin):
        take_identity(request, sociallogin)

    def is_open_for_signup(self, request, sociallogin):
        return False

    def populate_user(self, request, sociallogin, data):
        return sociallogin.user

    def get_requests_session(self):
        return BriefSession()

    def list_apps(self, request, provider=None, client_id=None):
        apps = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for found in apps.values() for app in found]

    def get_connect_redirect_url(self, request, socialaccount):
        return resolve_url("security")

    def send_notification_mail(self, *args, **kwargs):
        """Send nothing: the portal tells people in 消息."""

    def on_authentication_error(self, request, provider, error=None, exception=None, extra_context=None):
        if exception is not None:
            logger.warning("Sign-in by %s failed: %s", provider.sub_id, exception)
