"""Terms of working days, compared with counting them one by one."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.working_days import WEEKDAYS, WorkingDays

days = st.dates(date(2018, 1, 1), date(2020, 12, 31))


@given(days, st.integers(1, 60), st.dictionaries(days, st.booleans(), max_size=40))
def test_a_term_ends_on_its_last_working_day(since, count, exceptions):
    calendar = WorkingDays(exceptions)
    end = calendar.add(since, count)
    term = [since + timedelta(days=n) for n in range(1, (end - since).days + 1)]
    assert sum(exceptions.get(day, day.weekday() < 5) for day in term) == count
    assert calendar.is_worked(end)


@given(days, days, st.integers(1, 30))
def test_a_later_start_never_ends_earlier(one, other, count):
    assert WEEKDAYS.add(min(one, other), count) <= WEEKDAYS.add(max(one, other), count)


def test_without_exceptions_monday_to_friday_are_worked():
    assert [WEEKDAYS.is_worked(date(2018, 11, 5) + timedelta(days=n)) for n in range(7)] == [True] * 5 + [
        False
    ] * 2


@pytest.mark.parametrize("count", [0, -1])
def test_a_term_of_no_days_left_ends_where_it_begins(count):
    assert WEEKDAYS.add(date(2018, 11, 3), count) == date(2018, 11, 3)
