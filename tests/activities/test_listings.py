"""Every list of activities with more than fifty rows: sorted by each column, paged, and exported.

Tests for every list of the portal that need few rows are in tests/test_listings.py.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.db.models import QuerySet
from django.urls import reverse
from python_calamine import CalamineWorkbook

from activities import listings
from activities.models import ServiceRecord
from members.lists import LISTINGS
from members.models import ExportLog
from tests.activities.filled_lists import NOW, ROWS, Filled, fill
from tests.rows import Template


@dataclass(frozen=True)
class Shown:
    """A list's page, its visitor (an account of the world), and the cell that names a row in its workbook."""

    page: str
    user: str = "secretary"
    of_activity: bool = False
    params: dict = field(default_factory=dict)
    export: str = ""
    known_by: tuple[str, Callable[[Any], str]] | None = None

    def address(self, filled: Filled, name: str) -> str:
        return reverse(name, args=[filled.activity.pk] if self.of_activity else [])


def read_number(row) -> str:
    return row.member.student_no


def read_first_number(line: list[int]) -> str:
    return read_number(ServiceRecord.objects.select_related("member").get(pk=line[0]))


SHOWN = {
    "projects": Shown("projects", export="projects_export", known_by=("项目名称", str)),
    "activities": Shown("activities", export="activities_export", known_by=("活动名称", str)),
    "signups": Shown(
        "activity", of_activity=True, export="activity_signups_export", known_by=("学号", read_number)
    ),
    "offers": Shown("offers", user="member", params={"which": "all"}),
    "attendance": Shown(
        "attendance_roll", of_activity=True, export="attendance_export", known_by=("学号", read_number)
    ),
    "settling": Shown("settling", of_activity=True),
    "street_activities": Shown("street_activities", user="liaison"),
    "hours_pending": Shown(
        "hours", export="hours_export", known_by=("学号", lambda line: read_number(line.record))
    ),
    "supplements": Shown("supplements", export="supplements_export", known_by=("学号", read_number)),
    "objections": Shown("objections", export="objections_export", known_by=("学号", read_number)),
    "hours_totals": Shown(
        "totals", params={"by": "member"}, export="totals_export", known_by=("个人", lambda total: total.name)
    ),
    "hours_records": Shown("records", export="records_export", known_by=("学号", read_number)),
    "hours_changed_totals": Shown(
        "totals_changed", export="totals_changed_export", known_by=("学号", read_number)
    ),
    "hours_waiting": Shown(
        "waiting_hours",
        user="admin",
        export="waiting_hours_export",
        known_by=("学号", lambda row: "" if row.source == "volunteer_beijing" else row.person_no),
    ),
    "hours_differences": Shown(
        "differences",
        params={"kind": "only_league"},
        export="differences_export",
        known_by=("学号", read_first_number),
    ),
}
# The sort values of columns, read from records.
OF_RECORDS = {
    "name": lambda record: record.member.sort_key,
    "branch": lambda record: (record.member.branch.college.name, record.member.branch.name),
    "served": lambda record: record.served_on,
}
# Columns with only one value if a college looks at one kind of record.
ALIKE = {
    ("activities", "college"),
    ("projects", "college"),
    ("street_activities", "college"),
    ("hours_pending", "source"),
    ("hours_totals", "people"),
}
EXPORTED = [name for name, shown in SHOWN.items() if shown.export]


@pytest.fixture(scope="module")
def template(django_db_setup, django_db_blocker) -> Template:
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False):
        return Template(fill)


@pytest.fixture
def filled(db, template):
    with time_machine.travel(NOW, tick=False):
        yield template.copy()


@pytest.fixture
def ask(filled, client_of):
    """Return `ask(name, **params)`: the list's page at that address."""

    def get(name: str, **params):
        shown = SHOWN[name]
        client = client_of(getattr(filled.world, shown.user))
        answer = client.get(shown.address(filled, shown.page), shown.params | params)
        assert answer.status_code == 200
        return answer

    return get


def listed(answer) -> list:
    """Return all rows of the list, in the order of the page."""
    rows = answer.context["list"].rows
    return list(rows[:])


