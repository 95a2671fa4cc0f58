"""The pages of the portal's lists, found by the names in their views; more rows for lists with too few."""

from collections.abc import Iterator
from dataclasses import dataclass, field, is_dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import Model
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from activities.models import ChangedTotal
from members.lists import Listing, ListQuery
from members.models import ExportJob, ImportRow, ImportRun, Message, User
from members.transfer.listings import IMPORT_ROWS
from pairing.models import PairingCode
from tests.browsers import sign_in
from tests.factories import ImportRunFactory, MemberFactory, StreetFactory, make_liaison
from tests.places import Target
from tests.reports.listing_rows import add_report_rows
from tests.walk import list_addresses
from tests.world import World

# Parameters that the address needs so that the list is on the page.
NEEDED = {IMPORT_ROWS.name: {"status": "error"}}
# The search stops at a page with this many rows, enough to be sorted.
ENOUGH = 3


@dataclass(frozen=True)
class Shown:
    """A list on its page: the account, the address, and the answer."""

    listing: Listing
    user: User
    url: str
    needed: dict[str, str]
    given: dict[str, Any] = field(default_factory=dict)
    rows: int = 0

    def query(self, action: str = "", **asked: str) -> ListQuery:
        params = QueryDict(mutable=True)
        params.update(self.needed | asked)
        return ListQuery(self.listing, user=self.user, params=params, given=self.given, action=action or None)

    def get(self, client: Client, **asked: Any):
        return client.get(self.url, self.needed | asked)


class Pages:
    """The pages of the lists, found when a test first asks for one."""

    def __init__(self, world: World, places: dict[str, list[Target]]):
        self.world, self.places = world, places
        self.known: dict[str, Shown] = {}
        self.patterns = list_addresses()
        self.users = (world.admin, world.secretary, world.branch_secretary, world.member, world.liaison)

    def find(self, listing: Listing) -> Shown:
        """Return the page of the list with the most rows, or the first page with enough of them."""
        if listing.name not in self.known:
            found = max(self._pages(listing), key=lambda shown: shown.rows, default=None)
            assert found, f"no page shows the list {listing.name} to {[user.name for user in self.users]}"
            self.known[listing.name] = found
        return self.known[listing.name]

    def _pages(self, listing: Listing) -> Iterator[Shown]:
        needed = NEEDED.get(listing.name, {})
        for name in self.patterns:
            if listing not in find_listings(self.patterns[name]):
                continue
            for user in self.users:
                client = Client()
                sign_in(client, user)
                for target in self.places.get(name, [Target(())]):
                    url = reverse(name, args=target.args)
                    query = (client.get(url, needed).context or {}).get("list")
                    if isinstance(query, ListQuery) and query.listing is listing:
                        rows = query.page.paginator.count
                        yield Shown(listing, user, url, needed, query.given, rows)
                        if rows >= ENOUGH:
                            return

    def export_of(self, shown: Shown) -> str | None:
        """Return the address of the list's export, or None."""
        for name, pattern in self.patterns.items():
            if getattr(pattern.callback, "listing", None) is shown.listing:
                values = [shown.given[filter_name] for filter_name in pattern.callback.given.values()]
                return reverse(name, args=values)
        return None


def find_listings(pattern: URLPattern) -> list[Listing]:
    """Return the lists that a view, or a function of view modules that it calls, names."""
    return list(_find_namer(_innermost(pattern.callback), set()))


def _innermost(view):
    while hasattr(view, "__wrapped__"):
        view = view.__wrapped__
    return view.func if isinstance(view, partial) else view


def _find_namer(function, seen: set) -> Iterator[Listing]:
    seen.add(function)
    for name in function.__code__.co_names:
        thing = function.__globals__.get(name)
        if isinstance(thing, Listing):
            yield thing
        elif _is_ours(thing) and thing not in seen:
            yield from _find_namer(thing, seen)


def _is_ours(thing) -> bool:
    """Is it a function of a view module or of an app's pages? Lower layers know no list's page."""
    module = getattr(thing, "__module__", None) or ""
    return hasattr(thing, "__code__") and (".views" in module or module.endswith(".pages"))


