"""Another person's work, on its own connection, in the middle of a test."""

import threading
from collections.abc import Callable
from functools import wraps

import pytest
from django.db import connection


def run_elsewhere(work: Callable) -> None:
    """Do the work in another thread and wait for its end; an error of the work is raised here."""
    raised = []

    def run():
        try:
            work()
        except BaseException as error:  # raised again in the test's thread
            raised.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    assert not thread.is_alive(), "what was done elsewhere has to wait for the test itself"
    if raised:
        raise raised[0]


def run_before(monkeypatch: pytest.MonkeyPatch, module, name: str, work: Callable) -> None:
    """Do the work once in another thread, just before the module calls the function of that name."""
    function, left = getattr(module, name), [work]

    @wraps(function)
    def call_after_work(*args, **kwargs):
        if left:
            run_elsewhere(left.pop())
        return function(*args, **kwargs)

    monkeypatch.setattr(module, name, call_after_work)
