"""Write the registrations of many people in one statement.

bulk_update would build a CASE for each person and column.
"""

from collections.abc import Iterable

from django.db import connection

from members.models import Member

COLUMNS = {
    "league_account_on": "date",
    "profile_completed_on": "date",
    "reported_on": "date",
    "reported_no": "text",
    "registered_on": "date",
    "counts_from": "date",
    "volunteer_no": "text",
    "registration_source": "text",
    "registration_evidence": "text",
}
UPDATE = f"""
UPDATE members_member m SET {", ".join(f"{name} = v.{name}" for name in COLUMNS)}
FROM unnest(%s::bigint[], {", ".join(f"%s::{kind}[]" for kind in COLUMNS.values())}) v (id, {", ".join(COLUMNS)})
WHERE m.id = v.id
"""


def save_registrations(members: Iterable[Member]) -> None:
    people = list(members)
    if not people:
        return
    values = [[getattr(member, name) for member in people] for name in ("pk", *COLUMNS)]
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, values)
