"""Run two transactions at the same time, reliably: the first stays open until the second waits for it."""

from collections.abc import Callable
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

from django.db import connection, transaction

PATIENCE = 20  # seconds


def run_overlapping(
    first: Callable[[], Any], second: Callable[[], Any], then: Callable[[], Any] | None = None
) -> tuple[Any, Any]:
    """Return the results of both; a raised exception is a result. Fails if the second never waits for the first.

    `then`: a call in the first's open transaction, made once the second waits for it.
    """
    results: dict[str, Any] = {}
    written = Event()

    def run_second():
        try:
            written.wait(PATIENCE)
            results["second"] = second()
        except Exception as error:
            results["second"] = error
        finally:
            connection.close()

    thread = Thread(target=run_second)
    thread.start()
    try:
        with transaction.atomic():
            results["first"] = first()
            written.set()
            waited = _wait_until_somebody_waits()
            if then and waited:
                then()
    finally:
        written.set()
        thread.join(PATIENCE)
    assert waited, f"the second did not wait for the first: {results}"
    return results["first"], results["second"]


def _wait_until_somebody_waits() -> bool:
    until = monotonic() + PATIENCE
    while monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return True
        sleep(0.02)
    return False
