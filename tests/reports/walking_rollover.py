"""Targets of the walk over all addresses for 年度结转: the year 2016 of both schools, rolled over."""

from datetime import datetime
from zoneinfo import ZoneInfo

from members.services.schools import open_year
from reports.services.rollover import roll_over
from tests.places import Target
from tests.world import World


def make_rollover_targets(world: World) -> dict[str, list[Target]]:
    former = [open_year(school=side.school, year=2016)[0] for side in (world.jh, world.bh)]
    for year, side in zip(former, (world.jh, world.bh), strict=True):
        roll_over(user=side.admin, year=year, now=datetime(2017, 1, 3, tzinfo=ZoneInfo("Asia/Shanghai")))
    return {
        "rollover": [Target((2018,))],
        "year_next": [Target((2018,))],
        "rollover_export": [Target((2016,))],  # a year in the address is always that of the user's own school
    }
