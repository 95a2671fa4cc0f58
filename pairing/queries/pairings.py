"""Pairings: the street of a pairing at a moment."""

from datetime import datetime

from members.models import Street
from members.models.history import event_rows
from pairing.models import Pairing


def get_street_at(pairing: Pairing, at: datetime) -> Street:
    """Return the street that the pairing had at a moment; for a moment before the pairing, its first street."""
    events = event_rows(Pairing).filter(pgh_obj=pairing).select_related("street")
    before = events.filter(pgh_created_at__lte=at).order_by("-pgh_created_at", "-pgh_id")
    event = before.first() or events.order_by("pgh_created_at", "pgh_id").first()
    assert event is not None  # the history of a pairing begins with its insert
    return event.street
