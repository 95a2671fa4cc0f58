"""Pairings: the street of a pairing at a moment, and the overdue pairings."""

from datetime import date, datetime

from members.models import Street
from pairing.models import Pairing


def street_at(pairing: Pairing, at: datetime) -> Street:
    """Return the street that the pairing had at a moment; for a moment before the pairing, its first street."""
    events = Pairing.pgh_event_model.objects.filter(pgh_obj=pairing).select_related("street")
    before = events.filter(pgh_created_at__lte=at).order_by("-pgh_created_at", "-pgh_id")
    return (before.first() or events.order_by("pgh_created_at", "pgh_id").first()).street


def alarms(*, pairings, today: date) -> list[Pairing]:
    """Return the active pairings whose offline part is overdue, the longest overdue first."""
    return list(pairings.overdue(today).select_related("college", "street").order_by("due_on", "pk"))
