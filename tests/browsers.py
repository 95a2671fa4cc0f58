"""Browsers in which somebody is signed in."""

from datetime import datetime

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY as OWNER,
)
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY as RECORDS
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory

from members.accounts import SEEN
from members.known_devices import remember_device

# Later than the clock of any test, so that a proof of who somebody is stays recent until a test says otherwise.
NEVER_OLD = datetime.fromisoformat("2200-01-01 00:00+08:00").timestamp()


def sign_in(client: Client, user, *, at: float = NEVER_OLD) -> Client:
    """Sign a person in without their password; `at` is the moment (seconds) of the sign-in's proof."""
    client.force_login(user)
    session = client.session
    session[RECORDS] = [{"method": "password", "at": at}]
    session[OWNER] = str(user.pk)
    session[SEEN] = NEVER_OLD  # so that no test counts the query that notes the last use
    session.save()
    return client


def remember(client: Client, user) -> None:
    """Mark the browser as one in which the account has signed in, as the sign-in page does."""
    response = HttpResponse()
    remember_device(RequestFactory().get("/"), response, user.username)
    client.cookies[settings.DEVICE_COOKIE_NAME] = response.cookies[settings.DEVICE_COOKIE_NAME].value
