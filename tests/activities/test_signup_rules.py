"""Rules of sign-up: its times, the obstacles and their order, the seats."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.rules.signups import (
    HeldPlace,
    Person,
    Places,
    Window,
    build_default_times,
    cancel_problem,
    find_obstacle,
    get_cancel_deadline,
    is_moving_up_open,
    list_free_seats,
    person_problem,
    plan_reseating,
    post_problem,
    signup_window_problem,
    spans_overlap,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
START = datetime(2018, 11, 10, 9)  # noqa: DTZ001 (Beijing time, given by the caller)
WINDOW = Window(
    opens=START - 72 * HOUR,
    closes=START - 24 * HOUR,
    cancel_until=START - 12 * HOUR,
    starts=START,
    check_in_closes=START + 30 * MINUTE,
)
HELD = HeldPlace(signed_up_at=WINDOW.opens, waiting=False, checked_in=False, moved_at=None)
STUDENT = Person(active=True, needs_team=False, in_team=False)


# --- when -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (WINDOW.opens - MINUTE, "报名还没有开始，11月7日 09:00 开放。"),
        (WINDOW.opens, ""),
        (WINDOW.closes - MINUTE, ""),
        (WINDOW.closes, "报名已于 11月9日 09:00 截止。"),
        (WINDOW.closes + MINUTE, "报名已于 11月9日 09:00 截止。"),
    ],
)
def test_sign_up_is_open_from_its_first_moment_to_just_before_its_last(now, said):
    assert signup_window_problem(now, WINDOW, is_open=True) == said


def test_a_cancelled_activity_takes_nobody():
    assert signup_window_problem(WINDOW.opens, WINDOW, is_open=False) == "这次活动已取消。"


def test_however_long_sign_up_is_open_nobody_signs_up_when_check_in_is_over():
    late = replace(WINDOW, closes=START + 5 * HOUR)
    assert signup_window_problem(late.check_in_closes - MINUTE, late, is_open=True) == ""
    assert signup_window_problem(late.check_in_closes, late, is_open=True) == "报名已于 11月10日 09:30 截止。"


@pytest.mark.parametrize(
    ("held", "until"),
    [
        (HELD, WINDOW.cancel_until),
        (replace(HELD, signed_up_at=WINDOW.cancel_until - MINUTE), WINDOW.cancel_until),
        (replace(HELD, signed_up_at=WINDOW.cancel_until), START),
        (replace(HELD, signed_up_at=WINDOW.cancel_until + MINUTE), START),
        (replace(HELD, waiting=True), START),
        (replace(HELD, moved_at=WINDOW.opens), START),
        (replace(HELD, moved_at=WINDOW.cancel_until + MINUTE), START),
    ],
)
def test_the_deadline_binds_only_people_whom_it_once_served(held, until):
    assert get_cancel_deadline(WINDOW, held) == until
    assert cancel_problem(until - MINUTE, WINDOW, held) == ""
    assert f"{until.day}日 {until:%H:%M} 截止" in cancel_problem(until, WINDOW, held)
    assert "截止" in cancel_problem(until + MINUTE, WINDOW, held)


def test_who_has_checked_in_does_not_cancel():
    early = WINDOW.cancel_until - HOUR
    assert "已经签入" in cancel_problem(early, WINDOW, replace(HELD, checked_in=True))


def test_a_free_place_is_given_on_until_the_start():
    assert is_moving_up_open(START - MINUTE, WINDOW, is_open=True)
    assert not is_moving_up_open(START, WINDOW, is_open=True)
    assert not is_moving_up_open(START + MINUTE, WINDOW, is_open=True)
    assert not is_moving_up_open(START - MINUTE, WINDOW, is_open=False)


# --- who ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "rule", "said"),
    [
        (STUDENT, "", ""),
        (replace(STUDENT, active=False, needs_team=True, clash="走访"), "gone", "您不在籍"),
        (replace(STUDENT, needs_team=True, clash="走访"), "team", "只有服务队队员"),
        (replace(STUDENT, needs_team=True, in_team=True), "", ""),
        (replace(STUDENT, in_team=True, clash="走访"), "clash", "“走访”时间冲突"),
    ],
)
def test_the_first_rule_that_keeps_somebody_away_is_named(person, rule, said):
    assert find_obstacle(person) == rule
    assert said in person_problem(person) and bool(said) == bool(person_problem(person))


def test_one_that_ends_when_the_other_begins_does_not_clash():
    def clashes_with(first: int, last: int) -> bool:
        return spans_overlap(START, START + 3 * HOUR, START + first * HOUR, START + last * HOUR)

    assert not clashes_with(3, 5) and not clashes_with(-2, 0)
    assert not clashes_with(4, 6) and not clashes_with(-4, -2)
    assert clashes_with(2, 5) and clashes_with(-2, 1) and clashes_with(1, 2) and clashes_with(-1, 4)


# --- places ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("places", "post", "room"),
    [
        (Places(1, {}), None, True),
        (Places(0, {}), None, False),
        (Places(-1, {}), None, False),
        (Places(3, {7: 1, 8: 0}), 7, True),
        (Places(3, {7: 1, 8: 0}), 8, False),
        (Places(3, {7: 1, 8: -1}), 8, False),
        (Places(3, {7: 1}), 9, False),
        (Places(0, {7: 1}), 7, False),
    ],
)
def test_there_is_room_where_the_activity_and_the_post_have_some(places, post, room):
    assert places.has_room_for(post) is room


def test_who_takes_a_place_takes_it_at_the_own_post_only():
    assert Places(5, {6: 4, 7: 2, 8: 3}).take_place(7) == Places(4, {6: 4, 7: 1, 8: 3})
    assert Places(5, {}).take_place(None) == Places(4, {})


@pytest.mark.parametrize(
    ("posts", "post", "said"),
    [({}, None, ""), ({7: 0}, 7, ""), ({7: 1}, None, "请选择岗位。"), ({7: 1}, 8, "请选择岗位。")],
)
def test_where_there_are_posts_one_has_to_be_chosen(posts, post, said):
    assert post_problem(Places(5, posts), post) == said


@given(st.integers(0, 12), st.sets(st.integers(1, 12)))
def test_free_seats_are_those_within_the_capacity_that_nobody_holds(capacity, taken):
    assert list_free_seats(capacity, taken) == sorted({*range(1, capacity + 1)} - taken)


@given(st.integers(1, 12), st.sets(st.integers(1, 20), max_size=12))
def test_a_smaller_activity_moves_seats_down_as_far_as_there_are_some(capacity, seats):
    moved = plan_reseating(capacity, seats)
    above = {seat for seat in seats if seat > capacity}
    assert moved.keys() <= above
    assert len(moved) == min(len(above), capacity - len(seats - above))
    assert all(1 <= seat <= capacity for seat in moved.values())
    assert len({*moved.values()} | (seats - above)) == len(moved) + len(seats - above)


# --- default times --------------------------------------------------------------------------------------------


def test_planned_in_time_sign_up_ends_a_day_before():
    now = START - 72 * HOUR
    assert build_default_times(now=now, starts=START, ends=START + 3 * HOUR) == {
        "signup_opens_at": now,
        "signup_closes_at": START - 24 * HOUR,
        "cancel_until": START - 24 * HOUR,
        "check_in_opens_at": START - 30 * MINUTE,
        "check_in_closes_at": START + 30 * MINUTE,
        "check_out_closes_at": START + 4 * HOUR,
    }


def test_planned_at_short_notice_sign_up_is_open_until_the_beginning():
    now = START - 24 * HOUR
    times = build_default_times(now=now, starts=START, ends=START + 20 * MINUTE)
    assert (times["signup_opens_at"], times["signup_closes_at"]) == (now, START)
    assert times["check_in_closes_at"] == START + 20 * MINUTE


def test_entered_when_it_has_begun_sign_up_still_opens_before_it_closes():
    times = build_default_times(now=START + HOUR, starts=START, ends=START + 3 * HOUR)
    assert (times["signup_opens_at"], times["signup_closes_at"]) == (START - MINUTE, START)
