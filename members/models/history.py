"""History by triggers: they record every insert, change and deletion of a row, also by raw SQL.

Each event has the acting user and the request or command.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Protocol

import pghistory
import pgtrigger
from django.db.models import Max, Model, QuerySet

# Around a query of a trigger. Its plan stays for the session: made while a table was nearly empty, it would read the
# whole table for each row, and an import of 20,000 people would take minutes.
BY_INDEX = "PERFORM set_config('enable_seqscan', 'off', true);"
AS_BEFORE = "PERFORM set_config('enable_seqscan', 'on', true);"


class Event(Protocol):
    """A row of the history: the columns of the tracked model, and these."""

    pgh_created_at: datetime
    pgh_label: str
    pgh_context: Any


def event_rows(model: type[Model]) -> QuerySet:
    """Return the history of all rows of a tracked model."""
    return model.pgh_event_model.objects.all()  # type: ignore[attr-defined]  # set by `track_history`


def find_last_events(model: type[Model], ids: Collection[int]) -> dict[int, int]:
    """Return the id of the last event of each row of a tracked model, by the row's id; one query."""
    events = event_rows(model).filter(pgh_obj__in=ids).order_by()
    return dict(events.values("pgh_obj").annotate(last=Max("pgh_id")).values_list("pgh_obj", "last"))


def build_event_key(model: type[Model], pk: int) -> str:
    """Return the key of a message about the change of a row that was written last.

    Each change has a key of its own, also one back to a former value and a second one in the same second; telling of
    one change twice has the same key.
    """
    return f"{model._meta.model_name}:{pk}:event:{find_last_events(model, [pk])[pk]}"


def build_truncate_trigger(what: str) -> pgtrigger.Trigger:
    """Return a trigger that refuses TRUNCATE, which fires no row triggers; `what` names the rows in Chinese."""
    return pgtrigger.Trigger(
        name="never_emptied",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=f"RAISE EXCEPTION '{what}不能清空。' USING ERRCODE = 'restrict_violation';",
    )


def track_history(**options) -> Callable:
    """Return a class decorator that keeps the history of a model; options are those of `pghistory.track`.

    By default the library records inserts and updates only. Its setting for more events copies them, and its
    statement-level triggers do not recognise the copies, so each model gets event objects of its own.
    """
    return pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        meta={"triggers": [build_truncate_trigger("修改记录")]},
        **options,
    )


def track_former_rows() -> Callable:
    """Return a class decorator that keeps each row as it was before an update or a deletion, but no new rows.

    For tables whose new rows name the import that wrote them: an undone import finds here what it had replaced. Every
    updated row is kept, also one that an update leaves as it is: to compare old and new rows, the trigger would join
    them by a plan made for no rows, and an import that moves 20,000 people would take minutes.
    """
    return pghistory.track(
        pghistory.RowEvent(label="update", operation=pgtrigger.Update, row=pghistory.Old),
        pghistory.DeleteEvent(),
        meta={"triggers": [build_truncate_trigger("修改记录")]},
    )
