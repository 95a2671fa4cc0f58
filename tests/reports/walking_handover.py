"""Targets of the walk for 换届: offices, messages to offices, and people who were removed from a team."""

from dataclasses import replace

from django.utils import timezone

from members.models import Grant, Message
from members.permissions import Role
from pairing.models import TeamMembership
from tests.factories import GrantFactory, MemberFactory, UserFactory
from tests.places import Place, Target, make_place
from tests.world import World


def make_handover_targets(world: World) -> dict[str, list[Target]]:
    """Return branch offices of two colleges and both schools, and offices that only a school hands over."""
    for branch in (world.a2, world.b1, world.bh.a1):
        GrantFactory(user=UserFactory(school=branch.college.school), role="branch_secretary", branch=branch)
    sheets, offices = [], []
    for grant in Grant.objects.filter(street=None).select_related(
        "school", "college__school", "branch__college__school"
    ):
        place = _find_place(grant)
        sheets.append(Target((grant.pk,), place))
        # The office of a college is handed over by its school, not by the college.
        offices.append(Target((grant.pk,), Place(place.school) if grant.college else place))
    return {
        **dict.fromkeys(("handover_office", "handover_stand_in"), offices),
        **dict.fromkeys(("handover_sheet", "handover_docx"), sheets),
    }


def make_office_messages(world: World) -> list[Target]:
    """Make a message to each of several offices; only its holders open it, not the office above."""
    holders = (world.admin, world.secretary, world.branch_secretary, world.liaison, world.bh.secretary)
    targets = []
    for user in holders:
        grant = user.grants.get()
        place = {name: getattr(grant, name) for name in ("school", "college", "branch", "street")}
        message = Message.objects.create(
            role=grant.role, **place, title="提醒", text="请尽快完成。", key="walk"
        )
        at = Place(user.school, street=grant.street) if grant.street else _find_place(grant)
        targets.append(Target((message.pk,), replace(at, role=Role(grant.role))))
    return targets


def make_removal_targets(world: World) -> dict[str, list[Target]]:
    """Return a removed person of each team."""
    targets = []
    for membership in TeamMembership.objects.filter(left_at=None).select_related("team__pairing__college"):
        college = membership.team.pairing.college
        person = MemberFactory(branch=college.branches.first(), stage="student")
        now = timezone.now()
        by = {"removed_by": world.admin, "leave_reason": "屡次缺席"}
        removal = membership.team.memberships.create(member=person, joined_at=now, left_at=now, **by)
        targets.append(Target((removal.pk,), make_place(college)))
    return {"team_readmit": targets}


def _find_place(grant: Grant) -> Place:
    return make_place(grant.place) if grant.school is None else Place(grant.school)
