"""Pure rules of codes, windows, the circle and the flags, with codes made up by hypothesis."""

import math
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.rules.attendance import (
    DIRECTIONS,
    OWN_STEP_SECONDS,
    STEP_SECONDS,
    Presence,
    Times,
    attendance_window_problem,
    get_counted_span,
    is_within_circle,
    list_flags,
    make_personal_code,
    make_screen_token,
    read_direction,
    read_person,
)

BEIJING = ZoneInfo("Asia/Shanghai")
START = datetime(2018, 11, 10, 9, tzinfo=BEIJING)
MINUTE = timedelta(minutes=1)
KEY, SECRET = "ab" * 32, b"portal"
TIMES = Times(
    start=START,
    end=START + 180 * MINUTE,
    in_opens=START - 30 * MINUTE,
    in_closes=START + 30 * MINUTE,
    out_closes=START + 240 * MINUTE,
)

naive = START.replace(tzinfo=None)
moments = st.datetimes(naive, naive.replace(year=2030), timezones=st.just(BEIJING))
directions = st.sampled_from(DIRECTIONS)
seconds = st.integers(min_value=0, max_value=10**7)


# --- the code on the screen -------------------------------------------------------------------------------------


@given(moments, directions, st.integers(0, STEP_SECONDS))
def test_a_code_is_good_for_its_own_direction_for_a_step_at_least(now, direction, later):
    token = make_screen_token(KEY, 7, direction, now)
    assert read_direction(token, KEY, 7, now + timedelta(seconds=later)) == direction


@given(moments, directions, st.integers(2 * STEP_SECONDS, 10**7))
def test_a_code_is_dead_after_two_steps_whatever_the_moment(now, direction, later):
    token = make_screen_token(KEY, 7, direction, now)
    assert read_direction(token, KEY, 7, now + timedelta(seconds=later)) is None


@given(moments, directions, st.integers(STEP_SECONDS, 10**7))
def test_a_code_is_not_good_before_its_time(now, direction, earlier):
    token = make_screen_token(KEY, 7, direction, now)
    assert read_direction(token, KEY, 7, now - timedelta(seconds=earlier)) is None


@given(moments, directions, st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_code_is_of_no_use_for_another_activity(now, direction, own, other):
    token = make_screen_token(KEY, own, direction, now)
    assert read_direction(token, KEY, other, now) == (direction if own == other else None)
    assert read_direction(token, "cd" * 32, own, now) is None


@given(moments, directions)
def test_the_direction_cannot_be_turned_round(now, direction):
    token = make_screen_token(KEY, 7, direction, now)
    turned = {"i": "o", "o": "i"}[token[0]] + token[1:]
    assert read_direction(turned, KEY, 7, now) is None


@given(st.text() | st.from_regex(r"[io][A-Za-z0-9_-]{16}", fullmatch=True), moments)
def test_whatever_is_made_up_is_refused_and_never_an_error(garbage, now):
    assert read_direction(garbage, KEY, 7, now) is None
    assert read_person(garbage, SECRET, now) is None


@given(moments, directions, st.data())
def test_one_letter_changed_is_a_forgery(now, direction, data):
    token = make_screen_token(KEY, 7, direction, now)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters().filter(lambda found: found != token[place]))
    assert read_direction(token[:place] + letter + token[place + 1 :], KEY, 7, now) is None


def test_lone_surrogates_are_refused():
    assert read_direction("\ud800", KEY, 7, START) is None


def test_codes_change_every_15_and_every_30_seconds():
    midnight = START.replace(hour=0)
    screen = [make_screen_token(KEY, 7, "in", midnight + timedelta(seconds=second)) for second in range(60)]
    own = [make_personal_code(SECRET, 7, midnight + timedelta(seconds=second)) for second in range(60)]
    assert [screen.count(code) for code in dict.fromkeys(screen)] == [15] * 4
    assert [own.count(code) for code in dict.fromkeys(own)] == [30] * 2
    assert len(screen[0]) == 17


