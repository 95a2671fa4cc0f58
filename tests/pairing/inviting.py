"""Invitations for tests that begin after the check."""

from pairing.models import Invitation
from pairing.services.invitation_checks import Browser
from pairing.services.invitations import accept_invitation, check_invitation, invite_liaison

PASSWORD = "qinghe-jiedao-2018"
ENTERED = {"name": "李街道", "phone": "13812345678", "password": PASSWORD}
CALL = {"called": "010-62770000", "answered": "街道办王老师"}
PHONE = Browser(address="203.0.113.7", name="a phone of the street")


def send_unchecked(hall, *, user=None, street=None, year=None, invitee="李老师", now=None) -> Invitation:
    """Invite the liaison of a street (default: by JH, from `hall.urban`)."""
    return invite_liaison(
        user=user or hall.world.admin,
        year=year or hall.world.year,
        street_id=(street or hall.urban).pk,
        invitee=invitee,
        now=now or hall.now,
    )


def send_invitation(hall, *, now=None, **chosen) -> Invitation:
    """Invite as above, with the check by the operator at the same moment."""
    sent = send_unchecked(hall, now=now, **chosen)
    return check_invitation(user=None, invitation_id=sent.pk, **CALL, now=now or hall.now)


def accept(hall, invitation: Invitation, *, browser=PHONE, now=None, **changes) -> Invitation:
    """Open an account by the link, in a browser of the street."""
    entered = ENTERED | changes
    return accept_invitation(token=invitation.token, browser=browser, **entered, now=now or hall.now)
