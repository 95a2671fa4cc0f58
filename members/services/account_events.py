"""Write the events of accounts into the audit log."""

from members.models import AccountEvent, School, User


def log_account_event(
    *,
    kind: str,
    user: User | None,
    by: User | None = None,
    school: School | None = None,
    address: str | None = None,
    device: str = "",
    note: str = "",
) -> AccountEvent:
    """Write one event of an account; `kind` is an `AccountEvent.Kind`, `by` the person who acted for another.

    The school is that of the account unless given. `note` must hold no password, code or token.
    """
    return AccountEvent.objects.create(
        school=school or (user.school if user else None),
        user=user,
        kind=kind,
        by=by,
        address=address or None,
        device=device[:120],
        note=note[:300],
    )
