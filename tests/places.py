"""Where an object belongs, and the objects that the walk puts into addresses."""

from dataclasses import dataclass

from members.models import Branch, College, Member, School, Street, User


@dataclass(frozen=True)
class Place:
    """Where in the organisation an object belongs, down to the person it is about."""

    school: School
    college: College | None = None
    branch: Branch | None = None
    person: Member | None = None
    whole_school: bool = False  # everybody of the school may read it
    whole_college: bool = False  # everybody of the college may
    street: Street | None = None
    owner: User | None = None  # only this account may, of all that the role and place would let


def place_of(thing: Member | Branch | College) -> Place:
    if isinstance(thing, Member):
        return Place(thing.school, thing.branch.college, thing.branch, thing)
    if isinstance(thing, Branch):
        return Place(thing.college.school, thing.college, thing)
    return Place(thing.school, thing)


@dataclass(frozen=True)
class Target:
    """An object that an address names. Without a place it is everybody's who has the action."""

    args: tuple
    place: Place | None = None
