"""Questions about the second factor of accounts."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from members.devices import describe_device
from members.models import User
from members.permissions import STAFF

RECOVERY = Authenticator.Type.RECOVERY_CODES


def needs_second_factor(user: User) -> bool:
    """Return whether the account must have a second factor: those who see a school or a college (requirements §1)."""
    if not settings.SECOND_FACTOR_REQUIRED:
        return False
    return user.is_superuser or any(grant.role in STAFF for grant in user.active_grants)


def has_second_factor(user: User) -> bool:
    """Return whether the account has an authenticator or a passkey; recovery codes alone are none."""
    return Authenticator.objects.filter(user=user).exclude(type=RECOVERY).exists()


def count_factors(user: User) -> dict[str, int]:
    """Return the number of the account's factors by `Authenticator.Type`."""
    kinds = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return {kind: kinds.count(kind) for kind in set(kinds)}


@dataclass(frozen=True)
class SafetyState:
    """What a secretary sees of an account's safety: the kinds of factors in words."""

    factors: str
    has_factor: bool


def get_safety_state(account: User) -> SafetyState:
    counts = count_factors(account)
    passkeys = counts.get(Authenticator.Type.WEBAUTHN, 0)
    named = ["验证器应用"] if Authenticator.Type.TOTP in counts else []
    named += [f"{passkeys} 个通行密钥"] if passkeys else []
    return SafetyState(factors="、".join(named) or "未启用", has_factor=bool(named))


@dataclass(frozen=True)
class Device:
    """One of the own sessions, as its person reads it."""

    pk: int
    name: str
    address: str
    since: datetime
    last_used: datetime
    current: bool


def list_devices(user: User, current_key: str | None) -> list[Device]:
    """Return the sessions of an account that still live, the own one first, then the latest used."""
    living = Session.objects.filter(expire_date__gt=timezone.now())
    devices = [
        Device(
            pk=session.pk,
            name=describe_device(session.user_agent),
            address=session.ip,
            since=session.created_at,
            last_used=session.last_seen_at,
            current=session.session_key == current_key,
        )
        for session in UserSession.objects.filter(user=user, session_key__in=living.values("session_key"))
    ]
    return sorted(devices, key=lambda one: (one.current, one.last_used), reverse=True)
