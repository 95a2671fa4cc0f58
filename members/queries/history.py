"""The history of a row as readable changes: who, when, old → new value, and through which page."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import ForeignKey, Model, QuerySet
from django.urls import Resolver404, resolve
from django.utils import timezone

from members.models.history import Event

# Fields that readers do not see: internal keys, and columns that are derived from others.
# `counts_from` equals the date of registration where that is known; otherwise the evidence names it.
HIDDEN = frozenset({"id", "name_key", "sort_key", "created_at", "school", "counts_from", "listed_on"})
# URL name → title of the page; volunteer_portal.navigation fills it when the apps are ready.
PAGE_NAMES: dict[str, str] = {}
# For a field's name, the function that formats its value.
Shown = Mapping[str, Callable[[Any], str]]


@dataclass(frozen=True)
class FieldChange:
    """The old and new text of one field."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """One change of a row: who made it, `by` which page, command or file, why, and the fields that changed."""

    at: datetime
    who: str
    by: str
    reason: str
    created: bool = False
    fields: list[FieldChange] = field(default_factory=list)


def list_changes(
    events: QuerySet,
    *,
    shown: Shown | None = None,
    hidden: frozenset[str] = frozenset(),
) -> list[Change]:
    """Return the changes of one tracked row, the latest first, in four queries at most.

    `events`: the row's events (`event_rows(Member).filter(pgh_obj=member)`). `shown`: for a
    field's name, the function that formats its value, e.g. masks a phone. `hidden`: more fields that readers
    do not see.
    """
    rows = list(events.select_related("pgh_context").order_by("pgh_id"))
    columns = list_tracked_columns(events.model, HIDDEN | hidden)
    text = Wording(rows, columns, shown or {})
    names = get_author_names(rows)
    found = []
    for old, new in zip([None, *rows], rows, strict=False):
        differences = text.describe_differences(old, new) if old else []
        if old is None or differences:
            about = get_change_context(new)
            found.append(
                Change(
                    at=new.pgh_created_at,
                    who=names.get(about.get("user"), "系统"),
                    by=describe_origin(about),
                    reason=about.get("reason", ""),
                    created=old is None,
                    fields=differences,
                )
            )
    return found[::-1]


def list_tracked_columns(event_model: type[Model], hidden: Set[str] = HIDDEN) -> list:
    """Return the fields of the tracked model, without pghistory's own fields and without `hidden`."""
    return [f for f in event_model._meta.fields if not f.name.startswith("pgh_") and f.name not in hidden]


class Wording:
    """Formats values of events as text; the rows of a foreign key are read in one query per column."""

    def __init__(self, rows: Sequence[Event], columns: Iterable, shown: Shown):
        self.columns = list(columns)
        self.shown = shown
        self.targets = {
            column.name: column.related_model._base_manager.in_bulk(
                {getattr(r, column.attname) for r in rows}
            )
            for column in self.columns
            if isinstance(column, ForeignKey)
        }

    def describe_values(self, row: Event, *, gone: bool = False) -> list[FieldChange]:
        """Return all values of a new row, or of a deleted row (`gone`); empty fields are left out."""
        said = [(str(column.verbose_name), self.describe_value(column, row)) for column in self.columns]
        return [
            FieldChange(label, *((text, "—") if gone else ("—", text))) for label, text in said if text != "—"
        ]

    def describe_differences(self, old: Event, new: Event) -> list[FieldChange]:
        """Return the fields in which two events of a row differ."""
        return [
            FieldChange(
                str(column.verbose_name), self.describe_value(column, old), self.describe_value(column, new)
            )
            for column in self.columns
            if getattr(old, column.attname) != getattr(new, column.attname)
        ]

    def describe_value(self, column, row: Event) -> str:
        """Return the value of a column as text; "—" where it is empty."""
        value: Any = getattr(row, column.attname)
        if value in (None, "", []):
            return "—"
        if column.name in self.targets:
            return str(self.targets[column.name].get(value, value))
        if column.choices:
            return str(dict(column.flatchoices).get(value, value))
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, datetime):
            return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
        if isinstance(value, date):
            return value.isoformat()
        return self.shown.get(column.name, str)(value)


def get_change_context(row: Event) -> dict[str, Any]:
    """Return what pghistory recorded with an event: user, url, command, file, reason; {} without a context."""
    return row.pgh_context.metadata if row.pgh_context else {}


def get_author_names(rows: Iterable[Event]) -> dict[int | None, str]:
    """Return the names of the users who caused the events, by primary key."""
    users = {about["user"] for row in rows if (about := get_change_context(row)).get("user")}
    return dict(get_user_model().objects.filter(pk__in=users).values_list("pk", "name"))


def describe_origin(about: dict[str, Any]) -> str:
    """Return the page, command or imported file through which a change was made, in Chinese; "" if unknown."""
    if file := about.get("file"):
        return f"导入文件“{file}”"
    if command := about.get("command"):
        return f"命令 {command}"
    if not (path := about.get("url")):
        return ""
    try:
        page = resolve(path)
    except Resolver404:
        return path
    # A link with a token gives access to everybody who has it, so the history does not show it.
    return PAGE_NAMES.get(page.url_name or "", "" if "token" in page.kwargs else path)
