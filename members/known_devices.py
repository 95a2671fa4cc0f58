"""Remember in a browser which accounts have signed in there, in a signed cookie that scripts cannot read.

A second cookie keeps the code of the school of the last sign-in, which the next one offers first, and nothing else.

So nobody elsewhere can lock them out, and no browser of the school accepts an invitation of the street. The cookie
outlasts the session: signing out does not make a browser another one.
"""

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

SALT = "members.known_devices"
AGE = 400 * 24 * 3600  # seconds; browsers keep no cookie longer
SCHOOL_COOKIE, SCHOOL_AGE = "campus", 365 * 24 * 3600  # seconds
MOST = 20  # accounts for each browser, the latest first; computers of an office are shared


def list_marks(request) -> frozenset[str]:
    """Return the marks (`build_mark`) of all accounts that have signed in with this browser, and of the present one."""
    own = [build_mark(request.user.username)] if request.user.is_authenticated else []
    return frozenset([*own, *dict(_read(request))])


def find_device(request, username: str) -> str:
    """Return the id of this browser for an account that has signed in here before, else an empty text."""
    return dict(_read(request)).get(build_mark(username), "")


def remember_device(request, response, username: str) -> None:
    """Write the account into the browser's cookie; an account that is there already keeps its id."""
    mark, known = build_mark(username), find_device(request, username) or secrets.token_urlsafe(12)
    others = [pair for pair in _read(request) if pair[0] != mark]
    value = signing.dumps([(mark, known), *others][:MOST], salt=SALT)
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        value,
        max_age=AGE,
        secure=settings.PRODUCTION,
        httponly=True,
        samesite="Lax",
    )


def remember_school(response, code: str) -> None:
    """Write the school's code into the browser's cookie; the sign-in page then offers this school first."""
    response.set_cookie(
        SCHOOL_COOKIE,
        code,
        max_age=SCHOOL_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def read_school(request) -> str:
    """Return the code of the school of the last sign-in in this browser, not checked, or an empty text."""
    return request.COOKIES.get(SCHOOL_COOKIE, "")


def build_mark(username: str) -> str:
    """Return what names an account in the cookie; nobody reads from it who else uses the computer."""
    return salted_hmac(SALT, username.casefold(), algorithm="sha256").hexdigest()[:24]


def _read(request) -> list[Any]:
    """Return the pairs (mark of the account, id) of the cookie; none if it is missing, forged or too old."""
    try:
        return signing.loads(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=AGE)
    except signing.BadSignature:
        return []
