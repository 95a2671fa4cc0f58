"""Messages to a college when the school acts for it."""

from django.utils import timezone

from members.queries.receivers import build_college_office
from members.services.notify import notify
from pairing.models import Pairing
from pairing.rules import UNDO_WITHIN


def notify_claimed_for(pairing: Pairing) -> None:
    """Tell the college that the school has claimed a street for it."""
    _notify_college(pairing, "pairing_claimed", key="claimed")


def notify_released(pairing: Pairing, *, number: int) -> None:
    """Tell the college that the school has released its pairing; `number` distinguishes its changes."""
    assert pairing.ended_at is not None  # of a released pairing
    until = timezone.localtime(pairing.ended_at + UNDO_WITHIN)
    _notify_college(pairing, "pairing_released", key=f"released:{number}", until=until)


def notify_returned(pairing: Pairing, *, number: int) -> None:
    """Tell the college that its released pairing is active again, with team and projects."""
    _notify_college(pairing, "pairing_returned", key=f"returned:{number}")


def notify_moved(pairing: Pairing, *, before: str, reason: str, number: int) -> None:
    """Tell the college that its pairing has moved; `number` distinguishes the moves of one pairing."""
    _notify_college(pairing, "pairing_moved", key=f"moved:{number}", before=before, reason=reason)


def _notify_college(pairing: Pairing, template: str, *, key: str, **values) -> None:
    notify(
        build_college_office(pairing.college_id),
        template,
        pairing.get_absolute_url(),
        key=f"pairing:{pairing.pk}:{key}",
        pairing=pairing,
        **values,
    )
