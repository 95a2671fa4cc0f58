"""Lists of the portal. One declaration defines page, sort order, page size, export, audit name and command.

An app declares its lists in `<app>/listings.py`. Views show them with `members.pages.build_list_context`, templates
with `{% list_head %}` and `components/pagination.html`, and `members.transfer` writes them as workbooks.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, Protocol, cast

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import F, Model, QuerySet
from django.db.models.expressions import OrderBy
from django.utils import timezone

from members.queries.offices import act_for, find_office_in_scope

OFFICE = "office"  # the key of a term in the address, which narrows a list to what that office sees
PAGE_SIZES = (25, 50, 100)
CHUNK = 1_000  # rows of a sheet that are read and written together

Row = Sequence[Any]


class Ordered(Protocol):
    """Rows that the database orders: a QuerySet, or a sequence that is filled as it is read."""

    def __iter__(self) -> Iterator[Any]: ...

    def order_by(self, *fields: Any) -> Any: ...


class ListFilter(forms.Form):
    """The filters of a list, read from the address. The form of every list takes the viewer and the action.

    `strict`: an invalid filter leaves no rows; otherwise it is ignored, and the form shows the error.
    """

    strict = True

    def __init__(self, data: Mapping[str, str], *, user, action: str):
        super().__init__(data, auto_id="filter_%s")
        self.user, self.action = user, action


class ListQuery:
    """A request for a list: the user and the parameters of the address.

    `action`: the action whose scope narrows the rows, that of the page or that of the export. `given`: filters
    from the page's path, such as the branch whose people are listed, as a key or as the object that the view
    has fetched; they take precedence. `defaults`: filters that apply if the address has no such key.
    """

    def __init__(
        self,
        listing: "Listing",
        *,
        user,
        params: Mapping[str, str],
        action: str | None = None,
        given: Mapping[str, Any] | None = None,
        defaults: Mapping[str, str] | None = None,
    ):
        self.listing, self.user, self.address, self.given = listing, user, params, given or {}
        self.action = action or listing.action
        # A copy of a QueryDict can be changed.
        self.params = cast("MutableMapping[str, str]", copy(params))
        for name, value in (defaults or {}).items():
            self.params.setdefault(name, value)
        for name, value in self.given.items():
            self.params[name] = str(value.pk if isinstance(value, Model) else value)

    @cached_property
    def form(self) -> Any:  # of the listing's own class; its functions know which
        return self.listing.filter_form(self.params, user=self.user, action=self.action)

    @property
    def is_valid(self) -> bool:
        return self.form.is_valid()

    @property
    def wanted(self) -> dict[str, Any]:
        """The cleaned filters; empty if the address has an invalid value."""
        return self.form.cleaned_data if self.is_valid else {}

    @property
    def filters(self) -> dict[str, str]:
        """The filters in use, with their values in the address; for the audit log."""
        return {
            name: value
            for name, value in self.params.items()
            if value and (name in self.form.base_fields or name == OFFICE)
        }

    @property
    def is_filtered(self) -> bool:
        """Whether the address narrows the list."""
        return bool(self.filters.keys() - self.given.keys())

    @cached_property
    def office(self) -> Any:
        """The term of the office to which the address narrows the list, as the links of 未办事项 do; else None."""
        return find_office_in_scope(self.user, self.params.get(OFFICE, ""))

    @property
    def sort(self) -> str:
        """The key of a column, with "-" in front for the reverse order; the list's default for an unknown key."""
        asked = self.params.get("sort", "")
        return asked if asked.removeprefix("-") in self.listing.orders else self.listing.default_sort

    @property
    def page_size(self) -> int:
        asked = self.params.get("per_page", "")
        return int(asked) if asked in map(str, self.page_sizes) else self.page_sizes[0]

    @property
    def page_sizes(self) -> tuple[int, ...]:
        return self.listing.page_sizes

    @cached_property
    def rows(self) -> Any:  # of the kind that the listing's `rows` returns
        """The rows that match the filters, sorted; none if a strict form has an invalid filter."""
        found = self._narrow(self.listing.rows(self))
        if self.form.strict and not self.is_valid:
            return found.none() if isinstance(found, QuerySet) else []
        return self.listing.sort_rows(found, self.sort)

    def _narrow(self, found: Any) -> Any:
        """Keep only the rows that the office of the address sees too; never more than the user sees."""
        if not self.params.get(OFFICE) or not isinstance(found, QuerySet):
            return found
        if self.office is None:
            return found.none()
        seen = found.model._default_manager.visible_to(act_for(self.office), self.action)
        return found.filter(pk__in=seen.values("pk"))

    @cached_property
    def page(self) -> Page:
        fold = self.listing.fold
        return Paginator(fold(self) if fold else self.rows, self.page_size).get_page(self.params.get("page"))

    @cached_property
    def sheet(self) -> "ExportSheet":
        assert self.listing.sheet is not None  # only lists that leave the portal are asked for a sheet
        return self.listing.sheet(self)

    @property
    def columns(self) -> list["ListColumn"]:
        shown = [column for column in self.listing.columns if column.shown is None or column.shown(self)]
        more = self.listing.more_columns
        return [*shown, *more(self)] if more else shown


