"""Fixtures for tests of activities: a college with a team and published projects."""

import pytest
import time_machine

from tests.activities.serving import Serving, build_serving


@pytest.fixture
def serving(world) -> Serving:
    """Return a college that serves; the docstring of `tests.activities.serving.Serving` says what it has."""
    return build_serving(world)


@pytest.fixture
def in_november(serving):
    """Set the clock to `serving.now`, for pages, which read it themselves."""
    with time_machine.travel(serving.now, tick=False):
        yield serving
