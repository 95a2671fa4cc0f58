"""The hall: every street with the places it has left.

A thousand open halls ask every few seconds. The figures are kept in the shared cache for a second: whoever comes
first after that asks the database, everybody else gets the last answer meanwhile.
"""

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

FRESH_SECONDS = 1.0
KEEP_SECONDS = 300

PLACES = """
    SELECT s.id, s.district, s.name, s.kind, s.taken_elsewhere, s.taken_as_of, s.taken_source,
        coalesce(p.ours, 0) AS ours
    FROM members_street s
    LEFT JOIN (
        SELECT street_id, count(*) AS ours FROM pairing_pairing
        WHERE calendar_year = %s AND state = 'active' GROUP BY street_id
    ) p ON p.street_id = s.id
    ORDER BY s.district, s.name, s.id
"""


def places(calendar_year: int) -> list[dict]:
    """[{id, district, name, kind, taken_elsewhere, taken_as_of, taken_source, ours}] at most about a second old."""
    key = f"hall:{calendar_year}"
    kept = cache.get(key)
    now = timezone.now().timestamp()
    if kept and now - kept[0] < FRESH_SECONDS:
        return kept[1]
    # One asks; the others go on with what there is. Without anything to go on, everybody asks.
    if kept and not cache.add(f"{key}:asking", 1, 2):
        return kept[1]
    rows = _ask(calendar_year)
    cache.set(key, (timezone.now().timestamp(), rows), KEEP_SECONDS)
    cache.delete(f"{key}:asking")
    return rows


def forget_places(calendar_year: int) -> None:
    """After a claim or a release: the next one asks the database."""
    cache.delete(f"hall:{calendar_year}")


def _ask(calendar_year: int) -> list[dict]:
    with connection.cursor() as cursor:
        cursor.execute(PLACES, [calendar_year])
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