# --- the expected order -----------------------------------------------------------------------------------------


def identify(row: Any) -> Any:
    """Return the id of a row, or the ids of the objects that it holds; its text if there are none."""
    if pk := getattr(row, "pk", None):
        return pk
    held = vars(row).values() if is_dataclass(row) else ()
    return tuple(thing.pk for thing in held if isinstance(thing, Model)) or repr(row)


def sort_by_hand(rows: list, listing: Listing, sort: str) -> list:
    """Return the rows of a QuerySet in the order of the sort key, sorted by Python alone."""
    key, backwards = sort.removeprefix("-"), sort.startswith("-")
    column = next(column for column in listing.columns if column.key == key)
    fields = [(name, name.startswith("-") != backwards, column.empty_last) for name in column.order]
    fields += [(name, name.startswith("-"), False) for name in listing.tie_break]
    for name, descending, empty_last in reversed(fields):
        values = {id(row): read_value(row, name.removeprefix("-")) for row in rows}
        rows = sorted(
            rows,
            key=lambda row: (
                (values[id(row)] is None) != (descending and empty_last),
                _Comparable(values[id(row)]),
            ),
            reverse=descending,
        )
    return rows


class _Comparable:
    """A value of a column; two empty values are equal."""

    def __init__(self, value: Any):
        self.value = value

    def __eq__(self, other):
        return self.value == other.value

    def __lt__(self, other):
        return self.value is not None and other.value is not None and self.value < other.value


def read_value(row: Any, path: str) -> Any:
    """Return the value of a row at the end of a path of fields ("branch__college__name")."""
    for name in path.split("__"):
        if row is None:
            return None
        row = row[name] if isinstance(row, dict) else getattr(row, name)
    return row


# --- rows -------------------------------------------------------------------------------------------------------


def add_rows(world: World) -> dict[str, list[Target]]:
    """Add rows to those of the walk, so that every list has something to sort.

    Returns addresses with the objects whose pages have a list that the walk's objects do not fill.
    """
    MemberFactory.create_batch(3, branch=world.a2, reported=True, grade="2017")
    StreetFactory.create_batch(3, district="朝阳区")
    for number, street in enumerate((world.urban, world.suburban), start=7):
        make_liaison(street, world.school, number=f"S10{number:02d}")
    for number in range(4):
        PairingCode.objects.create(
            year=world.year, code=f"LIST{number}", kind=("urban", "suburban")[number % 2]
        )
        Message.objects.create(
            user=world.admin, title=f"提醒{number}", text="请尽快完成。", key=f"list:{number}"
        )
        _add_job(world, number)
        ChangedTotal.objects.create(
            member=world.missing,
            year=2015 + number,
            purpose="appraisal",
            before=300,
            after=200 + number,
            reasons=["时间重叠"],
            found_at=timezone.now(),
        )
    add_report_rows(world)
    files = [_add_file(world, kind) for kind in (ImportRun.Kind.ROSTER, ImportRun.Kind.ORGANISATION)]
    targets = [Target((run.pk,)) for run in files]
    return {"import": targets, "import_missing": targets}


def _add_job(world: World, number: int) -> None:
    job = ExportJob.objects.create(
        school=world.school, user=world.admin, kind="roster", title=f"名单{number}"
    )
    ExportJob.objects.filter(pk=job.pk).update(
        state=ExportJob.State.EXPIRED, rows=number, asked_at=timezone.now() - timedelta(days=number)
    )


def _add_file(world: World, kind: str) -> ImportRun:
    """Make an import file that names nobody of the college, so everybody there is missing from it."""
    run = ImportRunFactory(
        school=world.school,
        college=world.college_a if kind == ImportRun.Kind.ROSTER else None,
        created_by=world.admin,
        kind=kind,
        filename=f"{kind}.xlsx",
        figures={"error": 4, "new": kind.count("r")},
    )
    for number in range(4):
        ImportRow.objects.create(
            run=run, position=number, number=4 - number, key=f"2018{number % 2}", original=["", f"第{number}人"],
            status=ImportRow.Status.ERROR, reason=("缺少学号", "姓名无效")[number % 2],
        )  # fmt: skip
    return run
