"""Questions about the second factor of accounts."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.conf import settings

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