@dataclass(frozen=True)
class ListColumn:
    """A column of the page. `key` is its value in `?sort=`; without `order` the column cannot be sorted.

    `order`: for a QuerySet the fields to order by, for a sequence a function of a row. `numeric` aligns figures
    right and sorts the largest first; `largest_first` only sorts the largest first. `empty_last`: rows of a
    QuerySet without a value come last in both directions. `shown`: whether this viewer sees the column.
    `heading`: a heading that depends on the filters. `spoken`: the heading is for screen readers only, above buttons.
    """

    key: str
    label: str
    order: tuple[str, ...] | Callable[[Any], Any] | None = None
    numeric: bool = False
    largest_first: bool = False
    empty_last: bool = False
    spoken: bool = False
    shown: Callable[[ListQuery], bool] | None = None
    heading: Callable[[ListQuery], str] | None = None


def never_shown(query: ListQuery) -> bool:
    """Hide a column that only serves `?sort=`; the page has no room for the column."""
    return False


@dataclass(frozen=True)
class ExportSheet:
    """The worksheet that an export of a list writes.

    `total`: the number of people or records that the export reads. `batches`: pairs of the number that was read and
    their rows (fewer if a filter needs the verdict). `more`: further worksheets as (title, header, rows).
    """

    title: str
    filename: str
    header: Sequence[str]
    total: int
    batches: Iterable[tuple[int, list[Row]]]
    more: Sequence[tuple[str, Sequence[str], Sequence[Row]]] = ()


@dataclass(frozen=True)
class Listing:
    """A list that people see, search, sort and export.

    `name`: its kind in the audit log, in the registry and for the command `export`. `action`: the action that
    opens the page; `rows` must use its scope (`query.action`). `rows`: a QuerySet, a sequence, or a lazy sequence
    with `order_by` that reads the database. `sheet`: builds the export; None for a list without an export.
    `export_action`: the action that allows the export, if it differs. `on_command`: whether an operator may
    export the list by the command. `fold`: the rows of the page, where several rows of the export are one line.
    `more_columns`: columns that the rows bring, such as those of a file; they come last.
    """

    name: str
    title: str
    action: str
    rows: Callable[[ListQuery], QuerySet | Sequence | Ordered]
    filter_form: type[ListFilter] = ListFilter
    columns: tuple[ListColumn, ...] = ()
    default_sort: str = ""
    tie_break: tuple[str, ...] = ("pk",)
    page_sizes: tuple[int, ...] = PAGE_SIZES  # the first is the default
    unit: str = "条"
    sheet: Callable[[ListQuery], ExportSheet] | None = None
    fold: Callable[[ListQuery], QuerySet] | None = None
    more_columns: Callable[[ListQuery], Sequence[ListColumn]] | None = None
    export_action: str = ""
    on_command: bool = False
    orders: Mapping[str, Any] = field(init=False)

    def __post_init__(self):
        orders = {column.key: column.order for column in self.columns if column.order is not None}
        object.__setattr__(self, "orders", orders)

    @property
    def action_of_export(self) -> str:
        return self.export_action or self.action

    def sort_rows(self, rows: QuerySet | Sequence | Ordered, sort: str) -> QuerySet | list:
        """Return the rows sorted by the key of a column; with an unknown key they keep their order."""
        key, backwards = sort.removeprefix("-"), sort.startswith("-")
        order = self.orders.get(key)
        if order is None:
            return rows if isinstance(rows, QuerySet) else list(rows)
        if callable(order):
            return sorted(rows, key=order, reverse=backwards)
        fields = [_reverse(name) if backwards else name for name in order]
        if key in self.empty_last:
            fields = [_put_empty_last(name) for name in fields]
        return cast(Ordered, rows).order_by(*fields, *self.tie_break)

    @cached_property
    def empty_last(self) -> frozenset[str]:
        return frozenset(column.key for column in self.columns if column.empty_last)


