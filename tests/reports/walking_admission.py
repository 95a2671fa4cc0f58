"""Targets of the walk over all addresses for admission."""

from datetime import date

from members.models import Member
from reports.models import Admission
from tests.factories import MemberFactory
from tests.places import Target, make_place
from tests.world import World

PERSONS = ("admission", "admission_days", "admission_step", "admission_back", "admission_end")
PERSONS += ("admission_admit", "admission_slip", "admission_docx")


def make_admission_targets(world: World, branches: list[Target]) -> dict[str, list[Target]]:
    """Return a registered activist with a track in college_a, one elsewhere in JH, one in BH."""
    people = [
        world.activist,
        *(
            MemberFactory(branch=branch, name=name, stage=Member.Stage.ACTIVIST, registered=True)
            for branch, name in ((world.b1, "冉积极"), (world.bh.a1, "甄积极"))
        ),
    ]
    for person in people:
        Admission.objects.create(member=person, applied_on=date(2018, 3, 5))
    seen = [Target((person.pk,), make_place(person)) for person in people]
    return {**dict.fromkeys(PERSONS, seen), "admission_branch_docx": branches}
