"""Points, places and terms of 学院考核, and their laws."""

from datetime import date, timedelta
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.working_days import WEEKDAYS, WorkingDays
from reports.rules.assessment import (
    BY_KEY,
    INDICATORS,
    OF_BRANCHES,
    SUGGESTED,
    Line,
    Measure,
    PersonFacts,
    Score,
    compute_places,
    compute_points,
    is_done_in_term,
    measure_cases,
    measure_person,
    measure_text,
    points_text,
    rank_scores,
    restore_line,
    score_unit,
    weights_problem,
)

WEIGHTS = st.integers(0, 100)
COUNTS = st.integers(0, 5000)


def make_score(name, total, members=1):
    """Return a score of `total` points out of 100, with that many members."""
    line = Line(BY_KEY["hours"], 100, Measure(total, 100))
    return Score(1, name, (Line(BY_KEY["registered"], 0, Measure(members, members)), line))


# --- points -----------------------------------------------------------------------------------------------------


@given(WEIGHTS, COUNTS, st.integers(1, 5000))
def test_points_are_the_exact_fraction_rounded_down_to_hundredths(weight, counted, of):
    exact = weight * min(Fraction(1), Fraction(counted, of))
    assert compute_points(weight, Measure(counted, of)) == floor(100 * exact)


@given(WEIGHTS, COUNTS, st.integers(1, 5000))
def test_more_counted_never_gives_fewer_points_and_never_more_than_the_weight(weight, counted, of):
    less, more = (
        compute_points(weight, Measure(counted, of)),
        compute_points(weight, Measure(counted + 1, of)),
    )
    assert 0 <= less <= more <= 100 * weight


@pytest.mark.parametrize(
    ("weight", "counted", "of", "expected"),
    [
        (20, 113, 119, 1899),
        (20, 119, 119, 2000),
        (20, 120, 119, 2000),
        (1, 1, 3, 33),
        (1, 2, 3, 66),
        (7, 0, 9, 0),
    ],
)
def test_points_of(weight, counted, of, expected):
    assert compute_points(weight, Measure(counted, of)) == expected


def test_nothing_to_measure_gives_nothing_unless_there_was_nothing_to_do():
    assert compute_points(10, Measure()) == 0
    assert compute_points(10, Measure(), idle_is_full=True) == 1000
    assert compute_points(10, Measure(0, 3), idle_is_full=True) == 0


def test_only_terms_are_full_without_a_case():
    assert [one.key for one in INDICATORS if one.idle_is_full] == ["objections", "confirmed"]


def test_what_a_college_does_itself_is_not_measured_in_its_branches():
    own = ["paired", "offline", "bound", "objections", "confirmed"]
    assert [one.key for one in INDICATORS if not one.by_branch] == own
    assert {one.key for one in INDICATORS} - OF_BRANCHES == set(own)


def test_a_line_is_complete_with_all_its_points_only():
    paired, first = Line(BY_KEY["paired"], 5, Measure(1, 1)), Line(BY_KEY["first"], 10, Measure(99, 100))
    assert (paired.points_text, paired.text, paired.complete) == ("5.00", "已完成", True)
    assert (first.points_text, first.complete) == ("9.90", False)
    assert paired.indicator.citation == "三（三）"
    assert Line(BY_KEY["objections"], 5, Measure()).complete


KEPT = {"key": "hours", "label": "达标率", "counted": 3, "of": 7, "weight": 15, "points": 600}


def test_a_kept_line_is_called_read_and_worth_what_it_was_then():
    line = restore_line(KEPT | {"unit": "cases"})
    assert (line.indicator.label, line.text, line.points_text) == ("达标率", "3/7", "6.00")
    gone = restore_line(KEPT | {"key": "of former times", "unit": "yes"})
    assert (gone.indicator.label, gone.text, gone.points) == ("达标率", "已完成", 600)