def _reverse(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _put_empty_last(name: str) -> OrderBy:
    return OrderBy(F(name.removeprefix("-")), descending=name.startswith("-"), nulls_last=True)


# --- the registry of all lists, for the export, the audit log and the command ----------------------------------


@dataclass(frozen=True)
class Document:
    """An export that is no list, such as a document or a result: its title, and the form of its filters."""

    title: str
    filter_form: type[forms.Form] = ListFilter


LISTINGS: dict[str, Listing] = {}
DOCUMENTS: dict[str, Document] = {}
# Filters whose value is the key of an object, with the model that has the object's name.
NAMED_FILTERS: dict[str, type[Model]] = {}


def register(*listings: Listing) -> None:
    """Add lists to the registry; an app calls this in its `ready`."""
    for listing in listings:
        LISTINGS[listing.name] = listing


def register_document(kind: str, title: str, filter_form: type[forms.Form] = ListFilter) -> None:
    """Add another kind of export and its title for the audit log; an app calls this in its `ready`."""
    DOCUMENTS[kind] = Document(title, filter_form)


def describe_export(kind: str) -> Listing | Document:
    """Return the list or document of an export in the audit log; a kind that no longer exists by its bare name."""
    return LISTINGS.get(kind) or DOCUMENTS.get(kind) or Document(kind)


def read_in_chunks(rows: Iterable, size: int | None = None) -> Iterator[list]:
    """Yield lists of at most `size` rows (default CHUNK); each list is read only when it is needed."""
    source = iter(rows)
    while chunk := list(islice(source, size or CHUNK)):
        yield chunk


def build_filename(title: str) -> str:
    """Return the file name of a workbook: its title and today's date."""
    return f"{title}-{timezone.localdate():%Y%m%d}.xlsx"


def build_sheet(
    query: ListQuery,
    header: Sequence[str],
    to_row: Callable[[Any], Row],
    *,
    title: str = "",
    filename: str = "",
    rows: QuerySet | Sequence | None = None,
    more: Sequence[tuple[str, Sequence[str], Sequence[Row]]] = (),
    complete: Callable[[list], Iterable] = iter,
) -> ExportSheet:
    """Return a sheet with one row per row of the list, or of `rows` instead; a QuerySet is read CHUNK rows at a time.

    `filename`: by default the title and today's date. `complete`: adds further data to a chunk of rows at once.
    """
    rows, title = query.rows if rows is None else rows, title or query.listing.title
    source = rows.iterator(chunk_size=CHUNK) if isinstance(rows, QuerySet) else rows
    return ExportSheet(
        title=title,
        filename=filename or build_filename(title),
        header=header,
        total=rows.count() if isinstance(rows, QuerySet) else len(rows),
        batches=((len(chunk), [to_row(row) for row in complete(chunk)]) for chunk in read_in_chunks(source)),
        more=more,
    )