# --- a person's code --------------------------------------------------------------------------------------------


@given(st.integers(1, 10**9), moments, st.integers(0, OWN_STEP_SECONDS))
def test_a_persons_code_names_the_person(member, now, later):
    code = make_personal_code(SECRET, member, now)
    assert read_person(code, SECRET, now + timedelta(seconds=later)) == member


@given(st.integers(1, 10**9), moments, st.integers(60, 10**7))
def test_a_persons_code_is_of_no_use_a_minute_later(member, now, later):
    assert (
        read_person(make_personal_code(SECRET, member, now), SECRET, now + timedelta(seconds=later)) is None
    )


@given(st.integers(1, 10**9), st.integers(1, 10**9), moments)
def test_nobody_can_put_another_person_into_the_own_code(member, other, now):
    head, _, mac = make_personal_code(SECRET, member, now).split(".")
    assert read_person(f"{head}.{other}.{mac}", SECRET, now) == (member if member == other else None)
    assert read_person(make_personal_code(b"another portal", member, now), SECRET, now) is None


# --- the windows ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("direction", "at", "by_organiser", "word"),
    [
        ("in", -31, False, "还没有开始"),
        ("in", -30, False, ""),
        ("in", 29, False, ""),
        ("in", 30, False, "签入已于 09:30 截止"),
        ("in", 30, True, "签入已于 09:30 截止"),
        ("in", 31, False, "签入已于 09:30 截止"),
        ("in", 24 * 60, False, "活动已于 11月10日 12:00 结束"),
        ("out", -1, False, "活动还没有开始"),
        ("out", -1, True, "活动还没有开始"),
        ("out", 0, False, ""),
        ("out", 30, False, ""),
        ("out", 239, False, ""),
        ("out", 240, False, "签出已于 13:00 截止"),
        ("out", 241, False, "签出已于 13:00 截止"),
        ("out", 240, True, ""),
    ],
)
def test_the_windows(direction, at, by_organiser, word):
    problem = attendance_window_problem(TIMES, direction, START + at * MINUTE, by_organiser=by_organiser)
    assert word in problem and bool(word) == bool(problem)


@pytest.mark.parametrize(("at", "word"), [(31, ""), (179, ""), (180, "活动已于 12:00 结束")])
def test_a_latecomer_is_ticked_with_a_reason_until_the_activity_ends(at, word):
    problem = attendance_window_problem(TIMES, "in", START + at * MINUTE, by_organiser=True, by_hand=True)
    assert word in problem and bool(word) == bool(problem)


@pytest.mark.parametrize(
    ("reader", "offered"),
    [
        ("person", "请现场负责人在“手工登记”"),
        ("runner", "请另一位负责人在“手工登记”"),
        ("organiser", "请用“手工登记”"),
    ],
)
@pytest.mark.parametrize(("direction", "at"), [("in", 31), ("out", 241)])
def test_a_refusal_names_what_its_reader_can_do(reader, offered, direction, at):
    problem = attendance_window_problem(
        TIMES, direction, START + at * MINUTE, by_organiser=False, reader=reader
    )
    assert offered in problem
    assert ("在“补录”中申请" in problem) == (reader != "organiser")


def test_nothing_goes_in_a_closed_or_cancelled_activity():
    assert "考勤已经结束" in attendance_window_problem(
        replace(TIMES, closed=True), "in", START, by_organiser=True
    )
    assert "已取消" in attendance_window_problem(replace(TIMES, open=False), "in", START, by_organiser=True)


def test_another_day_is_named():
    assert "11月10日 08:30" in attendance_window_problem(
        TIMES, "in", START - timedelta(days=1), by_organiser=False
    )


