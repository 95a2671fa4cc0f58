"""The outcome of the open items of a year, its day, and the dates of the next year (三(五))."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from reports.rules.rollover import (
    CARRIED,
    CLOSED,
    KINDS,
    OPEN,
    OUTCOMES,
    add_a_year,
    is_likely_graduated,
    opening_problem,
    parse_entry_year,
    rollover_problem,
    shift_values,
)


def test_every_kind_has_one_outcome_a_clause_and_a_reason():
    assert {kind.outcome for kind in KINDS} == {CARRIED, OPEN, CLOSED} == set(OUTCOMES)
    assert len({kind.key for kind in KINDS}) == len(KINDS) == 17
    assert all(kind.clause and kind.why and kind.outcome_name == OUTCOMES[kind.outcome] for kind in KINDS)


def test_what_goes_on_is_carried_what_is_to_be_decided_stays_and_the_rest_ends():
    by_outcome = {outcome: {kind.key for kind in KINDS if kind.outcome == outcome} for outcome in OUTCOMES}
    assert by_outcome[CARRIED] == {"pairings", "projects", "activities", "admissions"}
    assert by_outcome[CLOSED] == {"released", "superseded", "codes", "bulletins"}
    assert by_outcome[OPEN] == {
        "attendance", "records", "objections", "claims", "exceptions", "appraisals", "honours", "assessment",
        "commendations",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("today", "open_"), [(date(2018, 11, 30), False), (date(2018, 12, 1), True), (date(2019, 1, 5), True)]
)
def test_the_next_year_can_be_opened_from_the_last_month_on(today, open_):
    assert (opening_problem(2018, today) == "") is open_
    assert open_ or opening_problem(2018, today) == "2019 年度从 2018-12-01 起可以开设。"


@pytest.mark.parametrize(
    ("today", "open_"),
    [
        (date(2017, 12, 31), False),
        (date(2018, 12, 31), False),
        (date(2019, 1, 1), True),
        (date(2026, 1, 1), True),
    ],
)
def test_a_year_is_rolled_over_when_it_is_over(today, open_):
    assert (rollover_problem(2018, today) == "") is open_
    assert open_ or rollover_problem(2018, today) == "2018 年度还没有结束，2019-01-01 起可以结转。"


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2018, 10, 10), date(2019, 10, 10)),
        (date(2020, 2, 29), date(2021, 2, 28)),
        (date(2019, 2, 28), date(2020, 2, 28)),
    ],
)
def test_a_day_keeps_its_place_in_the_calendar(day, later):
    assert add_a_year(day) == later


def test_moments_keep_their_hour_and_thresholds_stay():
    opens = datetime(2018, 10, 15, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    values = {"pairing_opens_at": opens, "required_minutes": 1200, "streets_shared": True, "sources": ["a"]}
    assert shift_values(values) == values | {"pairing_opens_at": opens.replace(year=2019)}


@pytest.mark.parametrize(
    ("grade", "entry"),
    [("2014级", 2014), ("2014", 2014), ("本科2015级", 2015), ("大四", None), ("", None), ("120145", None)],
)
def test_a_grade_names_the_year_of_entry_or_none(grade, entry):
    assert parse_entry_year(grade) == entry


def test_four_years_after_entry_graduation_is_likely():
    assert is_likely_graduated("2014级", 2018) and is_likely_graduated("2011级", 2018)
    assert not is_likely_graduated("2015级", 2018)
    assert not is_likely_graduated("大四", 2018)