def read_values(name: str, key: str, rows) -> list:
    """Return the values that the rows are sorted by; an empty cell is larger than all others."""
    order = LISTINGS[name].orders[key]
    if name == "hours_differences":
        records = ServiceRecord.objects.select_related("member__branch__college").in_bulk()
        return [OF_RECORDS[key](records[line[0]]) for line in rows]
    if name == "hours_pending" and key == "name":
        return [OF_RECORDS[key](line.record) for line in rows]
    if name == "hours_pending" and key == "branch":
        return [line.record.member.branch.name for line in rows]
    if callable(order):
        return [order(row) for row in rows]
    assert isinstance(rows, QuerySet)
    return [
        [(cell is None, "" if cell is None else cell) for cell in cells] for cells in rows.values_list(*order)
    ]


def test_every_list_of_the_app_is_tested_here_and_known_to_the_registry():
    assert {listing.name for listing in listings.ALL} == SHOWN.keys()
    assert all(LISTINGS[listing.name] is listing for listing in listings.ALL)
    assert {listing.name for listing in listings.ALL if listing.sheet} == set(EXPORTED)


@pytest.mark.parametrize("name", SHOWN)
def test_every_column_sorts_all_rows_both_ways_and_is_marked(name, ask):
    everything = sorted(map(str, listed(ask(name))))
    for key in LISTINGS[name].orders:
        for sort, direction, other in ((key, "ascending", f"-{key}"), (f"-{key}", "descending", key)):
            answer = ask(name, sort=sort)
            rows = answer.context["list"].rows[:]
            values = read_values(name, key, rows)
            assert values == sorted(values, reverse=direction == "descending"), sort
            assert len({str(value) for value in values}) > 1 or (name, key) in ALIKE, f"all alike: {key}"
            assert sorted(map(str, rows)) == everything
            if key in {column.key for column in answer.context["list"].columns}:
                assert f'aria-sort="{direction}"' in answer.text
                assert f"sort={other}" in answer.text


@pytest.mark.parametrize("name", SHOWN)
def test_fifty_rows_fit_on_a_page_where_they_are_asked_for(name, ask):
    assert len(ask(name, per_page="50").context["page"].object_list) == 50
    assert "per_page=100" in ask(name).text


@pytest.mark.parametrize("name", EXPORTED)
def test_the_workbook_is_the_whole_list_in_the_order_of_the_page_and_is_noted(name, filled, ask, client_of):
    shown, keys = SHOWN[name], list(LISTINGS[name].orders)
    client = client_of(getattr(filled.world, shown.user))
    heading, known_by = shown.known_by
    for sort in ({}, {"sort": keys[0]}, {"sort": f"-{keys[-1]}"}):
        rows = listed(ask(name, **sort))
        assert len(rows) >= ROWS
        answer = client.get(shown.address(filled, shown.export), shown.params | sort)
        sheet = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0)
        header, *lines = sheet.to_python()
        assert [line[header.index(heading)] for line in lines] == [known_by(row) for row in rows]
        noted = ExportLog.objects.latest("pk")
        assert (noted.kind, noted.rows) == (name, len(rows))
        assert set(noted.filters) == shown.params.keys() | ({"activity"} if shown.of_activity else set())
    assert ExportLog.objects.count() == 3


@pytest.mark.parametrize(
    "name", [name for name in SHOWN if "q" in getattr(LISTINGS[name].filter_form, "base_fields", {})]
)
def test_a_filter_that_is_not_valid_shows_nobody_and_exports_nothing(name, filled, ask, client_of):
    shown, wrong = SHOWN[name], {"q": "长" * 100}
    assert not ask(name, **wrong).context["page"].paginator.count
    if shown.export:
        client = client_of(getattr(filled.world, shown.user))
        assert client.get(shown.address(filled, shown.export), shown.params | wrong).status_code == 404
        assert not ExportLog.objects.exists()


def test_a_member_sees_only_own_objections_and_no_column_of_names(filled, client_of):
    answer = client_of(filled.world.member).get(reverse("objections"))
    assert listed(answer) == []
    assert [column.key for column in answer.context["list"].columns] == ["subject", "raised", "due", "state"]


def test_sums_are_headed_by_what_they_are_taken_by(ask):
    assert "个人" in ask("hours_totals").text
    assert "团支部" in ask("hours_totals", by="branch").text


def test_records_come_in_the_order_of_their_index():
    rows = listings.RECORDS.sort_rows(ServiceRecord.objects.all(), listings.RECORDS.default_sort)
    assert rows.query.order_by == ("-served_on", "-pk")
