"""Doubts about confirming hours, compared with a plain reference that looks at every single minute."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.rules.hours import (
    MINUTE,
    Case,
    Doubt,
    Piece,
    Verdict,
    add_working_days,
    count_whole_minutes,
    cut_span,
    find_free_stretches,
    find_last_late_day,
    is_same_service,
    is_simultaneous,
    judge_case,
    long_service_problem,
    propose_span,
    span_problem,
    sum_minutes_of_day,
)
from members.working_days import WEEKDAYS, WorkingDays

BEIJING = ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime(2018, 11, 10, tzinfo=BEIJING)
CAP = 480


def to_moment(minute: int) -> datetime:
    """Return the moment so many minutes after midnight of 10 November."""
    return MIDNIGHT + minute * MINUTE


def make_piece(pk: int, start: int, end: int, *, confirmed: bool = True, service: int | None = None) -> Piece:
    day = to_moment(start).date()
    source = "attendance" if service is None else "league"
    return Piece(pk, source, day, end - start, to_moment(start), to_moment(end), confirmed, service)


# --- whole minutes, cutting -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 0), (59, 0), (60, 1), (119, 1), (3599, 59), (3600, 60)])
def test_only_full_minutes_count(seconds, minutes):
    assert count_whole_minutes(MIDNIGHT, MIDNIGHT + timedelta(seconds=seconds)) == minutes


def test_an_end_before_the_start_is_no_time():
    assert count_whole_minutes(to_moment(10), to_moment(5)) == 0


@pytest.mark.parametrize(
    ("span", "left"),
    [
        ((0, 30), (10, 20)),
        ((12, 15), (12, 15)),
        ((0, 15), (10, 15)),
        ((0, 10), None),
        ((20, 30), None),
        ((0, 5), None),
        ((25, 30), None),
    ],
)
def test_time_present_is_cut_to_the_planned_span(span, left):
    found = cut_span(to_moment(span[0]), to_moment(span[1]), to_moment(10), to_moment(20))
    assert found == (left and (to_moment(left[0]), to_moment(left[1])))


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (600, 600, "晚于"),
        (600, 540, "晚于"),
        (0, 24 * 60 + 1, "24 小时"),
        (600, 721, "还没有结束"),
        (600, 720, ""),
    ],
)
def test_a_time_of_service_is_past_and_at_most_a_day(start, end, said):
    problem = span_problem(
        to_moment(start),
        to_moment(end),
        max(to_moment(720), to_moment(end) if end > 1000 else to_moment(720)),
    )
    assert said in problem if said else problem == ""


@pytest.mark.parametrize(
    ("start", "seconds", "said"),
    [
        (datetime(1999, 12, 31, 9, tzinfo=BEIJING), 3600, "服务日期早于 2000 年，请核对。"),
        (datetime(2000, 1, 1, tzinfo=BEIJING), 3600, ""),
        (MIDNIGHT, 59, "时长不足 1 分钟。"),
        (MIDNIGHT, 60, ""),
        (MIDNIGHT, 24 * 3600, ""),
    ],
)
def test_a_time_of_service_has_a_first_day_and_a_first_minute(start, seconds, said):
    end = start + timedelta(seconds=seconds)
    assert span_problem(start, end, end) == said
    assert span_problem(start, end, end + timedelta(days=30)) == said


@pytest.mark.parametrize(
    ("minutes", "cap", "said"),
    [
        (480, 480, ""),
        (481, 480, "每日上限 8 小时"),
        (451, 450, "每日上限 7.5 小时"),
        (720, 1440, ""),
        (721, 1440, "超过 12 小时"),
    ],
)
def test_more_than_the_cap_or_half_a_day_is_asked_about(minutes, cap, said):
    problem = long_service_problem(to_moment(0), to_moment(minutes), cap)
    assert said in problem and bool(said) == bool(problem)


# --- working days ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "count", "due"),
    [
        (date(2018, 11, 9), 1, date(2018, 11, 12)),  # from Friday to Monday
        (date(2018, 11, 10), 1, date(2018, 11, 12)),  # from Saturday to Monday
        (date(2018, 11, 11), 1, date(2018, 11, 12)),
        (date(2018, 11, 12), 10, date(2018, 11, 26)),
        (date(2018, 11, 10), 10, date(2018, 11, 23)),
    ],
)
def test_a_term_of_working_days_ends_on(since, count, due):
    assert add_working_days(since, count, WEEKDAYS) == due


def test_a_term_of_working_days_leaves_out_holidays_and_takes_in_exchanged_weekends():
    october = WorkingDays({date(2018, 9, 30): True} | {date(2018, 10, day): False for day in range(1, 8)})
    assert add_working_days(date(2018, 9, 28), 2, october) == date(2018, 10, 8)


days = st.dates(date(2018, 1, 1), date(2020, 12, 31))
calendars = st.dictionaries(days, st.booleans(), max_size=60).map(WorkingDays)


@given(days, st.integers(1, 60), calendars)
def test_a_term_of_working_days_equals_counting_day_by_day(since, count, calendar):
    day, left = since, count
    while left:
        day += timedelta(days=1)
        left -= calendar.exceptions.get(day, day.weekday() < 5)
    assert add_working_days(since, count, calendar) == day


@given(days, st.integers(1, 60), calendars)
def test_the_last_late_day_is_late_and_the_next_is_not(today, count, calendar):
    day = find_last_late_day(count, today, calendar)
    assert add_working_days(day, count, calendar) < today
    assert add_working_days(day + timedelta(days=1), count, calendar) >= today


# --- against every single minute ------------------------------------------------------------------------------

spans = st.tuples(st.integers(0, 1600), st.integers(1, 900)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def list_minutes(span: tuple[int, int]) -> set[int]:
    return set(range(*span))


@given(spans, st.lists(spans, max_size=6))
def test_free_stretches_are_the_minutes_that_nothing_covers(wanted, taken):
    found = find_free_stretches(
        to_moment(wanted[0]), to_moment(wanted[1]), [(to_moment(a), to_moment(b)) for a, b in taken]
    )
    free = list_minutes(wanted) - set().union(*map(list_minutes, taken))
    covered = [
        minute for a, b in found for minute in range((a - MIDNIGHT) // MINUTE, (b - MIDNIGHT) // MINUTE)
    ]
    assert covered == sorted(free)
    assert all(a < b for a, b in found)
    assert all(later[0] > earlier[1] for earlier, later in pairwise(found))


@given(spans, st.lists(spans, max_size=6), st.integers(0, 900))
def test_what_is_proposed_is_the_longest_run_of_free_minutes_within_the_room(wanted, taken, room):
    found = propose_span(
        to_moment(wanted[0]), to_moment(wanted[1]), [(to_moment(a), to_moment(b)) for a, b in taken], room
    )
    free = list_minutes(wanted) - set().union(*map(list_minutes, taken))
    longest, run = 0, 0
    for minute in range(wanted[0], wanted[1]):
        run = run + 1 if minute in free else 0
        longest = max(longest, run)
    expected = min(longest, room)
    assert (count_whole_minutes(*found) if found else 0) == expected
    if found:
        assert list_minutes(((found[0] - MIDNIGHT) // MINUTE, (found[1] - MIDNIGHT) // MINUTE)) <= free


others = st.lists(st.tuples(spans, st.booleans(), st.sampled_from([None, None, 7, 8])), max_size=6).map(
    lambda rows: [
        make_piece(pk, *span, confirmed=confirmed, service=service)
        for pk, (span, confirmed, service) in enumerate(rows, start=10)
    ]
)


@given(spans, others, st.sampled_from([None, 7]))
def test_the_verdict_is_that_of_a_look_at_every_minute(span, others, service):
    own = make_piece(1, *span, confirmed=False, service=service)
    verdict = judge_case(Case(own, others, CAP))
    same = {other.pk for other in others if service is not None and other.service == service}
    theirs = {
        other.pk: list_minutes(((other.start - MIDNIGHT) // MINUTE, (other.end - MIDNIGHT) // MINUTE))
        for other in others
    }
    clash = [o.pk for o in others if o.confirmed and o.pk not in same and list_minutes(span) & theirs[o.pk]]
    assert sorted(other.pk for other in verdict.clashes) == clash
    assert (Doubt.OVERLAP in verdict.doubts) == bool(clash)
    waits = any(not o.confirmed and list_minutes(span) & theirs[o.pk] for o in others)
    assert (Doubt.OVERLAP_PENDING in verdict.doubts) == waits
    by_service: dict[object, int] = {}
    for other in others:
        if other.confirmed and other.pk not in same and other.served_on == own.served_on:
            key = other.service or f"alone {other.pk}"
            by_service[key] = max(by_service.get(key, 0), len(theirs[other.pk]))
    assert (Doubt.OVER_CAP in verdict.doubts) == (sum(by_service.values()) + len(list_minutes(span)) > CAP)
    assert verdict.blocked == (bool(clash) or Doubt.OVER_CAP in verdict.doubts)


@given(spans, others)
def test_what_is_proposed_can_be_confirmed(span, others):
    own = make_piece(1, *span, confirmed=False)
    if instead := judge_case(Case(own, others, CAP)).proposal:
        start, end = ((moment - MIDNIGHT) // MINUTE for moment in instead)
        changed = make_piece(1, start, end, confirmed=False)
        if changed.served_on == own.served_on:
            assert not judge_case(Case(changed, others, CAP)).blocked


# --- single cases ---------------------------------------------------------------------------------------------


def test_what_begins_when_another_ends_does_not_overlap():
    verdict = judge_case(
        Case(
            make_piece(1, 600, 660, confirmed=False), [make_piece(2, 540, 600), make_piece(3, 660, 700)], CAP
        )
    )
    assert verdict.doubts == ()


def test_they_meet_while_both_run():
    one = make_piece(1, 600, 660)
    assert [is_simultaneous(one, make_piece(2, *span)) for span in ((540, 600), (540, 601), (610, 620), (659, 700), (660, 700))] == [
        False, True, True, True, False,
    ]  # fmt: skip
    for unknown in ("start", "end"):
        assert not is_simultaneous(one, replace(one, **{unknown: None}))
        assert not is_simultaneous(replace(one, **{unknown: None}), one)


def test_only_what_is_linked_is_the_same_service():
    one, other = make_piece(1, 0, 60), make_piece(2, 0, 60)
    assert not is_same_service(one, other)
    assert is_same_service(replace(one, service=3), replace(other, service=3))
    assert not is_same_service(replace(one, service=3), replace(other, service=4))
    assert not is_same_service(replace(one, service=3), other)


def test_where_nothing_is_free_or_no_room_is_left_nothing_is_proposed():
    assert propose_span(to_moment(0), to_moment(60), [(to_moment(0), to_moment(60))], 480) is None
    assert propose_span(to_moment(0), to_moment(60), [], 0) is None
    assert propose_span(to_moment(0), to_moment(60), [], -5) is None
    assert propose_span(to_moment(0), to_moment(60), [], 1) == (to_moment(0), to_moment(1))
    assert (
        propose_span(
            to_moment(0), to_moment(60), [(to_moment(0), to_moment(60) - timedelta(seconds=30))], 480
        )
        is None
    )


def test_of_two_free_stretches_as_long_as_each_other_the_first_is_proposed():
    assert propose_span(to_moment(0), to_moment(130), [(to_moment(60), to_moment(70))], 480) == (
        to_moment(0),
        to_moment(60),
    )
    assert propose_span(to_moment(0), to_moment(130), [(to_moment(60), to_moment(70))], 45) == (
        to_moment(0),
        to_moment(45),
    )


def test_what_fits_is_proposed_to_the_second():
    half = timedelta(seconds=30)
    assert propose_span(to_moment(0), to_moment(60) + half, [], 480) == (to_moment(0), to_moment(60) + half)
    assert propose_span(to_moment(0), to_moment(60) + half, [], 60) == (to_moment(0), to_moment(60) + half)


@pytest.mark.parametrize(
    ("taken", "free"),
    [
        ([(0, 10)], [(10, 60)]),
        ([(50, 60), (70, 80)], [(0, 50)]),
        ([(50, 70), (80, 90)], [(0, 50)]),
        ([(60, 70)], [(0, 60)]),
        ([(70, 80)], [(0, 60)]),
        ([(-20, -10), (10, 20), (20, 30)], [(0, 10), (30, 60)]),
        ([(-10, 70), (65, 80)], []),
    ],
)
def test_what_is_free_ends_where_something_begins_and_begins_where_it_ends(taken, free):
    found = find_free_stretches(to_moment(0), to_moment(60), [(to_moment(a), to_moment(b)) for a, b in taken])
    assert found == [(to_moment(a), to_moment(b)) for a, b in free]


@pytest.mark.parametrize(
    ("case", "doubts", "own", "needs_change", "words"),
    [
        ({}, (), False, False, []),
        ({"planned": (600, 660)}, (), False, False, []),
        ({"planned": (540, 720)}, (), False, False, []),
        ({"planned": (601, 660)}, (Doubt.OUTSIDE_ACTIVITY,), False, False, ["不在活动的计划时间内"]),
        ({"planned": (600, 659)}, (Doubt.OUTSIDE_ACTIVITY,), False, False, ["不在活动的计划时间内"]),
        ({"not_seen": True}, (Doubt.NOT_SEEN,), False, False, ["街乡确认的到场名单中没有此人"]),
        ({"own": True}, (Doubt.OWN,), True, False, ["本人的记录，须由他人审核"]),
        ({"cap": 59}, (Doubt.OVER_CAP,), False, True, ["超过每日时长上限"]),
        ({"others": [make_piece(2, 659, 700)]}, (Doubt.OVERLAP,), False, True, ["与已确认的服务时间重叠"]),
        ({"late": True}, (Doubt.LATE,), False, False, ["已超过确认期限"]),
    ],
)
def test_a_verdict_says_in_words_what_to_do(case, doubts, own, needs_change, words):
    planned = case.get("planned")
    facts = (
        {"others": [], "cap": CAP}
        | case
        | {"planned": planned and (to_moment(planned[0]), to_moment(planned[1]))}
    )
    verdict = judge_case(Case(make_piece(1, 600, 660, confirmed=False), **facts))
    assert (verdict.doubts, verdict.own, verdict.needs_change) == (doubts, own, needs_change)
    assert verdict.words == words
    assert bool(verdict.proposal) is needs_change


@pytest.mark.parametrize(("minutes", "over"), [(480, False), (481, True)])
def test_the_cap_itself_is_allowed(minutes, over):
    verdict = judge_case(Case(make_piece(1, 0, minutes, confirmed=False), [], CAP))
    assert (Doubt.OVER_CAP in verdict.doubts) == over


def test_a_service_of_another_century_is_a_slip():
    start = datetime(1918, 10, 1, 9, tzinfo=BEIJING)
    assert "早于 2000 年" in span_problem(start, start + timedelta(hours=1), start + timedelta(days=9))


def test_the_cap_is_of_the_day_on_which_service_began():
    """Ten hours over two nights: the three that begin before midnight belong to the evening's day."""
    evening = make_piece(1, 22 * 60, 25 * 60, confirmed=False)
    morning = make_piece(2, 25 * 60, 33 * 60)
    assert judge_case(Case(evening, [morning], CAP)).doubts == ()


