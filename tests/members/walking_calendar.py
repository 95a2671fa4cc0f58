"""Objects for the walk: the 校历 of a year, which every office of the school may read."""

from tests.places import Target

PAGES = ("school_calendar", "calendar_enter", "calendar_remove")


def make_calendar_targets() -> dict[str, list[Target]]:
    return {name: [Target((2018,))] for name in PAGES}
