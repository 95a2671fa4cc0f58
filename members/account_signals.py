"""Hear what allauth does with second factors, and note it. These signals are the interface of the library."""

from allauth.mfa import signals
from allauth.mfa.models import Authenticator

from members.accounts import describe_request
from members.models import AccountEvent
from members.services.safety import note_own_act

Kind = AccountEvent.Kind
RECOVERY = Authenticator.Type.RECOVERY_CODES
NAMES = {
    Authenticator.Type.TOTP: "验证器应用",
    Authenticator.Type.WEBAUTHN: "通行密钥",
    RECOVERY: "恢复码",
}


def connect_account_signals() -> None:
    signals.authenticator_added.connect(note_added_factor)
    signals.authenticator_removed.connect(note_removed_factor)
    signals.authenticator_reset.connect(note_new_codes)
    signals.authenticator_used.connect(note_used_code)


def note_added_factor(sender, request, user, authenticator, **kwargs) -> None:
    if authenticator.type != RECOVERY:  # they come with the first factor
        _note(request, user, Kind.FACTOR_ADDED, NAMES[authenticator.type])


def note_removed_factor(sender, request, user, authenticator, **kwargs) -> None:
    if authenticator.type != RECOVERY:
        _note(request, user, Kind.FACTOR_REMOVED, NAMES[authenticator.type])


def note_new_codes(sender, request, user, authenticator, **kwargs) -> None:
    _note(request, user, Kind.FACTOR_ADDED, "重新生成恢复码")


def note_used_code(sender, request, user, authenticator, **kwargs) -> None:
    if authenticator.type == RECOVERY:
        authenticator.refresh_from_db()  # the form has marked the code as used on a copy of its own
        left = len(authenticator.wrap().get_unused_codes())
        _note(request, user, Kind.RECOVERY_USED, f"还剩 {left} 个")


def _note(request, user, kind: str, note: str) -> None:
    note_own_act(user=user, kind=kind, note=note, **describe_request(request))
