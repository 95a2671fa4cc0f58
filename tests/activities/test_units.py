"""A person moves to another college or leaves: what lies ahead ends with a message, the past stays where it was."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from activities.models import Objection, ServiceRecord
from activities.services.deciding import confirm_records
from activities.services.objections import answer_objection, object_to_record
from activities.services.records import void_record
from activities.services.signups import cancel_signup, sign_up
from activities.services.units import end_departed
from members.models import Member
from pairing.models import TeamMembership
from pairing.services.pairings import release_pairing
from pairing.services.teams import join_team
from tests.activities.ledger import MONDAY, make_attended_record, make_supplement
from tests.activities.test_signups import make_volunteers, read_standing
from tests.factories import MemberFactory, make_account
from tests.inbox import find_inbox
from tests.moving import correct_person, move_person
from tests.pairing.pairs import make_pairing

State = ServiceRecord.State
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def full(serving, django_capture_on_commit_callbacks, time_machine):
    """Make an activity at the street with one place: `first` has it, `second` waits. `leave` runs a change at once."""
    time_machine.move_to(serving.now)
    serving.first, serving.second = make_volunteers(serving, 2)
    serving.ahead = serving.activity(capacity=1)
    for user in (serving.first, serving.second):
        sign_up(user=user, activity_id=serving.ahead.pk, now=serving.now)

    def leave(user, **changed):
        with django_capture_on_commit_callbacks(execute=True):
            correct_person(user.member, **changed)

    serving.leave = leave
    return serving


def test_who_moves_to_another_college_leaves_list_and_team_at_once_with_a_message(full):
    full.leave(full.first, branch=full.world.b1)
    assert read_standing(full.ahead) == {"seats": [(1, full.second.name)], "waiting": []}
    assert not TeamMembership.objects.active().filter(member=full.first.member).exists()
    texts = [message.title + message.text for message in find_inbox(full.first)]
    assert any("报名" in text and "已不在法学院" in text for text in texts)
    assert any("您已离开" in text and "已不在法学院" in text for text in texts)


def test_every_message_about_the_move_opens(full, client_of):
    full.leave(full.first, branch=full.world.b1)
    client = client_of(full.first)
    for message in find_inbox(full.first):
        assert client.get(message.url, follow=True).status_code == 200, message.title


def test_somebody_of_another_college_waits_no_more_either(full):
    full.leave(full.second, branch=full.world.b1)
    assert read_standing(full.ahead) == {"seats": [(1, full.first.name)], "waiting": []}


def test_activities_without_a_team_end_too(full):
    other = full.activity(project=full.other, starts_at=full.ahead.ends_at + HOUR)
    sign_up(user=full.first, activity_id=other.pk, now=full.now)
    full.leave(full.first, branch=full.world.b1)
    assert read_standing(other) == {"seats": [], "waiting": []}


def test_a_move_within_the_college_changes_nothing(full):
    full.leave(full.first, branch=full.world.a1)
    assert read_standing(full.ahead)["seats"] == [(1, full.first.name)]
    assert TeamMembership.objects.active().filter(member=full.first.member).exists()


def test_nobody_is_barred_by_a_move_that_was_a_mistake(full):
    full.leave(full.first, branch=full.world.b1)
    full.leave(full.first, branch=full.world.a2)
    assert join_team(user=full.first, token=full.team.token).left_at is None
    assert sign_up(user=full.first, activity_id=full.ahead.pk, now=full.now).state == "waiting"


def test_the_page_of_the_former_college_still_opens_and_does_not_offer_a_sign_up(full, client_of):
    full.leave(full.first, branch=full.world.b1)
    page = client_of(full.first).get(reverse("offer", args=[full.ahead.pk]))
    assert page.status_code == 200
    assert "不在该学院" in page.content.decode()
    with pytest.raises(ValidationError, match="不在该学院"):
        sign_up(user=full.first, activity_id=full.ahead.pk, now=full.now)


def test_before_the_clock_has_come_somebody_who_moved_can_still_cancel(full):
    correct_person(full.first.member, branch=full.world.b1)
    cancel_signup(user=full.first, activity_id=full.ahead.pk, now=full.now)
    assert read_standing(full.ahead)["seats"] == [(1, full.second.name)]


def test_people_of_other_colleges_are_passed_over_on_the_list(full):
    correct_person(full.second.member, branch=full.world.b1)
    cancel_signup(user=full.first, activity_id=full.ahead.pk, now=full.now)
    assert read_standing(full.ahead)["seats"] == []


def test_the_clock_finds_whom_a_broken_connection_left_out_once(full):
    correct_person(full.first.member, branch=full.world.b1)
    assert end_departed(now=full.now) == 2
    assert end_departed(now=full.now) == 0


def test_somebody_on_leave_keeps_the_team_but_not_the_place(full):
    full.leave(full.first, state=Member.State.SUSPENDED)
    assert read_standing(full.ahead)["seats"] == [(1, full.second.name)]
    assert TeamMembership.objects.active().filter(member=full.first.member).exists()


def test_a_steward_who_leaves_the_school_is_no_steward_and_the_college_is_told(full):
    steward = make_account(MemberFactory(branch=full.world.a2))
    full.ahead.stewards.add(steward.member)
    full.leave(steward, state=Member.State.GRADUATED)
    assert not full.ahead.stewards.exists()
    assert steward.member.name in find_inbox(full.world.secretary).get(title__contains="现场负责人").text


# --- hours and objections -----------------------------------------------------------------------------------------


@pytest.fixture
def moved_record(full):
    """Make hours of `first` at the activity of college_a, after which the person moved to college_b."""
    record = make_attended_record(full, full.first.member)
    correct_person(full.first.member, branch=full.world.b1)
    full.record = record
    return full


def test_hours_wait_at_the_college_of_the_activity(moved_record, client_of):
    world, record = moved_record.world, moved_record.record
    with pytest.raises(ValidationError):
        confirm_records(user=world.secretary_b, record_ids=[record.pk], acknowledged=True, now=MONDAY)
    assert moved_record.first.name in client_of(world.secretary).get(reverse("hours")).content.decode()
    assert moved_record.first.name not in client_of(world.secretary_b).get(reverse("hours")).content.decode()
    confirm_records(user=world.secretary, record_ids=[record.pk], acknowledged=True, now=MONDAY)
    record.refresh_from_db()
    assert record.state == State.CONFIRMED


def test_the_page_of_the_hours_opens_for_both_colleges(moved_record, client_of):
    for user in (moved_record.world.secretary, moved_record.world.secretary_b):
        assert client_of(user).get(moved_record.record.get_absolute_url()).status_code == 200


def test_a_confirmed_record_is_voided_by_the_college_of_the_activity(moved_record):
    world, record = moved_record.world, moved_record.record
    confirm_records(user=world.secretary, record_ids=[record.pk], acknowledged=True, now=MONDAY)
    with pytest.raises(ValidationError):
        void_record(user=world.secretary_b, record_id=record.pk, reason="误记", now=MONDAY)
    assert (
        void_record(user=world.secretary, record_id=record.pk, reason="误记", now=MONDAY).state
        == State.VOIDED
    )


def test_an_objection_reaches_the_college_that_can_settle_it(
    moved_record, django_capture_on_commit_callbacks, client_of
):
    world = moved_record.world
    with django_capture_on_commit_callbacks(execute=True):
        objection = object_to_record(
            user=moved_record.first, record_id=moved_record.record.pk, text="少记了", now=MONDAY
        )
    assert find_inbox(world.secretary).filter(url=objection.get_absolute_url()).exists()
    assert not find_inbox(world.secretary_b).filter(url=objection.get_absolute_url()).exists()
    assert client_of(world.secretary).get(objection.get_absolute_url()).status_code == 200
    assert client_of(world.secretary_b).get(objection.get_absolute_url()).status_code == 404
    with pytest.raises(ValidationError):
        answer_objection(
            user=world.secretary_b, objection_id=objection.pk, upheld=False, text="不", now=MONDAY
        )
    answer_objection(user=world.secretary, objection_id=objection.pk, upheld=False, text="已核对", now=MONDAY)
    assert Objection.objects.get().state == "dismissed"


# --- the past is asked of its own day -------------------------------------------------------------------------------


def hand_in(full, start) -> ServiceRecord:
    return make_supplement(full.first, full.first.member, start, start + HOUR, at_street=True, now=full.now)


def test_a_supplement_of_last_week_belongs_to_the_street_of_last_week(full):
    start = full.now - 6 * DAY
    move_person(full.first.member, date(2018, 11, 4), branch=full.world.b1)
    end_departed(now=full.now)
    record = hand_in(full, start)
    assert record.street == full.world.urban
    confirm_records(user=full.world.secretary, record_ids=[record.pk], acknowledged=True, now=MONDAY)
    record.refresh_from_db()
    assert record.state == State.CONFIRMED


def test_it_is_not_asked_of_the_pairing_of_today(full):
    start = full.now - 6 * DAY
    release_pairing(user=full.world.admin, pairing_id=full.pairing.pk, reason="街乡撤并", now=full.now - DAY)
    assert hand_in(full, start).street == full.world.urban
    with pytest.raises(ValidationError, match="本人不在服务队中"):
        hand_in(full, full.now - 3 * HOUR)


def test_a_team_joined_in_another_college_says_nothing_of_a_day_before_the_move(full):
    make_pairing(full.world.college_b, full.world.suburban, user=full.world.secretary_b)
    move_person(full.first.member, date(2018, 11, 4), branch=full.world.b1)
    end_departed(now=full.now)
    TeamMembership.objects.filter(member=full.first.member).update(left_at=full.now - 8 * DAY)
    TeamMembership.objects.create(
        team=full.world.college_b.pairings.get().team, member=full.first.member, joined_at=full.now - 9 * DAY
    )
    with pytest.raises(ValidationError, match="本人不在服务队中"):
        hand_in(full, full.now - 6 * DAY)