# --- the circle -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("north", "accuracy", "inside"), [
        (0, 0, True), (450, 0, True), (550, 0, False), (550, 80, True), (5000, 99999, False), (499.5, 0, True),
        (500.5, 0, False), (499.5, -50, True), (500.5, -50, False), (699.5, 300, True), (700.5, 300, False),
    ]
)  # fmt: skip
def test_the_circle_is_as_wide_as_the_phone_is_unsure(north, accuracy, inside):
    latitude = 40.0 + north / (math.pi / 180 * 6_371_000)
    assert is_within_circle(latitude, 116.0, centre=(40.0, 116.0), radius=500, accuracy=accuracy) is inside


def test_the_centre_is_inside_and_the_other_side_of_the_earth_is_not():
    assert is_within_circle(40.0, 116.0, centre=(40.0, 116.0), radius=0)
    assert not is_within_circle(-87.5, 180.0, centre=(87.5, 0.0), radius=500)


@pytest.mark.parametrize("latitude", [0.0, 40.0, -40.0, 60.0])
def test_a_degree_to_the_east_is_shorter_away_from_the_equator(latitude):
    degree = math.cos(math.radians(latitude)) * math.pi / 180 * 6_371_000
    for metres, inside in ((499, True), (501, False), (-499, True), (-501, False)):
        place = (latitude, 116.0 + metres / degree)
        assert is_within_circle(*place, centre=(latitude, 116.0), radius=500) is inside


# --- flags ------------------------------------------------------------------------------------------------------


def make_presence(came: int = 0, left: int | None = 180, **more) -> Presence:
    out = None if left is None else START + left * MINUTE
    return Presence(**({"times": TIMES} | more), came=START + came * MINUTE, left=out)


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (make_presence(), []),
        (make_presence(-20, 200), []),
        (make_presence(10, 170), []),
        (make_presence(11), ["late_in"]),
        (make_presence(0, 169), ["early_out"]),
        (make_presence(0, 240), ["late_out"]),
        (make_presence(0, 241), ["late_out"]),
        (make_presence(10, 10, times=replace(TIMES, end=START + 15 * MINUTE)), ["early_out"]),
        (make_presence(-20, -10), ["early_out"]),
        (make_presence(0, 1, times=replace(TIMES, end=START + timedelta(seconds=59))), ["early_out"]),
        (make_presence(day_minutes=1260), []),
        (make_presence(day_minutes=1261), ["too_long"]),
        (make_presence(outside=True), ["outside"]),
        (make_presence(ticked=True), ["ticked"]),
        (make_presence(over_capacity=True), ["over_capacity"]),
        (make_presence(cap=180), []),
        (make_presence(cap=179), ["too_long"]),
        (make_presence(cap=480, day_minutes=300), []),
        (make_presence(cap=480, day_minutes=301), ["too_long"]),
        (make_presence(busy=[(START + 180 * MINUTE, START + 200 * MINUTE)]), []),
        (make_presence(busy=[(START + 179 * MINUTE, START + 200 * MINUTE)]), ["overlap"]),
        (make_presence(0, 60, busy=[(START + 60 * MINUTE, START + 90 * MINUTE)]), ["early_out"]),
        (make_presence(left=None), []),
    ],
)
def test_flags(there, expected):
    assert list_flags(there) == expected


def test_nobody_is_without_check_out_before_it_is_over():
    assert list_flags(make_presence(left=None), over=True) == ["no_check_out"]


@given(st.integers(-30, 29), st.integers(-30, 400))
def test_what_counts_lies_in_the_plan_and_in_the_time_present(came, left):
    if left < came:
        left = came
    there = make_presence(came, left)
    counted = get_counted_span(there)
    minutes = [m for m in range(180) if came <= m < left]
    assert (counted is None) == (not minutes)
    if counted:
        assert counted == (START + minutes[0] * MINUTE, START + (minutes[-1] + 1) * MINUTE)


@pytest.mark.parametrize(("by_organiser", "words"), [(True, "迟到的同学请用"), (False, "请现场负责人")])
def test_a_refusal_speaks_to_the_one_who_acts(by_organiser, words):
    assert words in attendance_window_problem(TIMES, "in", START + 31 * MINUTE, by_organiser=by_organiser)
