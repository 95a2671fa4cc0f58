"""Run a service on one snapshot of the database, so that all its figures are of the same moment.

By default the database shows each statement the state at its own start: a record that is voided between two
statements would be in a sum and not in the list behind it. A result that is stored must therefore come from
one snapshot.
"""

from collections.abc import Callable
from functools import wraps
from time import sleep

from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from django.db.models import F

from members.models import School

# Seconds before each retry.
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
# PostgreSQL's error class for a transaction that it rolled back so that another one could go on.
TAKEN_BACK = "40"


def in_one_snapshot(service: Callable) -> Callable:
    """Decorate a service, in place of `transaction.atomic`: everything that it reads is of the same moment.

    If another transaction has changed rows that this one writes, the service runs again from the beginning,
    on a new snapshot; after the last retry it raises ValidationError. Inside another transaction it uses that
    one's snapshot.
    """

    @wraps(service)
    def run_service(*args, **kwargs):
        if connection.in_atomic_block:
            with transaction.atomic():
                return service(*args, **kwargs)
        for pause in (*PAUSES, 0):
            try:
                return _run_in_snapshot(service, *args, **kwargs)
            except OperationalError as error:
                if not _is_serialization_failure(error):
                    raise
            sleep(pause)
        raise ValidationError("刚刚有其他人在修改同样的内容，本次没有保存，请再试一次。")

    return run_service


def lock_school(school_id: int) -> None:
    """Make a school's decisions wait for each other. Imports, which refer to the school, do not wait.

    The row is updated with its own value and not only locked. After a mere lock, a transaction that waited in
    `in_one_snapshot` would go on with the snapshot from before the wait; after an update, the database rolls it
    back and `in_one_snapshot` runs it again.
    """
    School.objects.filter(pk=school_id).update(created_at=F("created_at"))


def _run_in_snapshot(service: Callable, *args, **kwargs):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return service(*args, **kwargs)


def _is_serialization_failure(error: OperationalError) -> bool:
    return (getattr(error.__cause__, "pgcode", None) or "").startswith(TAKEN_BACK)
