"""Targets of the walk over all addresses for people who have moved: a closed year shows them where they were."""

from dataclasses import replace
from datetime import date

from tests.factories import MemberFactory
from tests.moving import move_person
from tests.places import Target, make_place
from tests.world import World

LAST_DAY, NEXT_YEAR = date(2018, 12, 31), date(2019, 3, 1)


def make_moved_targets(world: World) -> list[Target]:
    """Return people who have moved to another college after the year, on its last day, and within another school."""
    moves = [
        (world.a1, world.b1, NEXT_YEAR),  # the year belongs to a1
        (world.b1, world.a2, NEXT_YEAR),
        (world.a1, world.b2, LAST_DAY),  # the year belongs to b2, as does today
        (world.bh.a1, world.bh.b1, NEXT_YEAR),
    ]
    targets = []
    for number, (then, now, on) in enumerate(moves):
        person = MemberFactory(branch=then, name=f"迁学生{number}")
        former = make_place(person)
        move_person(person, on, branch=now)
        person.refresh_from_db()
        place = make_place(person)
        targets.append(Target((person.pk,), replace(place, former=former) if on == NEXT_YEAR else place))
    return targets
