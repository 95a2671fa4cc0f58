"""The database's connection breaks in the middle of a request.

What may safely be made twice is made again at once; most people never notice. Where the connection stays broken,
a page says what is known: a commit whose answer was lost may have been written or not.
"""

import sys
from collections.abc import Callable
from time import sleep

from django.db import InterfaceError, OperationalError, close_old_connections
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.views import defaults

# Longer than a network's hiccup, shorter than anybody's patience; a thread of the web server waits meanwhile.
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# PostgreSQL's own words for it: connection exceptions, and the ways in which it ends or refuses a session.
LOST_STATES = ("08", "57P", "25P03")


class LostConnection(HttpResponse):
    """The answer to a request whose connection broke."""


def repeatable(*, look_at: str, label: str) -> Callable:
    """Declare that a view's POST made twice is made once; `look_at` names the page that shows the outcome."""

    def decorate(view: Callable) -> Callable:
        view.repeatable = (look_at, label)
        return view

    return decorate


class RepeatAfterLostConnection:
    """Makes a request again whose connection broke, if it only reads or its view declares itself repeatable."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for pause in PAUSES:
            if not isinstance(response, LostConnection):
                break
            if request.method not in SAFE and _declared(request) is None:
                break
            sleep(pause)
            close_old_connections()
            response = self.get_response(request)
        return response


def server_error(request):
    """The project's handler500. Django calls it wherever the exception arose: in a view or in a middleware."""
    if not is_lost(sys.exception()):
        return defaults.server_error(request)
    declared = _declared(request)
    if request.method in SAFE:
        status, context = 503, {"reading": True}
    elif declared:
        # Not a fault of the service: whether it was made is to be seen, and to do it again is harmless.
        status, context = 409, {"look_at": reverse(declared[0]), "label": declared[1]}
    else:
        status, context = 503, {}
    answer = LostConnection(render_to_string("lost_connection.html", context), status=status)
    answer.headers["Cache-Control"] = "no-store"
    if status == 503:
        answer.headers["Retry-After"] = "5"
    return answer


def is_lost(error: BaseException | None) -> bool:
    """Did the connection break or could it not be made? Anything that the server itself refused is no such case."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    # The driver gives no state where the server could not even say goodbye.
    state = getattr(error.__cause__, "pgcode", None)
    return state is None or state.startswith(LOST_STATES)


def _declared(request) -> tuple[str, str] | None:
    """What `repeatable` noted; asked of the address, since the break may come before the view is known."""
    try:
        return getattr(resolve(request.path_info).func, "repeatable", None)
    except Resolver404:
        return None
