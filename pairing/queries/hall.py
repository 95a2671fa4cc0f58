"""The hall: every street with its free places.

A thousand open halls ask every few seconds. The shared cache keeps the figures for a second. After that the
first request asks the database, and until it has the answer all other requests get the last figures.
"""

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.db import connection

from pairing.rules import KIND_NAMES, count_above_cap, count_places_left

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
# The same for one school's year, with its caps, the streets of its colleges and the streets assigned to it.
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


def list_places(calendar_year: int) -> list[dict]:
    """Return all streets with their figures, at most about a second old.

    Keys: id, district, name, kind, taken_elsewhere, taken_as_of, taken_source, ours.
    """
    return _get_cached(f"hall:{calendar_year}", lambda: _fetch_hall_rows(PLACES, year=calendar_year))


def list_hall_rows(year_id: int) -> list[dict]:
    """Return the rows of `list_places` for a school's year.

    More keys: left (free places), state (open, full, mine, foreign), open (a bool).
    """
    return _get_cached(
        _build_hall_key(year_id), lambda: [_add_state(row) for row in _fetch_hall_rows(HALL, id=year_id)]
    )


def get_hall_version(year_id: int) -> str:
    """Return a text that changes when the hall changes; most viewers read only this and not the rows."""
    key = _build_hall_key(year_id)
    kept = cache.get_many([f"{key}:fresh", f"{key}:version"])
    if len(kept) < 2:
        return _compute_version(list_hall_rows(year_id))
    return kept[f"{key}:version"]


def forget_places(calendar_year: int) -> None:
    """Mark the cached figures as stale after a claim or a release.

    The next request asks the database; until it has the answer, other requests get the last figures.
    """
    years = _fetch_hall_rows("SELECT id FROM members_serviceyear WHERE year = %(year)s", year=calendar_year)
    cache.delete_many(
        [f"hall:{calendar_year}:fresh", *(f"{_build_hall_key(row['id'])}:fresh" for row in years)]
    )


def filter_hall_rows(rows: Iterable[dict], wanted: dict) -> list[dict]:
    """Return the rows of `list_hall_rows` that match all given filters.

    Filters: q (words of district or name), district, kind, room.
    """
    words = (wanted.get("q") or "").split()
    return [
        row
        for row in rows
        if all(word in row["district"] + row["name"] for word in words)
        and wanted.get("district") in (None, "", row["district"])
        and wanted.get("kind") in (None, "", row["kind"])
        and (not wanted.get("room") or row["open"] == (wanted["room"] == "free"))
    ]


def list_streets_above_cap(rows: list[dict], caps: dict[str, int]) -> list[dict]:
    """Return the rows whose street is above the city's cap, with `over`, the number of pairings above it."""
    found = (
        row | {"over": count_above_cap(caps[row["kind"]], row["ours"], row["taken_elsewhere"])}
        for row in rows
    )
    return [row for row in found if row["over"]]


def _add_state(row: dict) -> dict:
    left = count_places_left(row["cap"], row["ours"], row["taken_elsewhere"])
    state = "foreign" if row["foreign"] else "mine" if row["mine"] else "open" if left else "full"
    return row | {"left": left, "state": state, "open": state == "open", "kind_name": KIND_NAMES[row["kind"]]}


def _get_cached(key: str, ask: Callable[[], Any]) -> Any:
    """Return the cached rows, or the rows that `ask` reads from the database where the cached ones are stale."""
    kept = cache.get_many([key, f"{key}:fresh"])
    if key in kept and f"{key}:fresh" in kept:
        return kept[key]
    # One request asks; the others use the stale rows. Without cached rows every request asks.
    if key in kept and not cache.add(f"{key}:asking", 1, 2):
        return kept[key]
    # Set the mark before asking: a claim that is made meanwhile deletes it again.
    cache.set(f"{key}:fresh", 1, FRESH_SECONDS)
    rows = ask()
    cache.set_many({key: rows, f"{key}:version": _compute_version(rows)}, KEEP_SECONDS)
    cache.delete(f"{key}:asking")
    return rows


def _compute_version(rows: list[dict]) -> str:
    return sha256(
        repr([(row["id"], row.get("left"), row.get("state")) for row in rows]).encode()
    ).hexdigest()[:16]


def _build_hall_key(year_id: int) -> str:
    return f"hall:of:{year_id}"


def _fetch_hall_rows(sql: str, **params: Any) -> list[dict]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