def test_a_line_that_was_kept_without_its_unit_is_read_by_that_of_its_indicator():
    assert restore_line(KEPT | {"key": "paired"}).text == "已完成"


def test_measures_add_up():
    assert Measure(3, 4) + Measure(1, 7) == Measure(4, 11)
    assert Measure() == Measure(0, 0)


@pytest.mark.parametrize(("value", "text"), [(0, "0.00"), (5, "0.05"), (1899, "18.99"), (10_000, "100.00")])
def test_points_are_read_with_two_places(value, text):
    assert points_text(value) == text


@pytest.mark.parametrize(
    ("unit", "counted", "of", "text"),
    [
        ("people", 3, 4, "3/4"),
        ("people", 0, 0, "不适用"),
        ("cases", 0, 0, "无"),
        ("cases", 0, 2, "0/2"),
        ("yes", 1, 1, "已完成"),
        ("yes", 0, 1, "未完成"),
        ("minutes", 210, 1200, "3.5/20 小时"),
        ("minutes", 1199, 1200, "19.9/20 小时"),
        ("minutes", 6, 59, "0.1/0.9 小时"),
        ("minutes", 0, 0, "不适用"),
    ],
)
def test_a_measure_is_read_by_its_unit(unit, counted, of, text):
    assert measure_text(unit, Measure(counted, of)) == text


# --- weights ----------------------------------------------------------------------------------------------------


def test_the_suggested_weights_may_be_published():
    assert weights_problem(SUGGESTED) == ""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"registered": 21}, "现在是 101"),
        ({"registered": 19}, "现在是 99"),
        ({"registered": -5, "hours": 40}, "0 至 100"),
        ({"registered": -1, "hours": 36}, "0 至 100"),
        ({"registered": 101, "hours": 15}, "0 至 100"),
        ({"unheard": 0}, "每项指标"),
    ],
)
def test_other_weights_are_refused_with_what_is_wrong(changed, said):
    assert said in weights_problem(SUGGESTED | changed)


def test_a_weight_of_a_hundred_and_of_nothing_may_be_published():
    assert weights_problem(dict.fromkeys(SUGGESTED, 0) | {"hours": 100}) == ""


def test_a_missing_indicator_is_refused():
    assert "每项指标" in weights_problem(
        {key: 0 for key in SUGGESTED if key != "hours"} | {"registered": 100}
    )


# --- score and place --------------------------------------------------------------------------------------------


@given(
    st.dictionaries(st.sampled_from(list(BY_KEY)), st.builds(Measure, COUNTS, COUNTS), min_size=1),
)
def test_a_score_is_the_sum_of_its_lines_and_within_what_can_be_reached(measures):
    made = score_unit(1, "法学院", measures, SUGGESTED)
    assert made.total == sum(line.points for line in made.lines) <= 100 * int(made.full_text)
    assert [line.indicator.key for line in made.lines] == [key for key in BY_KEY if key in measures]


def test_full_marks_are_a_hundred():
    made = score_unit(1, "法学院", {key: Measure(3, 3) for key in BY_KEY}, SUGGESTED)
    assert (made.text, made.full_text) == ("100.00", "100")
    assert all(line.complete for line in made.lines)


def test_equal_scores_share_a_place_and_the_next_is_left_out():
    scores = [make_score("甲", 80), make_score("乙", 90), make_score("丙", 80), make_score("丁", 70)]
    assert compute_places(scores) == [2, 1, 2, 4]
    assert [(place, one.name) for place, one in rank_scores(scores)] == [
        (1, "乙"),
        (2, "丙"),
        (2, "甲"),
        (4, "丁"),
    ]


def test_without_members_there_is_no_place_and_nobody_is_behind_it():
    scores = [make_score("空", 100, members=0), make_score("甲", 10)]
    assert compute_places(scores) == [None, 1]
    assert [one.name for _, one in rank_scores(scores)] == ["甲", "空"]
    visited = Score(
        1, "只有群众", (Line(BY_KEY["registered"], 20, Measure()), Line(BY_KEY["visits"], 10, Measure(1, 1)))
    )
    assert not visited.placed


