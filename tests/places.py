"""Places of objects in the organisation, and the objects that the walk puts into addresses."""

from dataclasses import dataclass

from members.models import Branch, College, Member, School, Street, User
from members.permissions import Role


@dataclass(frozen=True)
class Place:
    """The place of an object in the organisation, down to its person."""

    school: School
    college: College | None = None
    branch: Branch | None = None
    person: Member | None = None
    whole_school: bool = False  # everybody of the school may read it
    whole_college: bool = False  # everybody of the college may read it
    street: Street | None = None
    owner: User | None = None  # of all people allowed by role and place only this account may
    role: Role | None = None  # only people with this role at the place
    former: "Place | None" = None  # the place in the year that is shown: who reaches it may read it too


def make_place(thing: Member | Branch | College) -> Place:
    if isinstance(thing, Member):
        return Place(thing.school, thing.branch.college, thing.branch, thing)
    if isinstance(thing, Branch):
        return Place(thing.college.school, thing.college, thing)
    return Place(thing.school, thing)


@dataclass(frozen=True)
class Target:
    """An object that an address names. Without a place it is open to everybody who may do the action."""

    args: tuple
    place: Place | None = None
