"""Note who has signed in, and tell the person about a device that is new to the account."""

from django.db import transaction

from members.models import AccountEvent, User
from members.services.account_events import log_account_event
from members.services.safety import tell_owner

Kind = AccountEvent.Kind


@transaction.atomic
def note_sign_in(*, user: User, known: bool, first: bool, address: str | None, device: str) -> None:
    """Note a sign-in. `known`: the browser has been used before; `first`: the account has never signed in."""
    log_account_event(kind=Kind.SIGNED_IN, user=user, address=address, device=device)
    if not known and not first:
        event = log_account_event(kind=Kind.NEW_DEVICE, user=user, address=address, device=device)
        tell_owner(event, "new_device")
