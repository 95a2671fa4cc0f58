"""The college of these tests is as its docstring says."""

from pairing.models import TeamMembership


def test_the_serving_college_has_a_team_with_four_people_and_two_published_projects(serving):
    assert TeamMembership.objects.of_teams([serving.team]).count() == 4
    assert {serving.project.state, serving.other.state} == {"published"}
    assert serving.project.agreed_at and not serving.other.agreed_at


def test_seats_of_sign_ups_are_numbered_from_one(serving):
    activity, world = serving.activity(), serving.world
    seats = [serving.sign_up(activity, person).seat for person in (world.missing, world.lead)]
    waiting = serving.sign_up(activity, world.quiet, state="waiting")
    assert (seats, waiting.seat) == ([1, 2], None)
