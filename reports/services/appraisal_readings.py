"""An uploaded sheet of an appraisal between the upload and the agreement: a worker reads it, no web process does.

It is kept in the cache for an hour, once for each person and appraisal, so that nothing stays behind.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from secrets import token_urlsafe
from typing import Any

from django.core.cache import cache

from members.models import User
from members.querysets import MAX_ATTEMPTS
from members.transfer.services.imports import describe_asked_columns
from reports.models import Appraisal

KEPT = 3600  # seconds
MAX_ROWS = 2_000
PARKED = "读取这份文件时，后台程序两次意外中止，已不再读取。请用 Excel 另存为 .xlsx 后重新上传。"
FAULT = "读取时出现意外错误。请重新上传；如再次出现，请联系管理员。"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reading:
    """An upload: `rows` after it was read, or the `problem`; neither while it waits for the worker.

    `notes`: what of the file is not read or asks for a look, as an import keeps it.
    """

    appraisal_id: int
    user_id: int
    token: str
    filename: str
    content: bytes = b""
    attempts: int = 0
    rows: tuple[Any, ...] | None = None
    problem: str = ""
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.rows is None and not self.problem

    @property
    def asked_columns(self) -> list[str]:
        """Return a sentence about each column that nobody reads and that seems to say whether a row counts."""
        return describe_asked_columns(self.notes)


def start_reading(*, user: User, appraisal: Appraisal, filename: str, content: bytes) -> Reading:
    """Keep an upload for the worker; it replaces the person's earlier one."""
    reading = Reading(appraisal.pk, user.pk, token_urlsafe(12), filename, content)
    _keep(reading)
    return reading


def find_reading(*, user_id: int, appraisal_id: int, token: str) -> Reading | None:
    """Return the person's upload; None if it is too old or another one has replaced it."""
    reading = cache.get(_build_key(appraisal_id, user_id))
    return reading if reading and reading.token == token else None


def begin_reading(*, user_id: int, appraisal_id: int, token: str) -> Reading | None:
    """Count an attempt and return the upload; None if there is nothing to read, or it has ended its worker twice."""
    reading = find_reading(user_id=user_id, appraisal_id=appraisal_id, token=token)
    if reading is None or not reading.is_open:
        return None
    if reading.attempts >= MAX_ATTEMPTS:
        logger.error("A sheet of appraisal %s ended its worker twice; it is parked", appraisal_id)
        finish_reading(reading, problem=PARKED)
        return None
    begun = replace(reading, attempts=reading.attempts + 1)
    _keep(begun)
    return begun


@contextmanager
def tell_failure(reading: Reading, *, refusals: tuple[type[Exception], ...]) -> Iterator[None]:
    """Keep the problem for the page on every exception; log an unexpected one."""
    try:
        yield
    except refusals as error:
        finish_reading(reading, problem=f"{error}。")
    except Exception:
        logger.exception("A sheet of appraisal %s cannot be read", reading.appraisal_id)
        finish_reading(reading, problem=FAULT)


def finish_reading(
    reading: Reading, *, rows: Iterable[Any] = (), notes: dict[str, Any] | None = None, problem: str = ""
) -> None:
    """Keep the rows or the problem, and forget the file; nothing where a newer upload has replaced it."""
    found = tuple(islice(rows, MAX_ROWS + 1))
    if len(found) > MAX_ROWS:
        found, problem = (), f"表里有超过 {MAX_ROWS:,} 行，请只保留本支部的评议表再上传。"
    now = find_reading(user_id=reading.user_id, appraisal_id=reading.appraisal_id, token=reading.token)
    if now is not None:
        read = None if problem else found
        _keep(replace(now, content=b"", rows=read, notes=notes or {}, problem=problem))


def _keep(reading: Reading) -> None:
    cache.set(_build_key(reading.appraisal_id, reading.user_id), reading, KEPT)


def _build_key(appraisal_id: int, user_id: int) -> str:
    return f"appraisal.reading:{appraisal_id}:{user_id}"
