"""A college that serves, which the tests of activities begin with."""

from dataclasses import dataclass
from datetime import datetime

from activities.models import Activity, Post, Project, SignUp
from members.models import Member
from pairing.models import Pairing, ServiceTeam, TeamMembership
from tests.factories import BEIJING, ActivityFactory, ProjectFactory, SignUpFactory
from tests.pairing.pairs import CLAIMED_AT, make_pairing
from tests.world import World

# A Monday; the factory's activities are on the Saturday after it.
NOW = datetime(2018, 11, 5, 9, tzinfo=BEIJING)


@dataclass
class Serving:
    """The `world`, in which college_a is paired with `urban` (the liaison's street) since 16 October.

    In the team: `missing` (the person of `world.member`), `registered`, `lead` and `quiet`. Of the same college but
    not in the team: `namesake`, `reported`.

    Projects of college_a, both published: `project` at the street, `other` without one.
    """

    world: World
    pairing: Pairing
    team: ServiceTeam
    project: Project
    other: Project
    now: datetime = NOW

    def activity(self, **changes) -> Activity:
        """Make a published activity of `project` on Saturday, 10 November, 9:00–12:00, with five places."""
        return ActivityFactory(**({"project": self.project} | changes))

    def post(self, activity: Activity, name: str, capacity: int) -> Post:
        return Post.objects.create(activity=activity, name=name, capacity=capacity)

    def join(self, member: Member) -> TeamMembership:
        return make_membership(self.team, member)

    def sign_up(self, activity: Activity, member: Member, **fields) -> SignUp:
        """Sign the person up in the week before, with the next free seat."""
        return SignUpFactory(activity=activity, member=member, **fields)


def make_membership(team: ServiceTeam, member: Member) -> TeamMembership:
    return TeamMembership.objects.create(team=team, member=member, joined_at=CLAIMED_AT)


def build_serving(world: World) -> Serving:
    pairing = make_pairing(world.college_a, world.urban, user=world.secretary)
    for member in (world.missing, world.registered, world.lead, world.quiet):
        make_membership(pairing.team, member)
    return Serving(
        world=world,
        pairing=pairing,
        team=pairing.team,
        project=ProjectFactory(college=world.college_a, team=pairing.team, name="社区智能手机课堂"),
        other=ProjectFactory(college=world.college_a, name="校园图书整理"),
    )
