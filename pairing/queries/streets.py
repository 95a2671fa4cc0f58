"""Streets with their free places: the cap is city-wide, so it counts every school (三(三))."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.contrib.auth import get_user_model
from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from members.models import ServiceYear, Street
from members.models.history import event_rows
from members.queries.history import get_author_names
from pairing.models import AssignedStreet, Pairing


def get_year_or_usual(user) -> ServiceYear:
    """Return the school's year; without one, an unsaved year with the city's default caps."""
    return user.current_year or ServiceYear(year=timezone.localdate().year)


def find_streets(user, action: str) -> QuerySet:
    """Return the streets that the user may see, with the free places in the school's year."""
    year = get_year_or_usual(user)
    streets = annotate_room(Street.objects.visible_to(user, action), year)
    return annotate_assigned(streets, year) if year.pk else streets


def annotate_room(streets: QuerySet, year: ServiceYear) -> QuerySet:
    """Annotate cap, ours, taken (ours + elsewhere), room and over (both at least 0).

    The caps, by kind of street, come from the year's rules; `ours` counts every school in the portal in that
    calendar year.
    """
    cap = Case(When(kind="urban", then=Value(year.urban_cap)), default=Value(year.suburban_cap))
    pairings = Pairing.objects.active().held_in(year.year)
    here = pairings.filter(street=OuterRef("pk")).order_by().values("street").annotate(ours=Count("pk"))
    ours = Coalesce(Subquery(here.values("ours"), output_field=IntegerField()), 0)
    return (
        streets.annotate(cap=cap, ours=ours)
        .annotate(taken=F("ours") + F("taken_elsewhere"))
        .annotate(
            room=Greatest(F("cap") - F("taken"), Value(0)), over=Greatest(F("taken") - F("cap"), Value(0))
        )
    )


def annotate_assigned(streets: QuerySet, year: ServiceYear) -> QuerySet:
    """Annotate `assigned`: whether the level above assigned the street to the school for the year (二(三))."""
    return streets.annotate(assigned=Exists(year.assigned_streets.filter(street=OuterRef("pk"))))


def filter_streets(streets: QuerySet, wanted: dict) -> QuerySet:
    """Return the streets that match all given filters.

    Filters: q, district, kind, room (free, full, over), assigned (yes, no).
    """
    for word in (wanted.get("q") or "").split():
        streets = streets.filter(name__contains=word)
    for name in ("district", "kind"):
        if value := wanted.get(name):
            streets = streets.filter(**{name: value})
    if assigned := wanted.get("assigned"):
        streets = streets.filter(assigned=assigned == "yes")
    match wanted.get("room"):
        case "free":
            return streets.filter(room__gt=0)
        case "full":
            return streets.filter(room=0)
        case "over":
            return streets.filter(over__gt=0)
    return streets


@dataclass(frozen=True)
class TakenFigure:
    """The figure "taken elsewhere" of a street from a moment on.

    `who` is a person of the reader's own school, else the name of another school.
    """

    at: datetime
    taken: int
    as_of: date | None
    source: str
    who: str


def list_taken_changes(street, *, school_id: int | None) -> list[TakenFigure]:
    """Return every change of the figure "taken elsewhere", the latest first, in three queries.

    The schools of the portal share streets, but not people: a change by another school has only the school's
    name.
    """
    columns = ("pgh_created_at", "taken_elsewhere", "taken_as_of", "taken_source", "pgh_context__metadata")
    rows = list(street.events.order_by("pgh_id").values_list(*columns))
    users = {about["user"] for *_, about in rows if about and about.get("user")}
    people: dict[int | None, str] = {
        pk: name if school == school_id else f"{school_name}校团委" if school else "系统"
        for pk, name, school, school_name in get_user_model()
        .objects.filter(pk__in=users)
        .values_list("pk", "name", "school", "school__name")
    }
    found, before = [], None
    for at, taken, as_of, source, about in rows:
        figure = (taken, as_of, source)
        if figure != before:
            who = people.get((about or {}).get("user"), "系统")
            found.append(TakenFigure(at, taken, as_of, source, who))
        before = figure
    return found[::-1]


@dataclass(frozen=True)
class Assignment:
    """One save of the list of assigned streets: who saved it, and the streets that were added and removed."""

    at: datetime
    who: str
    added: list[str]
    dropped: list[str]


def list_assigned_changes(year: ServiceYear) -> list[Assignment]:
    """Return the changes of the year's assigned streets, one per save, the latest first, in two queries."""
    events = event_rows(AssignedStreet).filter(year=year)
    rows = list(events.select_related("street", "pgh_context").order_by("-pgh_id"))
    names = get_author_names(rows)
    found = []
    for (at, context), group in groupby(rows, key=lambda row: (row.pgh_created_at, row.pgh_context)):
        changed = list(group)
        about = context.metadata if context else {}
        said = {
            label: sorted(str(row.street) for row in changed if row.pgh_label == label)
            for label in ("insert", "delete")
        }
        found.append(Assignment(at, names.get(about.get("user"), "系统"), said["insert"], said["delete"]))
    return found
