"""Tests of every registered list: orders, page sizes, filters typed by hand, and its export.

A new list is covered once it is registered. If the world has too few rows for it, `tests.listings.add_rows`
adds some.
"""

import re
from html import unescape
from io import BytesIO

import pytest
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ChoiceField, MultipleChoiceField
from django.test import override_settings
from openpyxl import load_workbook

from members.lists import LISTINGS, ListQuery
from members.models import ExportLog, User
from members.permissions import may
from tests.listings import Pages, Shown, add_rows, identify, sort_by_hand
from tests.walk import make_targets
from tests.world import build_world

ORDERS = [(name, key) for name, listing in sorted(LISTINGS.items()) for key in listing.orders]
LEAVING = sorted(name for name, listing in LISTINGS.items() if listing.sheet)
# Lists whose file says more than their page: of titles the nominations, of a difference each of its records.
OTHER_ROWS = {"honours", "hours_differences"}
TABLE = re.compile(r"<table.*?</table>", re.DOTALL)
ROW = re.compile(r'<th scope="row"[^>]*>(.*?)</th>', re.DOTALL)


@pytest.fixture(scope="module")
def pages(django_db_setup, django_db_blocker, tmp_path_factory):
    """Build the world, the walk's objects and more rows once for this file, since that takes long."""
    uploads = tmp_path_factory.mktemp("uploads")
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(MEDIA_ROOT=uploads):
            world = build_world()
            places = make_targets(world)
            more = add_rows(world)
        yield Pages(world, places | {name: [*places[name], *added] for name, added in more.items()})
        transaction.set_rollback(True)


@pytest.fixture
def shown(request, pages, db) -> Shown:
    """The list on its page, for the account that sees most of it."""
    return pages.find(LISTINGS[request.param])


def read_keys(rows) -> list:
    return [identify(row) for row in rows]


def list_all_lists(names=None):
    return pytest.mark.parametrize("shown", sorted(names or LISTINGS), indirect=True)


@pytest.mark.parametrize(("shown", "key"), ORDERS, indirect=["shown"])
def test_a_column_puts_all_rows_in_its_order_both_ways(shown, key, client_of):
    everything, client = sorted(read_keys(shown.query().rows), key=str), client_of(shown.user)
    for sort in (key, f"-{key}"):
        rows = shown.query(sort=sort).rows
        assert sorted(read_keys(rows), key=str) == everything
        assert_in_order(list(rows), rows, shown, sort)
        response = shown.get(client, sort=sort, per_page=100)
        assert response.status_code == 200
        assert read_keys(response.context["list"].rows) == read_keys(rows)


def assert_in_order(found: list, rows, shown: Shown, sort: str) -> None:
    order = shown.listing.orders[sort.removeprefix("-")]
    if isinstance(rows, QuerySet):
        assert read_keys(found) == read_keys(sort_by_hand(found, shown.listing, sort))
    elif callable(order):
        values = [order(row) for row in found]
        assert values == sorted(values, reverse=sort.startswith("-"))


@list_all_lists()
def test_the_head_offers_the_orders_and_marks_the_present_one(shown, client_of):
    offered = [column.key for column in shown.query().columns if column.order is not None]
    if not offered or not shown.rows:
        return
    html = shown.get(client_of(shown.user)).content.decode()
    missing = [key for key in offered if not re.search(rf"[?;&]sort=-?{re.escape(key)}(?![\w-])", html)]
    assert not missing, f"no link sorts by {missing}: is the head made by list_head?"
    default = shown.listing.default_sort.removeprefix("-")
    assert html.count("aria-sort=") == int(default in offered)


@list_all_lists()
def test_a_page_holds_as_many_rows_as_are_asked_for(shown, client_of, monkeypatch):
    monkeypatch.setattr(ListQuery, "page_sizes", (1, 2, 3))
    client = client_of(shown.user)
    for asked, size in (("2", 2), ("3", 3), ("4", 1), ("junk", 1), ("-1", 1), ("", 1)):
        page = shown.get(client, per_page=asked).context["page"]
        assert (page.paginator.per_page, len(page.object_list)) == (size, min(size, shown.rows))
    assert shown.rows < 2 or "per_page=3" in shown.get(client).content.decode(), "no page sizes are offered"


@list_all_lists()
def test_an_order_that_there_is_not_is_the_list_s_own(shown, client_of):
    response = shown.get(client_of(shown.user), sort="-nonsense")
    assert read_keys(response.context["list"].rows) == read_keys(shown.query().rows)


@list_all_lists()
def test_a_filter_that_is_no_choice_leaves_no_row_and_says_so(shown, client_of):
    fields = shown.query().form.fields.items()
    choices = [
        name
        for name, field in fields
        if isinstance(field, ChoiceField) and not isinstance(field, MultipleChoiceField)
    ]
    for name in set(choices) - shown.needed.keys() - shown.given.keys():
        query = shown.get(client_of(shown.user), **{name: "nonsense"}).context["list"]
        assert name in query.form.errors
        assert len(query.rows) == (0 if query.form.strict else shown.rows)


# --- the file ---------------------------------------------------------------------------------------------------


@list_all_lists(LEAVING)
def test_the_file_holds_the_whole_list_in_the_order_of_the_page(shown, pages, client_of):
    address, client = pages.export_of(shown), client_of(shown.user)
    assert address, "the list has a sheet and no address at which it leaves"
    if not may(shown.user, shown.listing.action_of_export):
        assert client.get(address).status_code == 403
        return
    sort = next(iter(shown.listing.orders), "")
    for asked in ({}, {"sort": f"-{sort}"} if sort else {}):
        noted, due = ExportLog.objects.count(), len(shown.query(shown.listing.action_of_export, **asked).rows)
        response = client.get(address, shown.needed | asked)
        rows = list(load_workbook(BytesIO(response.content)).worksheets[0].values)[1:]
        log = ExportLog.objects.latest("pk")
        assert (ExportLog.objects.count(), log.kind) == (noted + 1, shown.listing.name)
        if shown.listing.name in OTHER_ROWS:
            assert log.rows == len(rows)
            continue
        assert (response.status_code, len(rows)) == (200, due)
        for heads, row in zip(read_heads(shown.get(client, **asked, per_page=100)), rows, strict=False):
            said = "".join(str(cell) for cell in row if cell is not None)
            assert not heads or any(head in said for head in heads), f"{heads} is not in the row {row}"


def read_heads(response) -> list[list[str]]:
    """Return the texts in the head of each row of the list; nothing if rows have no head.

    A page may hold other tables, of a chart or of sums: the list is the one that can be sorted.
    """
    html = response.content.decode()
    lists = [table for table in TABLE.findall(html) if 'class="sort"' in table]
    return [
        [text for text in (unescape(piece).strip() for piece in re.split(r"<[^>]+>", head)) if text]
        for head in ROW.findall(lists[0] if lists else html)
    ]


@list_all_lists(LEAVING)
def test_a_repair_account_takes_no_list_away(shown, pages, client_of):
    repair = User.objects.create_superuser("operator", "x", name="Operator")
    assert client_of(repair).get(pages.export_of(shown), shown.needed).status_code == 403
