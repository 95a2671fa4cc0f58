"""Moves of test people from a day on, written as the services write them."""

from datetime import date

from members.models import Member
from members.services.spells import Kind, Place, move_people


def move_person(member: Member, on: date, **changed) -> None:
    """Change `branch`, `stage` or `state` of a person from a day on."""
    _write(member, changed, on=on, kind=Kind.CHANGE)


def correct_person(member: Member, **changed) -> None:
    """Mend what is said of the person today: it was wrong from the start of the open spell."""
    _write(member, changed, on=None, kind=Kind.CORRECTION)


def _write(member: Member, changed: dict, **how) -> None:
    member.refresh_from_db()
    if branch := changed.pop("branch", None):
        changed["branch_id"] = branch.pk
    place = Place(member.branch_id, member.stage, member.state)._replace(**changed)
    move_people(moves={member.pk: place}, **how)
    member.refresh_from_db()
