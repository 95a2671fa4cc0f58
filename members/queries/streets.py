"""Streets with the places that are left: the cap is city-wide, so it counts every school (三(三))."""

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Greatest

ORDERS = {
    "district": ("district", "name"),
    "name": ("name", "district"),
    "taken": ("taken_elsewhere", "district", "name"),
    "room": ("room", "district", "name"),
}
DEFAULT_ORDER = "district"


def with_room(streets: QuerySet, *, urban_cap: int, suburban_cap: int) -> QuerySet:
    """Annotates `cap` (by the street's kind) and `room` (places left, never below 0)."""
    cap = Case(When(kind="urban", then=Value(urban_cap)), default=Value(suburban_cap))
    return streets.annotate(cap=cap).annotate(room=Greatest(F("cap") - F("taken_elsewhere"), Value(0)))


def filtered(streets: QuerySet, wanted: dict) -> QuerySet:
    """Streets of `with_room` that answer every filter given: q, district, kind, room (free or full)."""
    for word in (wanted.get("q") or "").split():
        streets = streets.filter(name__contains=word)
    for name in ("district", "kind"):
        if value := wanted.get(name):
            streets = streets.filter(**{name: value})
    match wanted.get("room"):
        case "free":
            return streets.filter(room__gt=0)
        case "full":
            return streets.filter(room=0)
    return streets


def ordered(streets: QuerySet, sort: str) -> QuerySet:
    """By a key of ORDERS, "-" in front for the other way round; an unknown key is the default order."""
    columns = ORDERS.get(sort.removeprefix("-"), ORDERS[DEFAULT_ORDER])
    sign = "-" if sort.startswith("-") and sort[1:] in ORDERS else ""
    return streets.order_by(*(sign + column for column in columns), "pk")
