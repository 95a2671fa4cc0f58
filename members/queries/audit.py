"""The audit log of a school (requirements §6): changes of rules, roles and accounts.

The lines come from the history that triggers write.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.db.models import BigIntegerField, CharField, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Concat

from members.models import AccountEvent, CalendarDay, ExportLog, Grant, Semester, ServiceYear, User
from members.models.history import Event, event_rows
from members.permissions import Scope
from members.queries.history import (
    HIDDEN,
    FieldChange,
    Wording,
    describe_origin,
    get_author_names,
    get_change_context,
    list_tracked_columns,
)
from members.sheets.cells import tidy_number


@dataclass(frozen=True)
class Subject:
    """A kind of change: the lookups to the school, the text that a line is about, and the fields of a search.

    `people` are the lookups that a search by person reads; `hidden` names fields that are not shown.
    """

    label: str
    model: type[Model]
    schools: tuple[str, ...]
    about: Combinable
    people: tuple[str, ...] = ()
    # The lookup for rows without any place: a liaison's role named no school before every role did.
    former_school: str = ""
    hidden: frozenset[str] = field(default=HIDDEN)

    @property
    def events(self) -> QuerySet:
        return event_rows(self.model)


def _cast_to_text(lookup: str) -> Combinable:
    return Cast(lookup, CharField())


SUBJECTS = {
    "rules": Subject("年度规则", ServiceYear, ("school",), Concat(_cast_to_text("year"), Value(" 年度"))),
    "semesters": Subject(
        "学期",
        Semester,
        ("year__school",),
        Concat(_cast_to_text("year__year"), Value(" 年度 "), "name"),
        hidden=HIDDEN | {"year"},
    ),
    "calendar": Subject("校历", CalendarDay, ("school",), _cast_to_text("day")),
    "grants": Subject(
        "授权",
        Grant,
        ("school", "college__school", "branch__college__school"),
        Concat("user__name", Value(" "), "user__number"),
        former_school="user__school",
        people=("user__name", "user__number"),
        hidden=HIDDEN - {"school"} | {"user"},
    ),
    "accounts": Subject(
        "账号",
        User,
        ("school",),
        Concat("name", Value(" "), "number"),
        people=("name", "number"),
        hidden=HIDDEN | {"date_joined", "member"},
    ),
}


@dataclass(frozen=True)
class Entry:
    """One line of the audit log.

    `what` is 新增, 修改 or 删除; `who` is the author and `by` the page, command or file.
    """

    at: datetime
    who: str
    by: str
    what: str
    about: str
    fields: list[FieldChange]
    reason: str


class LoggedEvent(Event, Protocol):
    """A row of `list_events`."""

    about: str
    before: int | None


def list_events(subject: Subject, seen: Scope) -> QuerySet:
    """Return the events of the schools in scope, the latest first.

    Each has its `author` and `before`, the event before it.
    """
    own = Q()
    for lookup in subject.schools:
        own |= seen.q(school=lookup)
    if subject.former_school:
        own |= Q(school=None, college=None, branch=None) & seen.q(school=subject.former_school)
    before = subject.events.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
    return (
        subject.events.filter(own)
        .select_related("pgh_context")
        .annotate(
            about=subject.about,
            author=Cast(KeyTextTransform("user", "pgh_context__metadata"), BigIntegerField()),
            before=Subquery(before.order_by("-pgh_id").values("pgh_id")[:1]),
        )
        .order_by("-pgh_id")
    )


def filter_by_person(rows: QuerySet, words: str, *, author: str, people: Sequence[str]) -> QuerySet:
    """Return the rows by or about people whose name or number matches every word."""
    for word in words.split():
        wrote = User.objects.filter(Q(name__icontains=word) | Q(number__istartswith=tidy_number(word)))
        found = Q(**{f"{author}__in": wrote.values("pk")})
        for lookup in people:
            found |= Q(**{f"{lookup}__icontains": word})
        rows = rows.filter(found)
    return rows


def describe_events(rows: Sequence[LoggedEvent], subject: Subject) -> Iterator[Entry]:
    """Yield a line of the log for each row of `list_events`; the number of queries does not grow with the rows."""
    event_model = subject.events.model
    earlier = event_model.objects.in_bulk([row.before for row in rows if row.before])
    text = Wording([*rows, *earlier.values()], list_tracked_columns(event_model, subject.hidden), {})
    names = get_author_names(rows)
    for row in rows:
        what, fields = _describe_change(text, earlier.get(row.before), row)
        about = get_change_context(row)
        who = names.get(about.get("user"), "系统")
        yield Entry(
            row.pgh_created_at, who, describe_origin(about), what, row.about, fields, about.get("reason", "")
        )


def _describe_change(text: Wording, old: Event | None, new: Event) -> tuple[str, list[FieldChange]]:
    if new.pgh_label == "delete":
        return "删除", text.describe_values(new, gone=True)
    if old is None:
        return "新增", text.describe_values(new)
    return "修改", text.describe_differences(old, new)


def list_exports(seen: Scope) -> QuerySet:
    """Return the log of exports of the schools in scope, the latest first."""
    return ExportLog.objects.filter(seen.q(school="school")).select_related("user").order_by("-at", "-pk")


def list_account_events(seen: Scope) -> QuerySet[AccountEvent]:
    """Return the events of accounts of the schools in scope, the latest first."""
    return AccountEvent.objects.filter(seen.q(school="school")).select_related("user", "by")
