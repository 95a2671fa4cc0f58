"""Signing up: places, the waiting list, cancelling, and refusals with their words."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from activities.models import Activity, SignUp
from activities.services.activities import edit_activity
from activities.services.signups import cancel_signup, remove_signup, sign_up
from activities.services.waits import fill_free_seats
from members.models import Member, Message
from pairing.services.teams import end_own_membership
from tests.factories import MemberFactory, make_account
from tests.inbox import find_inbox
from tests.moving import correct_person
from tests.world import World

State = SignUp.State


def make_volunteers(serving, count: int) -> list:
    """Return accounts of people of the college who are in the team."""
    people = [MemberFactory(branch=serving.world.a2) for _ in range(count)]
    for person in people:
        serving.join(person)
    return [make_account(person) for person in people]


def sign_up_all(serving, activity, *users, now=None):
    return [
        sign_up(user=user, activity_id=activity.pk, now=now or serving.now + timedelta(minutes=index))
        for index, user in enumerate(users)
    ]


def read_standing(activity) -> dict[str, list]:
    """Return {state: names or seats in order}."""
    rows = activity.signups.select_related("member").order_by("seat", "waiting_since")
    return {
        "seats": [(row.seat, row.member.name) for row in rows if row.seat],
        "waiting": [row.member.name for row in rows if row.state == State.WAITING],
    }


def assert_refused(*, match: str, **values):
    with pytest.raises(ValidationError, match=match):
        sign_up(**values)


# --- places and the waiting list


def test_places_are_numbered_and_who_comes_later_waits(serving):
    activity = serving.activity(capacity=2)
    first, second, third = sign_up_all(serving, activity, *make_volunteers(serving, 3))
    assert [(row.state, row.seat) for row in (first, second, third)] == [
        ("signed_up", 1),
        ("signed_up", 2),
        ("waiting", None),
    ]


def test_a_place_given_back_goes_to_who_waits_longest_with_a_message(serving):
    activity, users = serving.activity(capacity=1), make_volunteers(serving, 3)
    sign_up_all(serving, activity, *users)
    cancel_signup(user=users[0], activity_id=activity.pk, now=serving.now)
    assert read_standing(activity) == {"seats": [(1, users[1].name)], "waiting": [users[2].name]}
    assert find_inbox(users[1]).get().title == f"候补成功：{activity.name}"
    assert not Message.objects.filter(user__in=[users[0], users[2]]).exists()


def test_more_places_let_as_many_move_up(serving):
    activity, users = serving.activity(capacity=1), make_volunteers(serving, 4)
    sign_up_all(serving, activity, *users)
    enlarge(serving, activity, 3)
    assert read_standing(activity) == {
        "seats": [(seat, user.name) for seat, user in zip((1, 2, 3), users, strict=False)],
        "waiting": [users[3].name],
    }


def enlarge(serving, activity, capacity):
    names = [field.name for field in Activity._meta.fields]
    kept = {name: getattr(activity, name) for name in names if name.endswith(("_at", "until"))}
    for name in ("created_at", "closed_at", "street_confirmed_at"):
        kept.pop(name)
    values = kept | {"name": activity.name, "place": activity.place, "capacity": capacity}
    return edit_activity(
        user=serving.world.secretary,
        activity_id=activity.pk,
        values=values,
        posts={},
        stewards=[],
        now=serving.now,
    )


def test_who_is_removed_is_told_why_and_the_next_moves_up(serving):
    activity, users = serving.activity(capacity=1), make_volunteers(serving, 2)
    signup, _ = sign_up_all(serving, activity, *users)
    remove_signup(user=serving.world.secretary, signup_id=signup.pk, reason="与课程冲突", now=serving.now)
    assert read_standing(activity)["seats"] == [(1, users[1].name)]
    assert "与课程冲突" in find_inbox(users[0]).get().text


def test_after_cancelling_the_same_row_signs_up_again_at_the_end_of_the_list(serving):
    activity, users = serving.activity(capacity=1), make_volunteers(serving, 2)
    first, _ = sign_up_all(serving, activity, *users)
    cancel_signup(user=users[0], activity_id=activity.pk, now=serving.now)
    (again,) = sign_up_all(serving, activity, users[0], now=serving.now + timedelta(hours=1))
    assert (again.pk, again.state, again.cancelled_at) == (first.pk, "waiting", None)


@pytest.mark.parametrize("reason", ["clash", "team", "gone"])
def test_who_cannot_come_now_is_passed_over_stays_waiting_and_is_told_once(serving, reason):
    activity, users = serving.activity(capacity=1), make_volunteers(serving, 3)
    sign_up_all(serving, activity, *users)
    hinder(serving, users[1], reason)
    cancel_signup(user=users[0], activity_id=activity.pk, now=serving.now)
    assert read_standing(activity) == {"seats": [(1, users[2].name)], "waiting": [users[1].name]}
    cancel_signup(user=users[2], activity_id=activity.pk, now=serving.now)
    assert read_standing(activity) == {"seats": [], "waiting": [users[1].name]}
    assert find_inbox(users[1]).get().title == f"候补暂未成功：{activity.name}"


def hinder(serving, user, reason):
    if reason == "clash":
        other = serving.activity(project=serving.other, name="图书整理")
        serving.sign_up(other, user.member)
    elif reason == "team":
        end_own_membership(user=user, membership_id=user.member.memberships.get().pk)
    else:
        correct_person(user.member, state=Member.State.SUSPENDED)


def test_nobody_moves_up_once_the_activity_has_begun(serving):
    activity, users = serving.activity(capacity=1), make_volunteers(serving, 2)
    (signup, _) = sign_up_all(serving, activity, *users)
    remove_signup(user=serving.world.secretary, signup_id=signup.pk, reason="没有来", now=activity.starts_at)
    assert read_standing(activity) == {"seats": [], "waiting": [users[1].name]}


# --- posts


def test_a_full_post_lets_wait_though_another_has_room(serving):
    activity, users = serving.activity(capacity=2), make_volunteers(serving, 3)
    desk, guide = serving.post(activity, "登记", 1), serving.post(activity, "引导", 1)
    rows = [
        sign_up(user=user, activity_id=activity.pk, post_id=post.pk, now=serving.now)
        for user, post in zip(users, (desk, desk, guide), strict=True)
    ]
    assert [row.state for row in rows] == ["signed_up", "waiting", "signed_up"]
    cancel_signup(user=users[2], activity_id=activity.pk, now=serving.now)
    assert read_standing(activity)["waiting"] == [users[1].name]
    cancel_signup(user=users[0], activity_id=activity.pk, now=serving.now)
    assert read_standing(activity) == {"seats": [(1, users[1].name)], "waiting": []}


def test_with_posts_one_must_be_chosen(serving):
    activity, (user,) = serving.activity(capacity=1), make_volunteers(serving, 1)
    serving.post(activity, "登记", 1)
    foreign = serving.post(serving.activity(), "引导", 1)
    for post in (None, foreign.pk):
        assert_refused(user=user, activity_id=activity.pk, post_id=post, now=serving.now, match="请选择岗位")


# --- refusals


def test_who_is_signed_up_or_waits_cannot_do_it_twice(serving):
    activity, users = serving.activity(capacity=1), make_volunteers(serving, 2)
    sign_up_all(serving, activity, *users)
    assert_refused(user=users[0], activity_id=activity.pk, now=serving.now, match="您已报名")
    assert_refused(user=users[1], activity_id=activity.pk, now=serving.now, match="您已在候补名单中")


def test_before_after_and_outside_the_window(serving):
    activity, (user,) = serving.activity(), make_volunteers(serving, 1)
    early, late = activity.signup_opens_at - timedelta(seconds=1), activity.signup_closes_at
    assert_refused(user=user, activity_id=activity.pk, now=early, match="报名还没有开始，11月3日 09:00 开放")
    assert_refused(user=user, activity_id=activity.pk, now=late, match="报名已于 11月9日 09:00 截止")
    assert sign_up(user=user, activity_id=activity.pk, now=late - timedelta(seconds=1)).seat == 1


def test_service_at_the_street_is_for_the_team_and_other_service_for_the_college(serving):
    world: World = serving.world
    outsider = make_account(world.namesake)
    assert_refused(user=outsider, activity_id=serving.activity().pk, now=serving.now, match="只有服务队队员")
    assert sign_up(
        user=outsider, activity_id=serving.activity(project=serving.other).pk, now=serving.now
    ).seat


def test_a_person_of_another_college_or_not_active_is_refused(serving):
    world = serving.world
    activity = serving.activity(project=serving.other)
    assert_refused(
        user=make_account(world.zhang_wei_b), activity_id=activity.pk, now=serving.now, match="不属于您的学院"
    )
    assert_refused(
        user=make_account(world.suspended), activity_id=activity.pk, now=serving.now, match="不在籍"
    )
    assert_refused(user=world.secretary, activity_id=activity.pk, now=serving.now, match="没有找到")


def test_a_draft_is_not_there_and_a_cancelled_one_says_so(serving):
    (user,) = make_volunteers(serving, 1)
    draft = serving.activity(state="draft")
    off = serving.activity(state="cancelled", cancel_reason="大雨")
    assert_refused(user=user, activity_id=draft.pk, now=serving.now, match="没有找到")
    assert_refused(user=user, activity_id=off.pk, now=serving.now, match="已取消")


def test_overlapping_activities_clash_and_touching_ones_do_not(serving):
    (user,) = make_volunteers(serving, 1)
    activity = serving.activity(name="上午")
    sign_up_all(serving, activity, user)
    clash = serving.activity(starts_at=activity.ends_at - timedelta(minutes=1))
    after = serving.activity(starts_at=activity.ends_at)
    assert_refused(user=user, activity_id=clash.pk, now=serving.now, match="与您已报名的“上午”时间冲突")
    assert sign_up(user=user, activity_id=after.pk, now=serving.now).seat == 1


def test_a_called_off_activity_clashes_with_nothing(serving):
    (user,) = make_volunteers(serving, 1)
    activity = serving.activity()
    sign_up_all(serving, activity, user)
    Activity.objects.filter(pk=activity.pk).update(state="cancelled", cancel_reason="大雨")
    assert sign_up(user=user, activity_id=serving.activity().pk, now=serving.now).seat == 1


def test_cancelling_ends_with_its_deadline_but_who_waits_may_leave_until_the_beginning(serving):
    activity, users = serving.activity(capacity=1), make_volunteers(serving, 2)
    sign_up_all(serving, activity, *users)
    with pytest.raises(ValidationError, match="取消报名已于 11月9日 09:00 截止"):
        cancel_signup(user=users[0], activity_id=activity.pk, now=activity.cancel_until)
    waited = cancel_signup(user=users[1], activity_id=activity.pk, now=activity.cancel_until)
    assert waited.state == "cancelled"


def test_who_has_checked_in_cannot_cancel(serving):
    activity, (user,) = serving.activity(), make_volunteers(serving, 1)
    serving.sign_up(activity, user.member, checked_in_at=serving.now, checked_in_how="scan")
    with pytest.raises(ValidationError, match="已经签入"):
        cancel_signup(user=user, activity_id=activity.pk, now=serving.now)


def test_a_secretary_of_another_college_removes_nobody(serving):
    activity, (user,) = serving.activity(), make_volunteers(serving, 1)
    (signup,) = sign_up_all(serving, activity, user)
    with pytest.raises(ValidationError, match="没有找到"):
        remove_signup(user=serving.world.secretary_b, signup_id=signup.pk, reason="误点", now=serving.now)
    assert fill_free_seats(activity, now=serving.now) == []
