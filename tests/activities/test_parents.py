"""An activity feels its project, its pairing and its street: it pauses, resumes, or is called off with the true reason."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from activities.models import Activity, SignUp
from activities.rules.attendance import IN
from activities.services.activities import call_off_activity, edit_activity
from activities.services.attendance import check_by_screen
from activities.services.calendars import build_calendar
from activities.services.pauses import call_off_orphans
from activities.services.projects import (
    answer_proposal,
    close_project,
    edit_project,
    propose_project,
    withdraw_agreement,
)
from activities.services.reminders import remind_participants
from activities.services.settling import close_attendance
from activities.services.signups import cancel_signup, sign_up
from activities.services.units import end_departed
from activities.services.waits import fill_all_lists
from members.models import Grant
from pairing.models import Pairing, TeamMembership
from pairing.services.claims import submit_claim
from pairing.services.pairings import confirm_offline, move_to_street, release_pairing, undo_release
from pairing.services.teams import bind_outside_id, join_team
from tests.activities.test_signups import make_volunteers, read_standing
from tests.factories import MemberFactory, StreetFactory, make_account, make_liaison
from tests.inbox import find_inbox
from tests.moving import correct_person

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def full(serving):
    """Make an activity at the street with one place: `first` has it, `second` waits; `third` is in the team."""
    serving.first, serving.second, serving.third = make_volunteers(serving, 3)
    serving.ahead = serving.activity(capacity=1)
    for user in (serving.first, serving.second):
        sign_up(user=user, activity_id=serving.ahead.pk, now=serving.now)
    serving.there = StreetFactory(kind=serving.world.urban.kind)
    serving.new_liaison = make_liaison(serving.there, serving.world.school)
    return serving


def move(full, now=None) -> None:
    move_to_street(
        user=full.world.admin,
        pairing_id=full.pairing.pk,
        street_id=full.there.pk,
        reason="就近",
        now=now or full.now,
    )
    full.ahead.refresh_from_db()


def release(full, *, reason: str = "误点", now=None) -> None:
    release_pairing(user=full.world.admin, pairing_id=full.pairing.pk, reason=reason, now=now or full.now)
    full.ahead.refresh_from_db()


def agree(full, user) -> None:
    seen = full.project.replies.last().pk
    answer_proposal(
        user=user, project_id=full.project.pk, agrees=True, text="", seen=seen, now=full.now + HOUR
    )
    full.ahead.refresh_from_db()


def claim_again(full, *, now=None) -> Pairing:
    world, code = full.world, full.pairing.code
    return submit_claim(
        user=world.secretary, college_id=world.college_a.pk, street_id=world.urban.pk, code=code.code, now=now
    )


def read_titles(user) -> list[str]:
    return [message.title for message in find_inbox(user).order_by("pk")]


def assert_rests(full) -> None:
    """Nobody signs up, moves up or checks in; the place is kept, and everybody has been told."""
    assert full.ahead.pause
    assert read_standing(full.ahead) == {"seats": [(1, full.first.name)], "waiting": [full.second.name]}
    with pytest.raises(ValidationError, match="活动暂停"):
        sign_up(user=full.third, activity_id=full.ahead.pk, now=full.now + HOUR)
    with pytest.raises(ValidationError, match="活动暂停"):
        check_by_screen(user=full.first, activity_id=full.ahead.pk, direction=IN, now=full.ahead.starts_at)
    for user in (full.first, full.second):
        assert f"活动暂停：{full.ahead.name}" in read_titles(user)
    assert f"活动已暂停：{full.ahead.name}" in read_titles(full.world.secretary)


def assert_goes_on(full) -> None:
    """The place is still held, both have heard of it, and somebody else can join the list."""
    assert full.ahead.pause == ""
    for user in (full.first, full.second):
        assert f"活动恢复：{full.ahead.name}" in read_titles(user)
    signup = sign_up(user=full.third, activity_id=full.ahead.pk, now=full.now + HOUR)
    assert signup.state == "waiting"
    check_by_screen(user=full.first, activity_id=full.ahead.pk, direction=IN, now=full.ahead.starts_at)


# --- the pairing moves ------------------------------------------------------------------------------------------


def test_a_move_of_the_pairing_pauses_what_lies_ahead_until_the_new_street_agrees(full):
    move(full)
    assert_rests(full)
    agree(full, full.new_liaison)
    assert_goes_on(full)


def test_the_place_of_the_former_street_is_not_shown_any_more(full, client_of, time_machine):
    Activity.objects.filter(pk=full.ahead.pk).update(location_check=True, latitude="39.9", longitude="116.3")
    move(full)
    assert full.ahead.place == f"{full.there}（具体地点待定）"
    assert not full.ahead.location_check
    told = find_inbox(full.first).get(title__startswith="活动暂停").text
    assert str(full.there) in told
    assert "清河街道" not in told
    time_machine.move_to(full.now)
    page = client_of(full.world.secretary).get(full.ahead.get_absolute_url()).content.decode()
    assert "地点待定" in page


def test_writing_the_new_place_settles_the_open_one(full):
    move(full)
    agree(full, full.new_liaison)
    change(full, place="新街道活动室")
    assert (full.ahead.place, full.ahead.place_open) == ("新街道活动室", False)


def test_the_organiser_is_told_that_the_place_is_open(full):
    move(full)
    assert "地点" in find_inbox(full.world.secretary).get(title__startswith="活动已暂停").text


# --- the street's agreement --------------------------------------------------------------------------------------


def test_the_street_withdraws_its_agreement_and_gives_it_again(full):
    withdraw_agreement(user=full.world.liaison, project_id=full.project.pk, text="场地维修", now=full.now)
    full.ahead.refresh_from_db()
    assert_rests(full)
    assert "场地维修" in find_inbox(full.world.secretary).get(title__contains="撤回").text
    full.project.refresh_from_db()
    assert full.project.state == "changes"
    propose_project(user=full.world.secretary, project_id=full.project.pk, now=full.now)
    agree(full, full.world.liaison)
    assert_goes_on(full)


def test_a_withdrawal_needs_a_reason_and_an_agreement(full):
    with pytest.raises(ValidationError, match="写明撤回的原因"):
        withdraw_agreement(user=full.world.liaison, project_id=full.project.pk, text=" ", now=full.now)
    withdraw_agreement(user=full.world.liaison, project_id=full.project.pk, text="维修", now=full.now)
    with pytest.raises(ValidationError, match="没有街乡的同意"):
        withdraw_agreement(user=full.world.liaison, project_id=full.project.pk, text="维修", now=full.now)


def test_only_the_street_withdraws_its_agreement(full):
    for user in (full.world.secretary, full.world.admin, full.new_liaison):
        with pytest.raises(ValidationError, match="没有找到"):
            withdraw_agreement(user=user, project_id=full.project.pk, text="维修", now=full.now)


def test_the_page_of_the_street_offers_the_withdrawal(full, client_of, time_machine):
    time_machine.move_to(full.now)
    client = client_of(full.world.liaison)
    assert "撤回同意" in client.get(full.project.get_absolute_url()).content.decode()
    client.post(reverse("project_withdraw", args=[full.project.pk]), {"text": "场地维修"})
    full.project.refresh_from_db()
    assert full.project.state == "changes"
    assert full.project.replies.last().kind == "withdrawn"


def test_the_college_is_not_offered_the_streets_withdrawal(full, client_of, time_machine):
    time_machine.move_to(full.now)
    page = client_of(full.world.secretary).get(full.project.get_absolute_url()).content.decode()
    assert "撤回同意" not in page


def test_a_new_content_of_the_project_rests_too(full):
    values = {name: getattr(full.project, name) for name in (
        "name", "purpose", "content", "starts_on", "ends_on", "people_needed", "contact_name", "contact_phone"
    )}  # fmt: skip
    edit_project(
        user=full.world.secretary,
        project_id=full.project.pk,
        values=values | {"content": "改为上门服务"},
        now=full.now,
    )
    full.ahead.refresh_from_db()
    assert_rests(full)


def test_another_contact_does_not_disturb_anybody(full):
    values = {
        "starts_on": full.project.starts_on,
        "ends_on": full.project.ends_on,
        "contact_name": "新联系人",
    }
    edit_project(user=full.world.secretary, project_id=full.project.pk, values=values, now=full.now)
    full.ahead.refresh_from_db()
    assert full.ahead.pause == ""


def test_people_whose_deadline_has_passed_may_leave_what_rests(full):
    late = full.ahead.cancel_until + HOUR
    move(full, now=late)
    cancel_signup(user=full.first, activity_id=full.ahead.pk, now=late + HOUR)
    assert read_standing(full.ahead) == {"seats": [], "waiting": [full.second.name]}


def test_a_place_left_free_during_the_pause_is_given_on_when_it_ends(full):
    move(full)
    cancel_signup(user=full.first, activity_id=full.ahead.pk, now=full.now)
    assert fill_all_lists(now=full.now) == 0
    agree(full, full.new_liaison)
    assert read_standing(full.ahead)["seats"] == [(1, full.second.name)]


def test_what_has_begun_goes_on(full):
    check_by_screen(
        user=full.first, activity_id=full.ahead.pk, direction=IN, now=full.ahead.check_in_opens_at
    )
    withdraw_agreement(
        user=full.world.liaison,
        project_id=full.project.pk,
        text="维修",
        now=full.ahead.check_in_opens_at + timedelta(minutes=1),
    )
    full.ahead.refresh_from_db()
    assert full.ahead.pause == ""


def test_nobody_is_reminded_of_what_rests(full):
    move(full)
    remind_participants(now=full.ahead.starts_at - 14 * HOUR)
    assert not [title for title in read_titles(full.first) if "明天" in title]


def test_a_calendar_shows_what_rests_as_tentative(full):
    move(full)
    text = build_calendar([full.ahead], link=lambda activity: "https://x/", now=full.now).decode()
    assert "STATUS:TENTATIVE" in text


def test_a_second_pause_is_told_again(full):
    move(full)
    agree(full, full.new_liaison)
    withdraw_agreement(user=full.new_liaison, project_id=full.project.pk, text="维修", now=full.now)
    assert read_titles(full.first).count(f"活动暂停：{full.ahead.name}") == 2


def test_a_steward_hears_of_the_pause_and_can_open_it(full, client_of, time_machine):
    steward = make_account(MemberFactory(branch=full.world.b1))
    full.ahead.stewards.add(steward.member)
    move(full)
    time_machine.move_to(full.now)
    message = find_inbox(steward).get()
    assert client_of(steward).get(message.url).status_code == 200


def test_the_attendance_of_what_rests_cannot_be_settled(full):
    move(full)
    with pytest.raises(ValidationError, match="暂停"):
        close_attendance(user=full.world.secretary, activity_id=full.ahead.pk, now=full.ahead.ends_at + HOUR)


def test_what_never_got_its_agreement_is_called_off_and_nobody_is_absent(full):
    move(full)
    assert call_off_orphans(now=full.ahead.starts_at) == 0
    assert call_off_orphans(now=full.ahead.ends_at) == 1
    assert call_off_orphans(now=full.ahead.ends_at) == 0
    full.ahead.refresh_from_db()
    assert (full.ahead.state, full.ahead.pause) == ("cancelled", "")
    assert "街乡没有同意" in full.ahead.cancel_reason
    assert not SignUp.objects.filter(no_show_at__isnull=False).exists()


def test_an_organiser_calls_off_what_rests(full):
    move(full)
    call_off_activity(user=full.world.secretary, activity_id=full.ahead.pk, reason="不再等", now=full.now)
    full.ahead.refresh_from_db()
    assert (full.ahead.state, full.ahead.pause) == ("cancelled", "")


# --- the pairing is released --------------------------------------------------------------------------------------


def test_a_release_pauses_everything_and_takes_no_place_away(full):
    release(full)
    assert_rests(full)
    assert end_departed(now=full.now) == 0


def test_a_release_undone_within_the_day_leaves_everything_as_it_was(full):
    bind_outside_id(user=full.world.secretary, team_id=full.team.pk, outside_id="ZT-1", on=full.now.date())
    inside = set(TeamMembership.objects.active().values_list("member", "joined_at"))
    release(full)
    undo_release(user=full.world.admin, pairing_id=full.pairing.pk, now=full.now + 23 * HOUR)
    full.ahead.refresh_from_db()
    full.team.refresh_from_db()
    assert_goes_on(full)
    assert set(TeamMembership.objects.active().values_list("member", "joined_at")) == inside
    assert (full.team.outside_id, full.team.holder) == ("ZT-1", full.world.college_a)
    full.pairing.refresh_from_db()
    assert (full.pairing.state, full.pairing.ended_at, full.pairing.code.state) == ("active", None, "used")
    assert f"{full.pairing.college}与{full.pairing.street}的结对已恢复" in read_titles(full.world.secretary)


def test_the_liaisons_term_comes_back_with_the_pairing(full):
    post = Grant.objects.get(user=full.world.liaison, street=full.world.urban)
    before = post.ends_on
    release(full)
    undo_release(user=full.world.admin, pairing_id=full.pairing.pk, now=full.now + HOUR)
    post.refresh_from_db()
    assert post.ends_on == before


def test_after_a_day_a_release_stays(full):
    release(full)
    with pytest.raises(ValidationError, match="超过一天"):
        undo_release(user=full.world.admin, pairing_id=full.pairing.pk, now=full.now + DAY)


def test_only_the_school_undoes_a_release_and_only_one_that_is_there(full):
    with pytest.raises(ValidationError, match="没有解除"):
        undo_release(user=full.world.admin, pairing_id=full.pairing.pk, now=full.now)
    release(full)
    for user in (full.world.secretary, full.world.bh.admin):
        with pytest.raises(ValidationError, match="没有找到"):
            undo_release(user=user, pairing_id=full.pairing.pk, now=full.now)


def test_a_release_cannot_be_undone_once_the_college_has_another_street(full):
    release(full)
    submit_claim(
        user=full.world.admin,
        college_id=full.world.college_a.pk,
        street_id=full.there.pk,
        code="",
        reason="改派",
        now=full.now,
    )
    with pytest.raises(ValidationError, match="已与"):
        undo_release(user=full.world.admin, pairing_id=full.pairing.pk, now=full.now + HOUR)


def test_a_release_cannot_be_undone_once_the_street_is_full(full):
    release(full)
    full.world.urban.taken_elsewhere = full.pairing.cap
    full.world.urban.save()
    with pytest.raises(ValidationError, match="名额已被占用"):
        undo_release(user=full.world.admin, pairing_id=full.pairing.pk, now=full.now + HOUR)


def test_the_same_pair_claimed_again_brings_team_id_projects_and_sign_ups_back(full):
    claimed = full.pairing.claimed_at
    bind_outside_id(user=full.world.secretary, team_id=full.team.pk, outside_id="ZT-1", on=full.now.date())
    release(full, now=claimed + HOUR)
    again = claim_again(full, now=claimed + 2 * HOUR)
    full.ahead.refresh_from_db()
    assert (again.pk, again.team.pk, again.team.outside_id) == (full.pairing.pk, full.team.pk, "ZT-1")
    assert full.first.member_id in TeamMembership.objects.active().values_list("member", flat=True)
    assert_goes_on(full)


def test_a_pair_that_comes_back_later_has_its_team_but_not_what_was_called_off(full):
    claimed = full.pairing.claimed_at
    full.ahead.starts_at = claimed + 30 * DAY
    release(full, now=claimed + HOUR)
    assert call_off_orphans(now=claimed + HOUR + DAY) == 1
    claim_again(full, now=claimed + 3 * DAY)
    full.ahead.refresh_from_db()
    assert full.ahead.state == "cancelled"
    since = TeamMembership.objects.active().get(member=full.first.member).joined_at
    assert since == claimed + 3 * DAY


def test_people_who_left_the_college_meanwhile_do_not_come_back_with_it(full):
    claimed = full.pairing.claimed_at
    release(full, now=claimed + HOUR)
    correct_person(full.first.member, branch=full.world.b1)
    claim_again(full, now=claimed + 2 * HOUR)
    assert not TeamMembership.objects.active().filter(member=full.first.member).exists()


def test_a_release_bars_nobody_from_joining_again(full):
    claimed = full.pairing.claimed_at
    release(full, now=claimed + HOUR)
    again = claim_again(full, now=claimed + 3 * DAY)
    TeamMembership.objects.active().filter(member=full.third.member).update(left_at=claimed + 4 * DAY)
    assert join_team(user=full.third, token=again.team.token).left_at is None


def test_a_release_that_lasts_calls_everything_off_with_its_true_reason(full):
    release(full, reason="街乡撤并")
    assert call_off_orphans(now=full.now + DAY - timedelta(seconds=1)) == 0
    assert call_off_orphans(now=full.now + DAY) == 1
    full.ahead.refresh_from_db()
    assert full.ahead.cancel_reason == f"与{full.world.urban}的结对已解除：街乡撤并"
    told = find_inbox(full.first).get(title__startswith="活动已取消").text
    assert "街乡撤并" in told
    assert not [
        text for text in find_inbox(full.first).values_list("text", flat=True) if "不在服务队" in text
    ]


def test_a_project_of_a_released_pairing_can_be_closed_in_any_state(full):
    move(full)
    release(full, now=full.now + HOUR)
    call_off_orphans(now=full.now + HOUR + DAY)
    assert (
        close_project(user=full.world.secretary, project_id=full.project.pk, now=full.now + 3 * DAY).state
        == "closed"
    )


def test_the_school_sees_the_way_back_for_a_day(full, client_of, time_machine):
    time_machine.move_to(full.now)
    release(full)
    client, url = client_of(full.world.admin), full.pairing.get_absolute_url()
    assert "撤销解除" in client.get(url).content.decode()
    assert "撤销解除" not in client_of(full.world.secretary).get(url).content.decode()
    client.post(reverse("pairing_undo_release", args=[full.pairing.pk]))
    full.pairing.refresh_from_db()
    assert full.pairing.state == "active"
    release(full)
    time_machine.move_to(full.now + DAY)
    assert "撤销解除" not in client.get(url).content.decode()


def test_the_offline_part_of_a_pair_that_comes_back_is_not_asked_again(full):
    claimed = full.pairing.claimed_at
    confirm_offline(
        user=full.world.secretary,
        pairing_id=full.pairing.pk,
        on=claimed.date(),
        people="张老师",
        note="",
        proof=b"picture",
        now=claimed + HOUR,
    )
    release(full, now=claimed + 2 * HOUR)
    assert claim_again(full, now=claimed + 3 * HOUR).offline_on == claimed.date()


# --- the same rules at every door ---------------------------------------------------------------------------------


def change(full, *, certain: bool = False, now=None, **changed) -> None:
    names = (
        "name", "place", "capacity", "walk_ins", "location_check", "latitude", "longitude", "radius_m", "starts_at",
        "ends_at", "signup_opens_at", "signup_closes_at", "cancel_until", "check_in_opens_at", "check_in_closes_at",
        "check_out_closes_at",
    )  # fmt: skip
    full.ahead.refresh_from_db()
    values = {name: getattr(full.ahead, name) for name in names} | changed
    edit_activity(
        user=full.world.secretary,
        activity_id=full.ahead.pk,
        values=values,
        posts={},
        stewards=[],
        certain=certain,
        now=now or full.now,
    )
    full.ahead.refresh_from_db()


def shift(full, by: timedelta) -> dict:
    names = (
        "starts_at", "ends_at", "signup_opens_at", "signup_closes_at", "cancel_until", "check_in_opens_at",
        "check_in_closes_at", "check_out_closes_at",
    )  # fmt: skip
    return {name: getattr(full.ahead, name) + by for name in names}


def test_a_published_activity_is_not_moved_into_the_past(full):
    with pytest.raises(ValidationError, match="时间已过"):
        change(full, **shift(full, -7 * DAY))


def test_a_new_time_on_another_activity_of_somebody_is_shown_before_it_is_saved(full):
    other = full.activity(starts_at=full.ahead.starts_at + DAY, capacity=3, name="敬老院")
    sign_up(user=full.first, activity_id=other.pk, now=full.now)
    with pytest.raises(ValidationError) as refusal:
        change(full, **shift(full, DAY))
    assert full.first.name in refusal.value.message_dict["certain"][0]
    assert "敬老院" in refusal.value.message_dict["certain"][0]
    change(full, certain=True, **shift(full, DAY))
    told = find_inbox(full.first).get(title__contains="冲突")
    assert "敬老院" in told.text
    assert not find_inbox(full.second).filter(title__contains="冲突").exists()


def test_the_form_asks_about_the_clash_and_keeps_what_was_typed(full, client_of, time_machine):
    time_machine.move_to(full.now)
    other = full.activity(starts_at=full.ahead.starts_at + DAY, capacity=3)
    sign_up(user=full.first, activity_id=other.pk, now=full.now)
    client, url = client_of(full.world.secretary), reverse("activity_edit", args=[full.ahead.pk])
    typed = {"name": "改名", "place": "新地点", "capacity": "1", "posts": "", "stewards": ""}
    typed |= {
        name: f"{(getattr(full.ahead, name) + DAY).astimezone(full.now.tzinfo):%Y-%m-%dT%H:%M}"
        for name in ("starts_at", "ends_at")
    }
    page = client.post(url, typed).content.decode()
    assert 'type="checkbox" name="certain"' in page
    assert "改名" in page
    assert client.post(url, typed | {"certain": "on"}).status_code == 302


def test_a_project_keeps_the_days_of_its_activities(full):
    day = full.ahead.starts_at.date()
    values = {"starts_on": full.project.starts_on, "ends_on": full.project.ends_on}
    for changed in ({"starts_on": day + DAY}, {"ends_on": day - DAY}):
        with pytest.raises(ValidationError, match="已有"):
            edit_project(
                user=full.world.secretary, project_id=full.project.pk, values=values | changed, now=full.now
            )


def test_publishing_after_the_deadline_does_not_promise_a_sign_up(full, client_of, time_machine):
    time_machine.move_to(full.ahead.signup_closes_at + HOUR)
    draft = full.activity(state="draft")
    page = (
        client_of(full.world.secretary)
        .post(reverse("activity_publish", args=[draft.pk]), follow=True)
        .content.decode()
    )
    assert "可以报名" not in page
    assert "截止" in page
