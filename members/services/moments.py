"""What is decided from many figures is read and written as of one moment.

The database's usual way shows each statement the state of its own moment: a record that is voided between two of them
would stand in a sum and not in its proof. A result that is kept is therefore taken from one snapshot.
"""

from collections.abc import Callable
from functools import wraps
from time import sleep

from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from django.db.models import F

from members.models import School

# Before it is made again; together shorter than anybody's patience.
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
# PostgreSQL's class of states for a transaction that was taken back so that another could go on.
TAKEN_BACK = "40"


def one_moment(service: Callable) -> Callable:
    """Decorator in place of `transaction.atomic`: everything that the service reads is of the same moment.

    Where another transaction has changed meanwhile what this one writes, it is made again from the beginning, with
    the state of then. Inside somebody's transaction the moment is theirs.
    """

    @wraps(service)
    def whole(*args, **kwargs):
        if connection.in_atomic_block:
            with transaction.atomic():
                return service(*args, **kwargs)
        for pause in (*PAUSES, 0):
            try:
                return _in_a_snapshot(service, *args, **kwargs)
            except OperationalError as error:
                if not _taken_back(error):
                    raise
            sleep(pause)
        raise ValidationError("刚刚有其他人在修改同样的内容，本次没有保存，请再试一次。")

    return whole


def hold_school(school_id: int) -> None:
    """One decision of a school after the other. Imports, which refer to the school, are not held up.

    The row is written, with what it holds, and not only locked: who has waited for it in `one_moment` would else go on
    with the state from before the wait. So the database takes it back, and it is made again.
    """
    School.objects.filter(pk=school_id).update(created_at=F("created_at"))


def _in_a_snapshot(service: Callable, *args, **kwargs):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return service(*args, **kwargs)


def _taken_back(error: OperationalError) -> bool:
    return (getattr(error.__cause__, "pgcode", None) or "").startswith(TAKEN_BACK)
