"""时长确认单: printed lines, allowed days, and the comparison of a paper with the ledger."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.rules.slips import (
    build_printed_lines,
    compare_with_ledger,
    compute_digest,
    range_problem,
)

LINES = st.lists(
    st.tuples(
        st.dates(date(2018, 1, 1), date(2018, 1, 3)),
        st.sampled_from(["甲", "乙"]),
        st.sampled_from(["league", "attendance"]),
        st.integers(1, 3),
    ),
    max_size=6,
)


@given(paper=LINES, ledger=LINES)
def test_a_paper_is_valid_exactly_when_the_ledger_says_the_same(paper, ledger):
    result = compare_with_ledger(build_printed_lines(paper), compute_digest(paper), ledger)
    assert result.valid == (paper == ledger)
    assert (result.all_valid and not result.added) == (sorted(paper) == sorted(ledger))


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2018, 12, 2), date(2018, 12, 1), "截止日期不能早于起始日期。"),
        (date(2018, 12, 1), date(2018, 12, 1), ""),
        (date(2018, 1, 1), date(2018, 12, 21), "截止日期不能晚于今天。"),
        (date(2018, 1, 1), date(2018, 12, 20), ""),
        (date(2009, 1, 1), date(2018, 12, 20), ""),
        (date(2008, 12, 31), date(2018, 12, 20), "一份确认单最多包含 10 年。"),
        (date(2000, 1, 1), date(2018, 12, 20), "一份确认单最多包含 10 年。"),
    ],
)
def test_a_slip_is_of_past_days_of_ten_years_at_most(first, last, said):
    assert range_problem(first, last, today=date(2018, 12, 20)) == said


def test_a_paper_printed_before_an_upgrade_is_still_compared_by_the_same_digest():
    line = (date(2018, 11, 10), "敬老院", "league", 150)
    assert compute_digest([line]) == "0d1ff82662b21bc5e2414e3791f8129d55668cebe79555684bca2c0ef8a6425d"


def test_of_two_equal_lines_on_the_paper_and_one_in_the_ledger_one_does_not_stand():
    line = (date(2018, 1, 1), "甲", "league", 60)
    found = compare_with_ledger(build_printed_lines([line, line]), compute_digest([line, line]), [line])
    assert [stands for _, stands in found.lines] == [True, False]
    assert not found.all_valid and not found.added
    more = compare_with_ledger(build_printed_lines([line]), compute_digest([line]), [line, line])
    assert more.all_valid and more.added and not more.valid
