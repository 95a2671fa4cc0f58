"""What the tests of activities share: a college with a team and published projects."""

import pytest
import time_machine

from tests.activities.serving import Serving, build_serving


@pytest.fixture
def serving(world) -> Serving:
    """Who and what is there stands at `tests.activities.serving.Serving`."""
    return build_serving(world)


@pytest.fixture
def in_november(serving):
    """The clock stands at `serving.now`: for pages, which ask it themselves."""
    with time_machine.travel(serving.now, tick=False):
        yield serving
