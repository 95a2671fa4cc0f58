"""Due dates, numbers, ranks and changes, compared with simpler calculations of the same."""

from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.rules.bulletins import (
    Change,
    Numbering,
    Schedule,
    compare_figures,
    compute_hundredths,
    compute_ranks,
    describe_correction,
    format_signed_points,
    list_dates_to_publish,
)

NOTICE = Schedule(date(2018, 10, 10), 2, date(2018, 12, 31))
TODAY = date(2018, 12, 31)

days = st.dates(date(2015, 1, 1), date(2030, 12, 31))
schedules = st.builds(
    lambda anchor, interval, span: Schedule(anchor, interval, anchor + timedelta(days=span)),
    days,
    st.integers(1, 40),
    st.integers(0, 800),
)
figures = st.integers(0, 300).flatmap(lambda members: st.tuples(st.integers(0, members), st.just(members)))


def count_on_calendar(schedule: Schedule) -> list[date]:
    """Return the due dates by counting on from the anchor, as on a calendar."""
    day, found = schedule.anchor, []
    while day <= schedule.ends_on:
        found.append(day)
        day += timedelta(days=schedule.interval_days)
    return found


def test_the_notice_names_the_even_days_of_october_and_the_odd_ones_of_november():
    october = [date(2018, 10, day) for day in range(10, 31, 2)]
    november = [date(2018, 11, day) for day in range(1, 30, 2)]
    assert NOTICE.dates(since=date(2018, 10, 1), until=date(2018, 11, 30)) == october + november


@pytest.mark.parametrize(
    ("on", "number"), [((2018, 10, 10), 1), ((2018, 10, 30), 11), ((2018, 11, 1), 12), ((2018, 12, 31), 42)]
)
def test_a_date_has_the_number_of_its_place_after_the_first_issue(on, number):
    assert Numbering(NOTICE, date(2018, 10, 10)).number(date(*on)) == number


@pytest.mark.parametrize(
    ("first_number", "on", "number"),
    [
        (1, (2018, 10, 16), 1),
        (1, (2018, 10, 18), 2),
        (1, (2018, 11, 1), 9),
        (4, (2018, 10, 16), 4),
        (4, (2018, 10, 20), 6),
        (4, (2018, 10, 14), 3),
        (4, (2018, 10, 10), 1),
    ],
)
def test_a_school_that_starts_late_counts_from_its_own_first_issue(first_number, on, number):
    numbering = Numbering(NOTICE, date(2018, 10, 16), first_number)
    assert numbering.number(date(*on)) == number
    assert numbering.problem(date(*on)) == ""


def test_any_date_can_be_the_first_issue():
    assert (Numbering(NOTICE).number(date(2018, 10, 16)), Numbering(NOTICE).problem(date(2018, 10, 16))) == (
        1,
        "",
    )
    assert Numbering(NOTICE, None, 7).number(date(2018, 11, 1)) == 7


def test_a_date_before_the_first_issue_has_no_number_below_one():
    assert Numbering(NOTICE, date(2018, 10, 16), 2).problem(date(2018, 10, 12)) == (
        "本年度的通报从2018年10月16日（第2期）开始，10月12日在首期以前，没有期号可用，不能补发"
    )


@given(schedules, st.integers(0, 20), st.integers(1, 20))
def test_numbers_rise_by_one_from_date_to_date(schedule, place, first_number):
    due = count_on_calendar(schedule)
    numbering = Numbering(schedule, due[place % len(due)], first_number)
    numbers = [numbering.number(day) for day in due]
    assert numbers == list(range(numbers[0], numbers[0] + len(due)))
    assert numbers[place % len(due)] == first_number
    assert [not numbering.problem(day) for day in due] == [number >= 1 for number in numbers]


@pytest.mark.parametrize(
    ("on", "reason"),
    [
        (date(2018, 10, 31), "10月31日不是通报日，临近的通报日为10月30日、11月1日"),
        (date(2018, 10, 11), "10月11日不是通报日，临近的通报日为10月10日、10月12日"),
        (date(2018, 10, 9), "2018年10月9日不在通报期内（2018年10月10日至2018年12月31日）"),
        (date(2019, 1, 2), "2019年1月2日不在通报期内（2018年10月10日至2018年12月31日）"),
    ],
)
def test_a_date_outside_the_series_is_refused_with_the_reason(on, reason):
    assert NOTICE.issue_problem(on, today=TODAY) == reason


def test_a_date_to_come_is_refused():
    assert (
        NOTICE.issue_problem(date(2018, 10, 14), today=date(2018, 10, 13))
        == "2018年10月14日还没有到，不能提前发布"
    )
    assert NOTICE.issue_problem(date(2018, 10, 14), today=date(2018, 10, 14)) == ""


def test_after_the_last_date_only_the_one_before_is_near():
    until_the_12th = Schedule(date(2018, 10, 10), 2, date(2018, 10, 13))
    assert (
        until_the_12th.issue_problem(date(2018, 10, 13), today=TODAY)
        == "10月13日不是通报日，临近的通报日为10月12日"
    )


