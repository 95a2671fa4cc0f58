"""Make accounts safe again: reset a second factor, end sessions, change passwords."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from members.models import AccountEvent, User
from members.queries.offices import name_office_to_tell
from members.services.account_events import log_account_event
from members.services.accounts import may_manage_account
from members.services.notify import notify

Kind = AccountEvent.Kind


@transaction.atomic
def reset_second_factor(*, account: User, by: User | None, reason: str) -> None:
    """Remove every factor and recovery code of an account and end its sessions; the person sets them up anew.

    `by` is the person of the level above, None for the operator. Raises ValidationError without the right, without a
    reason, or where nothing is set up.
    """
    reason = reason.strip()
    locked = lock_account(account=account, by=by)
    if not reason:
        raise ValidationError("请写明重置的原因。")
    deleted, _ = Authenticator.objects.filter(user=locked).delete()
    if not deleted:
        raise ValidationError(f"{locked.name}没有启用第二步验证，无需重置。")
    end_sessions(account=locked)
    event = log_account_event(kind=Kind.FACTOR_RESET, user=locked, by=by, note=reason)
    tell_owner(event, "factor_reset", reason=reason)


def lock_account(*, account: User, by: User | None) -> User:
    """Lock an account's row; raises ValidationError if `by` may not manage it (None: the operator may)."""
    locked = User.objects.select_for_update(of=("self",)).select_related("school").get(pk=account.pk)
    if by is not None and not may_manage_account(by, locked):
        raise ValidationError("您不能管理这个账号，请联系上一级团委。")
    return locked


def end_sessions(*, account: User, except_key: str | None = None) -> int:
    """End the account's sessions on every device and return their number; `except_key` is a session to keep."""
    sessions = list(UserSession.objects.filter(user=account).exclude(session_key=except_key))
    for session in sessions:
        session.end()
    return len(sessions)


def tell_owner(event: AccountEvent, template: str, **values) -> None:
    """Write the person of an event a message; notices/<template>.txt gets the event and the office to turn to."""
    assert event.user is not None  # events that belong to nobody are told to nobody
    values |= {"event": event, "office": name_office_to_tell(event.user)}
    notify(event.user, template, reverse("security"), key=f"account-event-{event.pk}", **values)


@transaction.atomic
def change_own_password(
    *,
    user: User,
    password: str,
    session_key: str | None = None,
    address: str | None = None,
    device: str = "",
) -> None:
    """Save a password that the person chose and that has been validated, and end all sessions but this one.

    One that somebody else set is thereby gone.
    """
    end_sessions(account=user, except_key=session_key)
    user.set_password(password)
    user.must_change_password = False
    user.save()
    event = log_account_event(kind=Kind.PASSWORD_CHANGED, user=user, address=address, device=device)
    tell_owner(event, "password_changed")


@transaction.atomic
def note_password_set(*, account: User) -> None:
    """Note that an operator's command has set the password: the person must change it at the next sign-in."""
    end_sessions(account=account)
    User.objects.filter(pk=account.pk).update(must_change_password=True)
    account.must_change_password = True
    log_account_event(kind=Kind.PASSWORD_SET, user=account)


@transaction.atomic
def note_own_act(*, user: User, kind: str, note: str, address: str | None, device: str) -> None:
    """Note what a person did with their own second factor, and tell them: somebody else could have done it."""
    event = log_account_event(kind=kind, user=user, address=address, device=device, note=note)
    tell_owner(event, "own_account")


def note_session_use(*, key: str, address: str | None) -> None:
    """Note the last use of a session, by one statement."""
    UserSession.objects.filter(session_key=key).update(last_seen_at=timezone.now(), ip=address)


@transaction.atomic
def end_session(*, user: User, session_id: int) -> None:
    """End one of the own sessions. Raises ValidationError if it has already ended."""
    session = UserSession.objects.filter(user=user, pk=session_id).first()
    if session is None:
        raise ValidationError("这台设备已经退出登录。")
    session.end()


@transaction.atomic
def sign_out_everywhere(*, user: User, address: str | None, device: str) -> int:
    """End all own sessions, also the one that asks, and return their number."""
    ended = end_sessions(account=user)
    note = f"{ended} 台设备"
    log_account_event(kind=Kind.SIGNED_OUT_EVERYWHERE, user=user, address=address, device=device, note=note)
    return ended
