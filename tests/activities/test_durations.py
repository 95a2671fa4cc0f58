"""Minutes in the words of people."""

import pytest

from activities.rules.durations import hours_text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0"), (5, "0"), (6, "0.1"), (60, "1"), (750, "12.5"), (1199, "19.9"), (1200, "20"), (1201, "20")],
)
def test_hours_are_rounded_down(minutes, text):
    assert hours_text(minutes) == text