@given(schedules, st.integers(-50, 900))
def test_dates_and_numbers_are_those_of_the_calendar(schedule, offset):
    on = schedule.anchor + timedelta(days=offset)
    due = count_on_calendar(schedule)
    assert schedule.is_due(on) == (on in due)
    assert schedule.next_on(on) == next((day for day in due if day > on), None)
    if on in due:
        assert schedule.count_from(due[0], on) == due.index(on) == -schedule.count_from(on, due[0])


@given(schedules, st.integers(-50, 900), st.integers(-50, 900))
def test_a_span_holds_exactly_the_due_dates_in_it(schedule, start, end):
    since, until = (schedule.anchor + timedelta(days=offset) for offset in (start, end))
    assert schedule.dates(since=since, until=until) == [
        day for day in count_on_calendar(schedule) if since <= day <= until
    ]


@given(schedules, st.integers(-50, 900))
def test_a_reason_is_given_exactly_for_dates_that_cannot_be_published(schedule, offset):
    on = schedule.anchor + timedelta(days=offset)
    assert bool(schedule.issue_problem(on, today=date(2099, 1, 1))) == (on not in count_on_calendar(schedule))


def test_february_of_a_leap_year_is_stepped_over_like_any_other():
    assert Schedule(date(2024, 2, 27), 2, date(2024, 3, 4)).dates(
        since=date(2024, 2, 27), until=date(2024, 3, 4)
    ) == [date(2024, 2, 27), date(2024, 2, 29), date(2024, 3, 2), date(2024, 3, 4)]


def make_moment(day: int, hour: int) -> datetime:
    return datetime(2018, 10, day, hour)  # noqa: DTZ001


def test_today_is_published_from_eight_on_and_what_was_missed_at_any_hour():
    since, issued = date(2018, 10, 1), {date(2018, 10, 10)}
    assert list_dates_to_publish(NOTICE, since=since, now=make_moment(14, 7), issued=issued) == [
        date(2018, 10, 12)
    ]
    assert list_dates_to_publish(NOTICE, since=since, now=make_moment(14, 8), issued=issued) == [
        date(2018, 10, 12),
        date(2018, 10, 14),
    ]


@pytest.mark.parametrize("hour", [8, 9, 23])
def test_from_eight_to_midnight_today_is_published(hour):
    assert list_dates_to_publish(
        NOTICE, since=date(2018, 10, 14), now=make_moment(14, hour), issued=set()
    ) == [date(2018, 10, 14)]


def test_yesterday_is_published_in_the_night():
    assert list_dates_to_publish(NOTICE, since=date(2018, 10, 14), now=make_moment(15, 0), issued=set()) == [
        date(2018, 10, 14)
    ]


def test_dates_before_the_portal_was_there_are_left_alone():
    assert list_dates_to_publish(NOTICE, since=date(2018, 10, 13), now=make_moment(15, 9), issued=set()) == [
        date(2018, 10, 14)
    ]


@given(st.lists(figures, max_size=12))
def test_the_rank_is_one_more_than_the_number_of_colleges_ahead(lines):
    rates = [Fraction(*line) if line[1] else None for line in lines]
    assert compute_ranks(lines) == [
        None if rate is None else 1 + sum(other is not None and other > rate for other in rates)
        for rate in rates
    ]


def test_equal_rates_share_a_place_and_the_next_one_is_left_out():
    assert compute_ranks([(1, 3), (2, 6), (1, 4), (0, 0), (3, 3)]) == [2, 2, 4, None, 1]


@given(figures, figures)
def test_the_change_is_the_difference_of_the_rates_as_shown(now, before):
    found = compare_figures(now, before)
    assert found.registered == now[0] - before[0]
    if now[1] and before[1]:
        assert (
            found.points
            == Fraction(10_000 * now[0], now[1]) // 1 - Fraction(10_000 * before[0], before[1]) // 1
        )
    else:
        assert found.points is None


def test_a_first_issue_has_no_change():
    assert compare_figures((5, 10), None) is None


def test_points_carry_their_sign():
    assert [format_signed_points(points) for points in (320, -5, 0, -10_000)] == [
        "+3.20",
        "−0.05",
        "0.00",
        "−100.00",
    ]
    assert compute_hundredths(113, 119) == 9495
    assert Change(-3, None).registered_text == "−3"
    assert Change(0, None).points_text == "—"
    assert [format_signed_points(points) for points in (1, -1, 99, -101)] == [
        "+0.01",
        "−0.01",
        "+0.99",
        "−1.01",
    ]
    assert [Change(people, None).registered_text for people in (3, 1, 0, -1)] == ["+3", "+1", "0", "−1"]


def test_points_leave_as_a_number_and_as_text():
    assert (Change(1, 320).points_number, Change(1, 320).points_text) == (3.2, "+3.20")
    assert Change(1, None).points_number is None


# --- 勘误 ---------------------------------------------------------------------------------------------------


def test_a_correction_names_the_figures_that_changed_and_no_others():
    now, before = {"rank": 1, "members": 8, "registered": 5}, {"rank": 2, "members": 8, "registered": 4}
    assert describe_correction(now, before) == "排名 2→1，已注册 4→5"
    assert describe_correction(now, now) == ""
    assert describe_correction({"rank": None}, {"rank": 3}) == "排名 3→—"
    assert describe_correction(now, None) == "原通报没有列出"
