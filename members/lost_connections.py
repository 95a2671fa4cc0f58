"""Handle a database connection that breaks in the middle of a request.

A request that is safe to repeat is repeated at once; most people never notice. If the connection stays
broken, a page tells what is known: when the answer to a commit was lost, the change may have been saved or
not.
"""

import sys
from collections.abc import Callable
from time import sleep

from django.db import InterfaceError, OperationalError, close_old_connections
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.views import defaults

# Seconds between retries. The sum covers a short network failure; a thread of the web server waits meanwhile.
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# PostgreSQL's error classes: connection exceptions, and the errors with which it ends or refuses a session.
LOST_STATES = ("08", "57P", "25P03")


class LostConnection(HttpResponse):
    """The answer to a request whose connection broke."""


def repeatable(*, look_at: str, label: str) -> Callable:
    """Declare that repeating a view's POST changes nothing; `look_at` names the page that shows the outcome."""

    def decorate(view: Callable) -> Callable:
        view.repeatable = (look_at, label)  # type: ignore[attr-defined]  # a mark on the function
        return view

    return decorate


class RepeatAfterLostConnection:
    """Repeat a request whose connection broke, if it only reads or if its view is declared `repeatable`."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for pause in PAUSES:
            if not isinstance(response, LostConnection):
                break
            if request.method not in SAFE and _find_declaration(request) is None:
                break
            sleep(pause)
            close_old_connections()
            response = self.get_response(request)
        return response


def server_error(request):
    """Answer with the project's error page (handler500), for errors in views and in middleware.

    A lost connection gets a page of its own: 503 with Retry-After, or 409 where the POST is safe to repeat.
    """
    if not is_lost(sys.exception()):
        return defaults.server_error(request)
    declared = _find_declaration(request)
    context: dict[str, object]
    if request.method in SAFE:
        status, context = 503, {"reading": True}
    elif declared:
        # Not 503: the person can look whether the change was saved, and can safely repeat it.
        status, context = 409, {"look_at": reverse(declared[0]), "label": declared[1]}
    else:
        status, context = 503, {}
    answer = LostConnection(render_to_string("lost_connection.html", context), status=status)
    answer.headers["Cache-Control"] = "no-store"
    if status == 503:
        answer.headers["Retry-After"] = "5"
    return answer


def is_lost(error: BaseException | None) -> bool:
    """Return whether the connection broke or could not be opened.

    An error that the server itself reported is neither.
    """
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    # The driver gives no error code where the server ended the connection without a message.
    state = getattr(error.__cause__, "pgcode", None)
    return state is None or state.startswith(LOST_STATES)


def _find_declaration(request) -> tuple[str, str] | None:
    """Return what `repeatable` noted on the view.

    The address gives the view: the break may come before Django has resolved it.
    """
    try:
        return getattr(resolve(request.path_info).func, "repeatable", None)
    except Resolver404:
        return None
