"""The hall: every street with the places it has left.

A thousand open halls ask every few seconds. The figures are kept in the shared cache for a second: whoever comes
first after that asks the database, everybody else gets the last answer meanwhile.
"""

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.db import connection

from pairing.rules import KIND_NAMES, over_full, places_left

FRESH_SECONDS = 1
KEEP_SECONDS = 300

OURS = """
    SELECT street_id, count(*) AS ours FROM pairing_pairing
    WHERE %(year)s BETWEEN calendar_year AND coalesce(carried_to, calendar_year) AND state = 'active'
    GROUP BY street_id
"""
PLACES = f"""
    SELECT s.id, s.district, s.name, s.kind, s.taken_elsewhere, s.taken_as_of, s.taken_source,
        coalesce(p.ours, 0) AS ours
    FROM members_street s
    LEFT JOIN ({OURS}) p ON p.street_id = s.id
    ORDER BY s.district, s.name, s.id
"""
# The same for one school's year: its caps, where its colleges already are, what was assigned to it.
HALL = """
    SELECT s.id, s.district, s.name, s.kind, s.taken_elsewhere, s.taken_as_of, s.taken_source,
        coalesce(p.ours, 0) AS ours,
        CASE WHEN s.kind = 'urban' THEN y.urban_cap ELSE y.suburban_cap END AS cap,
        NOT y.streets_shared AND EXISTS (
            SELECT FROM pairing_pairing m JOIN members_serviceyear o ON o.id = m.year_id
            WHERE o.school_id = y.school_id AND m.street_id = s.id AND m.state = 'active'
                AND y.year BETWEEN m.calendar_year AND coalesce(m.carried_to, m.calendar_year)
        ) AS mine,
        y.streets_assigned AND NOT EXISTS (
            SELECT FROM pairing_assignedstreet a WHERE a.year_id = y.id AND a.street_id = s.id
        ) AS foreign
    FROM members_serviceyear y CROSS JOIN members_street s
    LEFT JOIN (
        SELECT m.street_id, count(*) AS ours FROM pairing_pairing m JOIN members_serviceyear o ON o.id = %(id)s
        WHERE m.state = 'active' AND o.year BETWEEN m.calendar_year AND coalesce(m.carried_to, m.calendar_year)
        GROUP BY 1
    ) p ON p.street_id = s.id
    WHERE y.id = %(id)s
    ORDER BY s.district, s.name, s.id
"""


def places(calendar_year: int) -> list[dict]:
    """[{id, district, name, kind, taken_elsewhere, taken_as_of, taken_source, ours}] at most about a second old."""
    return _kept(f"hall:{calendar_year}", lambda: _rows(PLACES, year=calendar_year))


def hall(year_id: int) -> list[dict]:
    """The same as a school's year sees it, with `left`, `state` (open, full, mine, foreign) and `open`."""
    return _kept(_hall_key(year_id), lambda: [_seen(row) for row in _rows(HALL, id=year_id)])


def hall_version(year_id: int) -> str:
    """Changes with what the hall shows; asked before the rows, it spares most viewers the rows."""
    key = _hall_key(year_id)
    kept = cache.get_many([f"{key}:fresh", f"{key}:version"])
    if len(kept) < 2:
        return _version(hall(year_id))
    return kept[f"{key}:version"]


def forget_places(calendar_year: int) -> None:
    """After a claim or a release: the next one asks the database; until it has the answer, others have the last."""
    years = _rows("SELECT id FROM members_serviceyear WHERE year = %(year)s", year=calendar_year)
    cache.delete_many([f"hall:{calendar_year}:fresh", *(f"{_hall_key(row['id'])}:fresh" for row in years)])


def filtered(rows: Iterable[dict], wanted: dict) -> list[dict]:
    """Rows of `hall` that answer every filter given: q (words of district or name), district, kind, room."""
    words = (wanted.get("q") or "").split()
    return [
        row
        for row in rows
        if all(word in row["district"] + row["name"] for word in words)
        and wanted.get("district") in (None, "", row["district"])
        and wanted.get("kind") in (None, "", row["kind"])
        and (not wanted.get("room") or row["open"] == (wanted["room"] == "free"))
    ]


def over_full_streets(rows: list[dict], caps: dict[str, int]) -> list[dict]:
    """Rows of the hall whose street is above the city's cap, with `over`."""
    found = (
        row | {"over": over_full(caps[row["kind"]], row["ours"], row["taken_elsewhere"])} for row in rows
    )
    return [row for row in found if row["over"]]


def _seen(row: dict) -> dict:
    left = places_left(row["cap"], row["ours"], row["taken_elsewhere"])
    state = "foreign" if row["foreign"] else "mine" if row["mine"] else "open" if left else "full"
    return row | {"left": left, "state": state, "open": state == "open", "kind_name": KIND_NAMES[row["kind"]]}


def _kept(key: str, ask: Callable[[], Any]) -> Any:
    kept = cache.get_many([key, f"{key}:fresh"])
    if key in kept and f"{key}:fresh" in kept:
        return kept[key]
    # One asks; the others go on with what there is. Without anything to go on, everybody asks.
    if key in kept and not cache.add(f"{key}:asking", 1, 2):
        return kept[key]
    # Marked before asking: a claim that comes in between takes the mark away again.
    cache.set(f"{key}:fresh", 1, FRESH_SECONDS)
    rows = ask()
    cache.set_many({key: rows, f"{key}:version": _version(rows)}, KEEP_SECONDS)
    cache.delete(f"{key}:asking")
    return rows


def _version(rows: list[dict]) -> str:
    return sha256(
        repr([(row["id"], row.get("left"), row.get("state")) for row in rows]).encode()
    ).hexdigest()[:16]


def _hall_key(year_id: int) -> str:
    return f"hall:of:{year_id}"


def _rows(sql: str, **params: Any) -> list[dict]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
