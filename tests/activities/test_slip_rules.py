"""时长确认单: what is printed, which days it may be of, and how a paper is compared with the ledger."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.rules.slips import compared, digest, masked_name, masked_number, printed

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
    result = compared(printed(paper), digest(paper), ledger)
    assert result.valid == (paper == ledger)
    assert (result.all_stand and not result.added) == (sorted(paper) == sorted(ledger))


@pytest.mark.parametrize(
    ("name", "masked"), [("张伟", "张*"), ("欧阳修", "欧**"), ("阿依古丽·买买提", "阿**"), ("李", "李*")]
)
def test_a_name_is_masked(name, masked):
    assert masked_name(name) == masked


def test_a_number_is_masked():
    assert masked_number("2018010003") == "2018****03"
    assert masked_number("12345") == "****"
