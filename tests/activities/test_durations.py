"""Minutes as people read them."""

import pytest

from activities.rules.durations import duration_text, hours_text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0"), (5, "0"), (6, "0.1"), (60, "1"), (750, "12.5"), (1199, "19.9"), (1200, "20"), (1201, "20")],
)
def test_hours_are_rounded_down(minutes, text):
    assert hours_text(minutes) == text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0 分钟"), (45, "45 分钟"), (120, "2 小时"), (150, "2 小时 30 分钟"), (1199, "19 小时 59 分钟")],
)
def test_a_duration_is_told_to_the_minute(minutes, text):
    assert duration_text(minutes) == text