# --- what a person adds -----------------------------------------------------------------------------------------


def test_a_member_adds_to_everything_that_people_make():
    facts = PersonFacts(member=True, registered=True, joined=True, served=True, minutes=1200, visits=2)
    assert measure_person(facts, required_minutes=1200, semesters=2) == {
        "visits": Measure(2, 2),
        "registered": Measure(1, 1),
        "joined": Measure(1, 1),
        "reported": Measure(1, 1),
        "hours": Measure(1, 1),
        "per_head": Measure(1200, 1200),
    }


def test_another_student_adds_to_the_visits_only():
    facts = PersonFacts(member=False, registered=True, minutes=1200, visits=1)
    assert measure_person(facts, required_minutes=1200, semesters=2) == {"visits": Measure(1, 2)}


def test_a_member_who_did_nothing_counts_among_those_who_could_have():
    assert measure_person(PersonFacts(member=True), required_minutes=1200, semesters=2) == {
        "visits": Measure(0, 2),
        "registered": Measure(0, 1),
        "joined": Measure(0, 1),
        "reported": Measure(0, 1),
        "hours": Measure(0, 1),
        "per_head": Measure(0, 1200),
    }


def test_what_is_not_known_is_not_done():
    assert PersonFacts(member=True) == PersonFacts(True, False, False, False, 0, 0)


@pytest.mark.parametrize("lacking", ["registered", "joined", "served"])
def test_reported_needs_all_three(lacking):
    facts = PersonFacts(
        **{"member": True, "registered": True, "joined": True, "served": True} | {lacking: False}
    )
    assert measure_person(facts, required_minutes=1200, semesters=1)["reported"] == Measure(0, 1)


def test_one_minute_short_is_short():
    facts = PersonFacts(member=True, minutes=1199)
    assert measure_person(facts, required_minutes=1200, semesters=1)["hours"] == Measure(0, 1)
    more = PersonFacts(member=True, minutes=1201)
    assert measure_person(more, required_minutes=1200, semesters=1)["hours"] == Measure(1, 1)
    assert measure_person(more, required_minutes=1200, semesters=1)["per_head"] == Measure(1201, 1200)


def test_visits_are_not_more_than_the_semesters_that_have_begun():
    facts = PersonFacts(member=False, visits=2)
    assert measure_person(facts, required_minutes=1200, semesters=1)["visits"] == Measure(1, 1)
    assert measure_person(facts, required_minutes=1200, semesters=0)["visits"] == Measure(0, 0)


# --- terms ------------------------------------------------------------------------------------------------------

MONDAY = date(2018, 11, 5)


@pytest.mark.parametrize(
    ("days", "today", "answer"),
    [(14, 30, True), (15, 30, False), (None, 3, None), (None, 14, None), (None, 15, False), (0, 0, True)],
)
def test_ten_working_days_from_a_monday_end_two_weeks_later(days, today, answer):
    done = None if days is None else MONDAY + timedelta(days=days)
    today = MONDAY + timedelta(days=today)
    assert is_done_in_term(MONDAY, done, working_days=10, today=today, calendar=WEEKDAYS) is answer


def test_a_holiday_lengthens_the_term():
    calendar = WorkingDays({MONDAY + timedelta(days=1): False})
    due = MONDAY + timedelta(days=15)
    assert is_done_in_term(MONDAY, due, working_days=10, today=due, calendar=calendar)
    assert not is_done_in_term(MONDAY, due, working_days=10, today=due, calendar=WEEKDAYS)


def test_what_is_still_in_its_term_is_no_case():
    assert (measure_cases(None, 3), measure_cases(True, 3), measure_cases(False, 3)) == (
        Measure(),
        Measure(3, 3),
        Measure(0, 3),
    )
    assert (measure_cases(True), measure_cases(False)) == (Measure(1, 1), Measure(0, 1))
