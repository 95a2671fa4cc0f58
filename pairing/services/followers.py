"""What hangs on a pairing in an app above hears of its changes here, in the transaction that changes it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from pairing.models import Pairing


class Turn(Enum):
    """What has happened to a pairing."""

    MOVED = "moved"
    RELEASED = "released"
    RETURNED = "returned"


@dataclass(frozen=True)
class PairingTurn:
    """A change of a pairing as followers get it; college, streets and pairing are locked. `user`: who did it."""

    pairing: Pairing
    turn: Turn
    user: object
    now: datetime
    reason: str = ""


Follower = Callable[[PairingTurn], None]
FOLLOWERS: list[Follower] = []


def register_pairing_follower(follow: Follower) -> None:
    """Call `follow` after a pairing has moved, ended or returned; AppConfig.ready of an upper app calls this."""
    if follow not in FOLLOWERS:
        FOLLOWERS.append(follow)


def tell_followers(turn: PairingTurn) -> None:
    """Let the apps above do what hangs on the change."""
    for follow in FOLLOWERS:
        follow(turn)