def test_records_without_times_count_towards_the_cap_but_overlap_nothing():
    day = Piece(2, "league", MIDNIGHT.date(), 400, None, None)
    verdict = judge_case(Case(make_piece(1, 600, 720, confirmed=False), [day], CAP))
    assert verdict.doubts == (Doubt.OVER_CAP,)
    assert count_whole_minutes(*verdict.proposal) == 80
    assert verdict.day_minutes == 400


def test_the_same_service_in_another_ledger_is_told_but_does_not_stand_against_it():
    own = make_piece(1, 540, 840, confirmed=False, service=1)
    verdict = judge_case(Case(own, [make_piece(2, 540, 840, service=1)], CAP))
    assert verdict.doubts == (Doubt.OTHER_LEDGER,)
    assert not verdict.blocked


def test_linked_records_count_once_towards_the_day():
    linked = [make_piece(2, 0, 120, service=2), make_piece(3, 0, 150, service=2), make_piece(4, 200, 230)]
    assert sum_minutes_of_day(linked, MIDNIGHT.date()) == 180
    elsewhere = [make_piece(5, 1440, 1500), make_piece(6, 0, 60, confirmed=False), make_piece(7, -60, 0)]
    assert sum_minutes_of_day(elsewhere, MIDNIGHT.date()) == 0


def test_a_verdict_without_others_that_day_counts_none():
    assert (
        judge_case(Case(make_piece(1, 600, 660, confirmed=False), [], CAP))
        == Verdict((), (), 0, None)
        == Verdict(())
    )


def test_what_is_left_is_named_worst_first():
    case = Case(
        make_piece(1, 530, 600, confirmed=False),
        [],
        CAP,
        planned=(to_moment(540), to_moment(600)),
        evidence_used=True,
        own=True,
        late=True,
    )
    verdict = judge_case(case)
    assert verdict.doubts == (Doubt.OWN, Doubt.SAME_EVIDENCE, Doubt.OUTSIDE_ACTIVITY, Doubt.LATE)
    assert verdict.blocked
    assert not verdict.needs_change
