"""People who leave the team or the school lose their future places; past service stays."""

from datetime import timedelta

import pytest
from django.urls import reverse

from activities.services.departures import leave_team, remove_from_team
from activities.services.signups import sign_up
from activities.services.units import end_departed
from members.models import Member
from tests.activities.test_signups import make_volunteers, read_standing
from tests.inbox import find_inbox
from tests.moving import correct_person


@pytest.fixture
def full_activity(serving):
    """Make an activity at the street with one place: the first of two people has it, the second waits."""
    serving.first, serving.second = make_volunteers(serving, 2)
    serving.ahead = serving.activity(capacity=1)
    for user in (serving.first, serving.second):
        sign_up(user=user, activity_id=serving.ahead.pk, now=serving.now)
    return serving


def get_membership_key(user) -> int:
    return user.member.memberships.get().pk


def test_leaving_the_team_ends_what_lies_ahead_at_the_street_and_the_next_moves_up(full_activity):
    other = full_activity.activity(project=full_activity.other, starts_at=full_activity.ahead.ends_at)
    past = full_activity.activity(starts_at=full_activity.now - timedelta(days=3))
    for activity in (other, past):
        full_activity.sign_up(activity, full_activity.first.member)
    leave_team(
        user=full_activity.first, membership_id=get_membership_key(full_activity.first), now=full_activity.now
    )
    states = dict(full_activity.first.member.signups.values_list("activity", "state"))
    assert states == {full_activity.ahead.pk: "cancelled", other.pk: "signed_up", past.pk: "signed_up"}
    assert read_standing(full_activity.ahead) == {"seats": [(1, full_activity.second.name)], "waiting": []}
    assert "不在服务队" in find_inbox(full_activity.first).get().text


def test_who_is_removed_by_the_college_loses_the_place_too(full_activity):
    secretary = full_activity.world.secretary
    remove_from_team(
        user=secretary,
        membership_id=get_membership_key(full_activity.first),
        reason="转专业",
        now=full_activity.now,
    )
    assert read_standing(full_activity.ahead)["seats"] == [(1, full_activity.second.name)]


def test_the_pages_of_pairing_go_this_way(full_activity, client_of, time_machine):
    time_machine.move_to(full_activity.now)
    client_of(full_activity.first).post(reverse("team_leave"))
    assert read_standing(full_activity.ahead)["seats"] == [(1, full_activity.second.name)]
    url = reverse("team_remove", args=[get_membership_key(full_activity.second)])
    client_of(full_activity.world.secretary).post(url, {"reason": "误加入"})
    assert read_standing(full_activity.ahead) == {"seats": [], "waiting": []}


def test_leaving_one_waits_no_more(full_activity):
    leave_team(
        user=full_activity.second,
        membership_id=get_membership_key(full_activity.second),
        now=full_activity.now,
    )
    assert read_standing(full_activity.ahead) == {"seats": [(1, full_activity.first.name)], "waiting": []}


def test_somebody_whom_a_roster_made_inactive_is_found_by_the_clock_and_only_once(full_activity):
    correct_person(full_activity.first.member, state=Member.State.SUSPENDED)
    assert end_departed(now=full_activity.now) == 1
    assert end_departed(now=full_activity.now) == 0
    assert read_standing(full_activity.ahead)["seats"] == [(1, full_activity.second.name)]


def test_an_activity_that_has_begun_is_left_to_the_organiser(full_activity):
    correct_person(full_activity.first.member, state=Member.State.SUSPENDED)
    assert end_departed(now=full_activity.ahead.starts_at) == 0
