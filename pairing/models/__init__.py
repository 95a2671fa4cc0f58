"""The tables of codes, pairings, invitations, wishes and service teams."""

from pairing.models.codes import PairingCode
from pairing.models.invitations import Invitation
from pairing.models.pairings import AssignedStreet, Pairing, Wish
from pairing.models.teams import GroupCheck, ServiceTeam, TeamMembership

__all__ = [
    "AssignedStreet",
    "GroupCheck",
    "Invitation",
    "Pairing",
    "PairingCode",
    "ServiceTeam",
    "TeamMembership",
    "Wish",
]
