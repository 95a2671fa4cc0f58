"""What the triggers wrote about one row, as changes that can be read: who, when, old → new, by which page."""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import ForeignKey, Model, QuerySet
from django.urls import Resolver404, resolve
from django.utils import timezone

# Not for readers: keys of the machine, and columns that follow from others.
HIDDEN = frozenset({"id", "name_key", "sort_key", "created_at", "school"})
# What a page is called, by the name of its address; filled from the map of the portal when it is ready.
PAGE_NAMES: dict[str, str] = {}


@dataclass(frozen=True)
class FieldChange:
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    at: datetime
    who: str
    by: str
    reason: str
    created: bool = False
    fields: list[FieldChange] = field(default_factory=list)


def changes(
    events: QuerySet,
    *,
    shown: dict[str, Callable[[str], str]] | None = None,
    hidden: frozenset[str] = frozenset(),
) -> list[Change]:
    """Changes of one tracked row, the latest first, in four queries at most.

    `events`: the row's events (`Member.pgh_event_model.objects.filter(pgh_obj=member)`).
    `shown`: for a field's name, how its text is shown, e.g. a phone masked. `hidden`: more names that are not
    for readers.
    """
    rows = list(events.select_related("pgh_context").order_by("pgh_id"))
    columns = columns_of(events.model, HIDDEN | hidden)
    text = Wording(rows, columns, shown or {})
    names = names_of(rows)
    found = []
    for old, new in zip([None, *rows], rows, strict=False):
        differences = text.differences(old, new) if old else []
        if old is None or differences:
            about = about_of(new)
            found.append(
                Change(
                    at=new.pgh_created_at,
                    who=names.get(about.get("user"), "系统"),
                    by=place_of(about),
                    reason=about.get("reason", ""),
                    created=old is None,
                    fields=differences,
                )
            )
    return found[::-1]


def columns_of(event_model: type[Model], hidden: Set[str] = HIDDEN) -> list:
    return [f for f in event_model._meta.fields if not f.name.startswith("pgh_") and f.name not in hidden]


class Wording:
    """Values of events as text; rows that a foreign key points at are asked for once a column."""

    def __init__(self, rows: list[Model], columns: Iterable, shown: dict[str, Callable[[str], str]]):
        self.columns = list(columns)
        self.shown = shown
        self.targets = {
            column.name: column.related_model._base_manager.in_bulk(
                {getattr(r, column.attname) for r in rows}
            )
            for column in self.columns
            if isinstance(column, ForeignKey)
        }

    def values(self, row: Model, *, gone: bool = False) -> list[FieldChange]:
        """All that a row was created with, or that went with it; what was empty is left out."""
        said = [(str(column.verbose_name), self.of(column, row)) for column in self.columns]
        return [
            FieldChange(label, *((text, "—") if gone else ("—", text))) for label, text in said if text != "—"
        ]

    def differences(self, old: Model, new: Model) -> list[FieldChange]:
        return [
            FieldChange(str(column.verbose_name), self.of(column, old), self.of(column, new))
            for column in self.columns
            if getattr(old, column.attname) != getattr(new, column.attname)
        ]

    def of(self, column, row: Model) -> str:
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


def about_of(row: Model) -> dict[str, Any]:
    return row.pgh_context.metadata if row.pgh_context else {}


def names_of(rows: list[Model]) -> dict[int, str]:
    users = {about["user"] for row in rows if (about := about_of(row)).get("user")}
    return dict(get_user_model().objects.filter(pk__in=users).values_list("pk", "name"))


def place_of(about: dict[str, Any]) -> str:
    """The page, command or import through which a change came."""
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
    # A link with a token opens something to whoever has it: it is not repeated in a history.
    return PAGE_NAMES.get(page.url_name, "" if "token" in page.kwargs else path)
