"""Pairings: the street that one had at a moment, and which of them are overdue."""

from datetime import date, datetime

from members.models import Street
from pairing.models import Pairing


def street_at(pairing: Pairing, at: datetime) -> Street:
    """The street that the pairing had at that moment; for one before the pairing, the first."""
    events = Pairing.pgh_event_model.objects.filter(pgh_obj=pairing).select_related("street")
    before = events.filter(pgh_created_at__lte=at).order_by("-pgh_created_at", "-pgh_id")
    return (before.first() or events.order_by("pgh_created_at", "pgh_id").first()).street


def alarms(*, pairings, today: date) -> list[Pairing]:
    """Active pairings whose offline part is overdue, the longest first."""
    return list(pairings.overdue(today).select_related("college", "street").order_by("due_on", "pk"))
