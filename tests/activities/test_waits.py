"""Ways out and waiting lists: when something ends, everybody whom it kept from a place is looked at."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse

from activities.models import Activity, SignUp
from activities.services.activities import IN_CALENDARS, call_off_activity, edit_activity
from activities.services.attendance import check_by_hand, check_by_screen
from activities.services.departures import leave_team
from activities.services.signups import cancel_signup, readmit_signup, remove_signup, sign_up
from activities.services.waits import fill_all_lists
from members.models import Member
from tests.activities.test_signups import make_volunteers, read_standing, sign_up_all
from tests.inbox import find_inbox
from tests.moving import correct_person

PLAN = (
    *IN_CALENDARS,
    *("signup_opens_at", "signup_closes_at", "cancel_until", "capacity"),
    *("check_in_opens_at", "check_in_closes_at", "check_out_closes_at"),
)


def edit(serving, activity: Activity, *, now=None, **changes) -> Activity:
    activity.refresh_from_db()
    return edit_activity(
        user=serving.world.secretary,
        activity_id=activity.pk,
        values={name: getattr(activity, name) for name in PLAN} | changes,
        posts={},
        stewards=[],
        now=now or serving.now,
    )


def move(serving, activity: Activity, by: timedelta, **more) -> Activity:
    """Move the times of the activity itself and of its attendance; those of sign-up stay."""
    kept = ("signup_opens_at", "signup_closes_at", "cancel_until")
    times = {name: getattr(activity, name) + by for name in PLAN if name.endswith("_at") and name not in kept}
    return edit(serving, activity, **times, **more)


def get_signup(activity, user) -> SignUp:
    return activity.signups.get(member=user.member)


# --- a deadline binds only people who could use it


def test_somebody_who_moved_up_after_the_deadline_leaves_until_the_start_as_the_message_says(serving):
    activity, users = serving.activity(capacity=1), make_volunteers(serving, 2)
    first, _ = sign_up_all(serving, activity, *users)
    late = activity.cancel_until + timedelta(hours=1)
    remove_signup(user=serving.world.secretary, signup_id=first.pk, reason="有课", now=late)
    assert "请在 11月10日 09:00 前取消报名" in find_inbox(users[1]).get().text
    cancel_signup(user=users[1], activity_id=activity.pk, now=activity.starts_at - timedelta(minutes=1))
    assert get_signup(activity, users[1]).state == "cancelled"


def test_nobody_leaves_once_the_activity_has_begun(serving):
    activity, users = serving.activity(capacity=1), make_volunteers(serving, 2)
    sign_up_all(serving, activity, *users)
    cancel_signup(user=users[0], activity_id=activity.pk, now=serving.now)
    with pytest.raises(ValidationError, match="11月10日 09:00 截止"):
        cancel_signup(user=users[1], activity_id=activity.pk, now=activity.starts_at)


def test_people_of_a_moved_activity_leave_until_its_new_start_as_the_message_says(serving):
    activity, users = serving.activity(), make_volunteers(serving, 1)
    sign_up_all(serving, activity, *users)
    late = activity.cancel_until + timedelta(hours=1)
    moved = move(serving, activity, timedelta(hours=3), now=late)
    assert "请在 11月10日 12:00 前取消报名" in find_inbox(users[0]).get().text
    cancel_signup(user=users[0], activity_id=activity.pk, now=moved.starts_at - timedelta(minutes=1))


@pytest.mark.parametrize("field", ["name", "place"])
def test_a_new_place_is_a_reason_to_leave_and_a_new_name_is_none(serving, field):
    activity, users = serving.activity(), make_volunteers(serving, 1)
    sign_up_all(serving, activity, *users)
    edit(serving, activity, **{field: "社区图书室"}, now=activity.cancel_until)
    said = find_inbox(users[0]).get().text
    assert ("前取消报名" in said) == (field == "place")
    assert (get_signup(activity, users[0]).moved_at is not None) == (field == "place")


def test_a_deadline_set_into_the_past_binds_nobody_who_is_there(serving):
    activity, users = serving.activity(), make_volunteers(serving, 1)
    sign_up_all(serving, activity, *users)
    now = serving.now + timedelta(hours=2)
    edit(serving, activity, cancel_until=now - timedelta(hours=1), now=now)
    assert cancel_signup(user=users[0], activity_id=activity.pk, now=now).state == "cancelled"


def test_the_page_names_the_persons_own_deadline(serving, client_of, time_machine):
    activity, users = serving.activity(capacity=1), make_volunteers(serving, 2)
    sign_up_all(serving, activity, *users)
    url = reverse("offer", args=[activity.pk])
    time_machine.move_to(serving.now)
    assert "11月9日 09:00 前可以取消" in client_of(users[0]).get(url).text
    cancel_signup(user=users[0], activity_id=activity.pk, now=serving.now)
    assert "11月10日 09:00 前可以取消" in client_of(users[1]).get(url).text


# --- an obstacle ends


@pytest.fixture
def passed_over(serving):
    """B waits for X and has a place in Y at the same time; then a place in X became free and B was passed over."""
    serving.a, serving.b = make_volunteers(serving, 2)
    serving.x = serving.activity(capacity=1, name="走访")
    serving.y = serving.activity(project=serving.other, name="图书整理")
    sign_up_all(serving, serving.x, serving.a, serving.b)
    sign_up_all(serving, serving.y, serving.b)
    cancel_signup(user=serving.a, activity_id=serving.x.pk, now=serving.now)
    assert read_standing(serving.x) == {"seats": [], "waiting": [serving.b.name]}
    return serving


def test_somebody_who_leaves_the_clashing_activity_moves_up_where_a_place_is_free(passed_over):
    cancel_signup(user=passed_over.b, activity_id=passed_over.y.pk, now=passed_over.now)
    assert read_standing(passed_over.x) == {"seats": [(1, passed_over.b.name)], "waiting": []}


def test_somebody_removed_from_the_clashing_activity_moves_up(passed_over):
    signup = get_signup(passed_over.y, passed_over.b)
    admin = passed_over.world.secretary
    remove_signup(user=admin, signup_id=signup.pk, reason="重复报名", now=passed_over.now)
    assert read_standing(passed_over.x)["seats"] == [(1, passed_over.b.name)]


def test_people_of_an_activity_that_is_called_off_move_up_elsewhere(passed_over):
    call_off_activity(
        user=passed_over.world.secretary, activity_id=passed_over.y.pk, reason="下雨", now=passed_over.now
    )
    assert read_standing(passed_over.x)["seats"] == [(1, passed_over.b.name)]


def test_people_of_an_activity_that_moves_away_move_up_elsewhere(passed_over):
    move(passed_over, passed_over.y, timedelta(hours=3))
    assert read_standing(passed_over.x)["seats"] == [(1, passed_over.b.name)]


def test_somebody_whose_clashing_sign_up_ends_with_the_team_moves_up(serving):
    """The person waits for service elsewhere, and loses the clashing place at the street with the team."""
    a, b = make_volunteers(serving, 2)
    x = serving.activity(project=serving.other, capacity=1, name="图书整理")
    y = serving.activity(name="走访")
    sign_up_all(serving, x, a, b)
    sign_up_all(serving, y, b)
    cancel_signup(user=a, activity_id=x.pk, now=serving.now)
    leave_team(user=b, membership_id=b.member.memberships.get().pk, now=serving.now)
    assert read_standing(x)["seats"] == [(1, b.name)]


def test_somebody_who_comes_back_is_found_by_the_clock(serving):
    activity, users = serving.activity(project=serving.other, capacity=1), make_volunteers(serving, 2)
    sign_up_all(serving, activity, *users)
    SignUp.objects.filter(activity=activity, member=users[0].member).update(state="cancelled", seat=None)
    correct_person(users[1].member, state=Member.State.SUSPENDED)
    assert fill_all_lists(now=serving.now) == 0
    correct_person(users[1].member, state=Member.State.ACTIVE)
    assert fill_all_lists(now=activity.starts_at) == 0
    assert fill_all_lists(now=serving.now) == 1
    assert read_standing(activity)["seats"] == [(1, users[1].name)]


def test_a_newcomer_does_not_take_the_place_of_somebody_who_waits_and_can_come(serving):
    activity, users = serving.activity(project=serving.other, capacity=1), make_volunteers(serving, 3)
    sign_up_all(serving, activity, *users[:2])
    SignUp.objects.filter(activity=activity, member=users[0].member).update(state="cancelled", seat=None)
    sign_up(user=users[2], activity_id=activity.pk, now=serving.now + timedelta(minutes=9))
    assert read_standing(activity) == {"seats": [(1, users[1].name)], "waiting": [users[2].name]}


# --- a removal is no cancel


@pytest.fixture
def removed(serving):
    (serving.user,) = make_volunteers(serving, 1)
    serving.ahead = serving.activity(walk_ins=True)
    (serving.signup,) = sign_up_all(serving, serving.ahead, serving.user)
    remove_signup(
        user=serving.world.secretary, signup_id=serving.signup.pk, reason="多次不到", now=serving.now
    )
    return serving


def test_somebody_who_was_removed_does_not_sign_up_again_and_is_told_the_way(removed):
    with pytest.raises(ValidationError, match=r"移出名单：多次不到。如要参加，请联系负责人恢复"):
        sign_up(user=removed.user, activity_id=removed.ahead.pk, now=removed.now)


def test_somebody_who_was_removed_does_not_walk_in_either(removed):
    secretary, at = removed.world.secretary, removed.ahead.starts_at
    with pytest.raises(ValidationError, match="请联系负责人恢复"):
        check_by_screen(user=removed.user, activity_id=removed.ahead.pk, direction="in", now=at)
    with pytest.raises(ValidationError, match="请先在活动的名单中恢复"):
        check_by_hand(
            user=secretary,
            activity_id=removed.ahead.pk,
            direction="in",
            number=removed.user.member.student_no,
            reason="手机没电",
            now=at,
        )


def test_a_removal_that_is_lifted_is_told_and_lets_sign_up_again(removed):
    readmit_signup(user=removed.world.secretary, signup_id=removed.signup.pk, now=removed.now)
    assert find_inbox(removed.user).filter(title=f"可以重新报名：{removed.ahead.name}").count() == 1
    sign_up(user=removed.user, activity_id=removed.ahead.pk, now=removed.now)
    with pytest.raises(ValidationError, match="名单已有变化"):
        readmit_signup(user=removed.world.secretary, signup_id=removed.signup.pk, now=removed.now)


def test_only_the_organiser_lifts_a_removal_and_not_after_the_end(removed):
    with pytest.raises(ValidationError, match="没有找到"):
        readmit_signup(user=removed.world.secretary_b, signup_id=removed.signup.pk, now=removed.now)
    with pytest.raises(ValidationError, match="已结束"):
        readmit_signup(user=removed.world.secretary, signup_id=removed.signup.pk, now=removed.ahead.ends_at)


def test_the_organiser_lifts_a_removal_in_the_list(removed, client_of, time_machine):
    time_machine.move_to(removed.now)
    client = client_of(removed.world.secretary)
    assert "恢复报名资格" in client.get(reverse("activity", args=[removed.ahead.pk])).text
    client.post(reverse("signup_readmit", args=[removed.signup.pk]))
    removed.signup.refresh_from_db()
    assert removed.signup.state == "cancelled"


def test_what_organisers_ended_before_becomes_a_removal_and_an_own_cancel_stays_one(serving):
    activity, people = serving.activity(), [user.member for user in make_volunteers(serving, 3)]
    for member, reason in zip(people, ("有课", "", "已不在服务队。"), strict=True):
        serving.sign_up(activity, member, state="cancelled", seat=None, cancel_reason=reason)
    with connection.cursor() as cursor:
        cursor.execute(import_module("activities.migrations.0011_removals_of_before").REMOVE)
    states = dict(activity.signups.values_list("cancel_reason", "state"))
    assert states == {"有课": "removed", "": "cancelled", "已不在服务队。": "cancelled"}


def test_two_removals_within_one_second_are_both_told(removed):
    at = removed.now
    for fraction in (200, 400):
        readmit_signup(user=removed.world.secretary, signup_id=removed.signup.pk, now=at)
        sign_up(user=removed.user, activity_id=removed.ahead.pk, now=at)
        remove_signup(
            user=removed.world.secretary,
            signup_id=removed.signup.pk,
            reason="多次不到",
            now=at + timedelta(milliseconds=fraction),
        )
    titles = find_inbox(removed.user).order_by("pk").values_list("title", flat=True)
    assert [title.startswith("可以重新报名") for title in titles] == [False, True, False, True, False]
