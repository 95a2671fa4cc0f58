"""Browsers in which somebody is signed in."""

from datetime import datetime

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY as OWNER,
)
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY as RECORDS
from django.test import Client

from members.accounts import SEEN

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
