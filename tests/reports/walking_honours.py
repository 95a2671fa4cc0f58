"""Targets of the walk for honours: titles of schools and colleges, and nominated people."""

from dataclasses import replace

from reports.services.honour_titles import create_title
from reports.services.honours import nominate
from tests.factories import ServiceRecordFactory
from tests.places import Place, Target, make_place

GIVEN = {"name": "优秀共青团员", "kind": "person", "places": 5, "nominated_by": "branch"}


def make_honour_targets(world) -> dict[str, list[Target]]:
    """Return titles of JH and BH, and of each college.

    A person of each college of JH, and of BH, is nominated.
    """
    school = create_title(user=world.admin, year=world.year, level="school", **GIVEN)
    elsewhere = create_title(user=world.bh.admin, year=world.bh.year, level="school", **GIVEN)
    own, other = (
        create_title(user=user, year=world.year, level="college", college=college, **GIVEN)
        for user, college in ((world.secretary, world.college_a), (world.secretary_b, world.college_b))
    )
    titles = [
        (school, Place(world.school)),
        (elsewhere, Place(world.bh.school)),
        (own, make_place(world.college_a)),
        (other, make_place(world.college_b)),
    ]
    managed = [Target((title.pk,), place) for title, place in titles]
    # Everybody of the school sees a title of the school; everybody of a college sees its titles.
    seen = [
        replace(
            target,
            place=replace(
                target.place, whole_school=not target.place.college, whole_college=bool(target.place.college)
            ),
        )
        for target in managed
    ]
    nominations = [
        (_nominate(user, title, member), title, member)
        for user, title, member in (
            (world.secretary, school, world.registered),
            (world.secretary_b, school, world.zhang_wei_b),
            (world.secretary, own, world.quiet),
            (world.bh.secretary, elsewhere, world.bh.zhang_wei),
        )
    ]
    places = {title.pk: place for title, place in titles}
    decided = [Target((row.pk,), places[title.pk]) for row, title, _ in nominations]
    people = [Target((row.pk,), make_place(member)) for row, _, member in nominations]
    return {
        **dict.fromkeys(("honour", "honour_nominees", "honour_export"), seen),
        **dict.fromkeys(("honour_edit", "honour_delete", "honour_announce"), managed),
        **dict.fromkeys(("honour_reopen", "honour_decide", "honour_publication"), managed),
        "honour_nominate": [
            Target((title.pk, member.pk), make_place(member)) for _, title, member in nominations
        ],
        **dict.fromkeys(("nomination_choose", "nomination_drop"), decided),
        **dict.fromkeys(("nomination", "nomination_withdraw"), people),
    }


def _nominate(user, title, member):
    ServiceRecordFactory(member=member, minutes=1200)
    return nominate(user=user, title_id=title.pk, subject_id=member.pk, grounds="全年参加社区服务")
