"""The lists of streets, codes, pairings, service teams and street liaisons."""

from pairing.listings.liaisons import INVITATIONS, LIAISONS, find_liaison_grants
from pairing.listings.pairings import BOARD, CODES, PAIRINGS, find_codes_of_year
from pairing.listings.streets import HALL, STREETS, STREETS_ASSIGNED
from pairing.listings.teams import TEAM_ROLL, TEAMS

__all__ = [
    "BOARD",
    "CODES",
    "HALL",
    "INVITATIONS",
    "LIAISONS",
    "PAIRINGS",
    "STREETS",
    "STREETS_ASSIGNED",
    "TEAMS",
    "TEAM_ROLL",
    "find_codes_of_year",
    "find_liaison_grants",
]
