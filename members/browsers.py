"""Remember which accounts have signed in with a browser, in a signed cookie that scripts cannot read.

An invitation of a street's liaison must not be accepted in a browser of the inviter (`pairing.services.invitation_checks`).
The cookie outlasts the session: signing out does not make a browser another one.
"""

from django.conf import settings
from django.core import signing

COOKIE = "portal_browser"
SALT = "members.browsers"
LONGEST = 2 * 366 * 24 * 3600  # seconds
MOST = 40  # accounts; a shared computer forgets the earliest


def list_accounts_of(request) -> list[int]:
    """Return the keys of the accounts that have signed in with the browser, the latest last."""
    found = _read_cookie(request)
    if request.user.is_authenticated and request.user.pk not in found:
        found = [*found, request.user.pk]
    return found


class RememberAccounts:
    """Add the signed-in account to the browser's cookie when the account is new in this browser.

    A page that has not opened the session, as the hall's fragment, stays without it.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.session.accessed and request.user.is_authenticated:
            accounts = list_accounts_of(request)[-MOST:]
            if accounts != _read_cookie(request):
                _write_cookie(response, accounts)
        return response


def _read_cookie(request) -> list[int]:
    try:
        return signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LONGEST)
    except signing.BadSignature:
        return []


def _write_cookie(response, accounts: list[int]) -> None:
    response.set_cookie(
        COOKIE,
        signing.dumps(accounts, salt=SALT),
        max_age=LONGEST,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
