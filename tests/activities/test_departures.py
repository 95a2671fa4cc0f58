"""People who leave the team or the school lose their future places; past service stays."""

from datetime import timedelta

import pytest
from django.urls import reverse

from activities.services.departures import end_lapsed, leave_team, remove_from_team
from activities.services.signups import sign_up
from members.models import Member, Message
from pairing.models import TeamMembership
from pairing.services.pairings import release
from tests.activities.test_signups import standing, volunteers


@pytest.fixture
def full(serving):
    """Make an activity at the street with one place: the first of two people has it, the second waits."""
    serving.first, serving.second = volunteers(serving, 2)
    serving.ahead = serving.activity(capacity=1)
    for user in (serving.first, serving.second):
        sign_up(user=user, activity_id=serving.ahead.pk, now=serving.now)
    return serving


def membership(user) -> int:
    return user.member.memberships.get().pk


def test_leaving_the_team_ends_what_lies_ahead_at_the_street_and_the_next_moves_up(full):
    other = full.activity(project=full.other, starts_at=full.ahead.ends_at)
    past = full.activity(starts_at=full.now - timedelta(days=3))
    for activity in (other, past):
        full.sign_up(activity, full.first.member)
    leave_team(user=full.first, membership_id=membership(full.first), now=full.now)
    states = dict(full.first.member.signups.values_list("activity", "state"))
    assert states == {full.ahead.pk: "cancelled", other.pk: "signed_up", past.pk: "signed_up"}
    assert standing(full.ahead) == {"seats": [(1, full.second.name)], "waiting": []}
    assert "不在服务队" in Message.objects.get(user=full.first).text


def test_who_is_removed_by_the_college_loses_the_place_too(full):
    secretary = full.world.secretary
    remove_from_team(user=secretary, membership_id=membership(full.first), reason="转专业", now=full.now)
    assert standing(full.ahead)["seats"] == [(1, full.second.name)]


def test_the_pages_of_pairing_go_this_way(full, client_of, time_machine):
    time_machine.move_to(full.now)
    client_of(full.first).post(reverse("team_leave"))
    assert standing(full.ahead)["seats"] == [(1, full.second.name)]
    url = reverse("team_remove", args=[membership(full.second)])
    client_of(full.world.secretary).post(url, {"reason": "误加入"})
    assert standing(full.ahead) == {"seats": [], "waiting": []}


def test_leaving_one_waits_no_more(full):
    leave_team(user=full.second, membership_id=membership(full.second), now=full.now)
    assert standing(full.ahead) == {"seats": [(1, full.first.name)], "waiting": []}


def test_whoever_a_roster_made_inactive_is_found_by_the_clock_and_only_once(full):
    Member.objects.filter(pk=full.first.member_id).update(state=Member.State.SUSPENDED)
    assert end_lapsed(now=full.now) == 1
    assert end_lapsed(now=full.now) == 0
    assert standing(full.ahead)["seats"] == [(1, full.second.name)]


def test_a_released_pairing_ends_all_sign_ups_at_its_street(full):
    release(user=full.world.admin, pairing_id=full.pairing.pk, reason="街乡撤销")
    assert not TeamMembership.objects.active().exists()
    assert end_lapsed(now=full.now) == 2
    assert standing(full.ahead) == {"seats": [], "waiting": []}


def test_an_activity_that_has_begun_is_left_to_the_organiser(full):
    Member.objects.filter(pk=full.first.member_id).update(state=Member.State.SUSPENDED)
    assert end_lapsed(now=full.ahead.starts_at) == 0
