"""Work of somebody else, on a connection of its own, in the middle of what a test does."""

import threading
from collections.abc import Callable
from functools import wraps

import pytest
from django.db import connection


def elsewhere(work: Callable) -> None:
    """Do it in another thread and wait for its end; what it raises is raised here."""
    raised = []

    def run():
        try:
            work()
        except BaseException as error:  # handed over to the test
            raised.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    assert not thread.is_alive(), "what was done elsewhere has to wait for the test itself"
    if raised:
        raise raised[0]


def before(monkeypatch: pytest.MonkeyPatch, module, name: str, work: Callable) -> None:
    """Do the work elsewhere, once, just before the module calls the function of that name."""
    function, left = getattr(module, name), [work]

    @wraps(function)
    def called(*args, **kwargs):
        if left:
            elsewhere(left.pop())
        return function(*args, **kwargs)

    monkeypatch.setattr(module, name, called)
