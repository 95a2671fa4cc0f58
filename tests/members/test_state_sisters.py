"""Columns that say whether a row counts, in the words of many schools and systems, for every kind of file (requirements §4)."""

from collections.abc import Iterator

import pytest

from activities.resources.hours import HoursResource
from members.resources.organisation import OrganisationResource
from members.resources.roster import RosterResource
from members.resources.streets import StreetResource
from members.resources.volunteers import VolunteerResource
from members.transfer.resources import list_notes
from pairing.resources import CodeResource
from tests.members import state_examples
from tests.members.test_state_columns import BASES, open_file

EVERY = (VolunteerResource, StreetResource, OrganisationResource, CodeResource, RosterResource)
TABLES = {
    state_examples.ANY: EVERY,
    state_examples.DECORATED: EVERY,
    state_examples.ROSTER: (RosterResource,),
    state_examples.VOLUNTEERS: (VolunteerResource,),
    state_examples.HOURS: (HoursResource,),
    state_examples.CODES: (CodeResource,),
    state_examples.STREETS: (StreetResource,),
    state_examples.ORGANISATION: (OrganisationResource,),
}
# What may become of a row for each word of the table; any other word is the state itself.
ALLOWED = {
    "in": {"in", "active", "confirmed"},
    "out": {"out", "rejected", "pending"},
    "stop": {"out", "asked", "rejected", "pending"},
}


@pytest.fixture(autouse=True)
def in_october(time_machine):
    time_machine.move_to("2018-10-20 08:00 +0800")


def read_outcomes(resource, header: str, cells: list[str]) -> Iterator[str]:
    """Return what becomes of a good row with this further column, for each of the cells."""
    names, row = BASES[resource]
    opened, sheet = open_file(resource, (*names, header), *((*row, cell) for cell in cells))
    asked = [name for name, _ in list_notes(sheet).get("asks_columns", [])]
    for staged in opened.rows(sheet):
        if staged.reason or "refusal" in staged.data:
            yield "out"
        else:
            yield "asked" if asked else staged.data.get("state", "in")


def list_cases() -> Iterator[tuple[type, str, str, list[str]]]:
    for table, resources in TABLES.items():
        for line in filter(None, map(str.strip, table.splitlines())):
            expected, headers, cells = (part.strip().split() for part in line.split("|"))
            for resource in resources:
                for header in headers:
                    yield resource, header.replace("␣", " ").replace("⏎", "\n"), expected[0], cells


CASES = list(list_cases())


@pytest.mark.parametrize("resource", [*EVERY, HoursResource], ids=lambda one: one.__name__)
def test_every_column_that_speaks_of_a_row_is_read_or_asked_about(resource):
    wrong = []
    for own, header, expected, cells in CASES:
        if own is resource:
            outcomes = zip(cells, read_outcomes(resource, header, cells), strict=True)
            allowed = ALLOWED.get(expected, {expected})
            wrong += [(header, cell, expected, found) for cell, found in outcomes if found not in allowed]
    assert wrong == []


def test_there_are_thousands_of_examples():
    assert sum(len(cells) for *_, cells in CASES) > 5000
