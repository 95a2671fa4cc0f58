"""Undo an import of hours: its records are voided, since the ledger deletes nothing, and former ones come again.

A record that the import corrected is voided and stays so; a record with its former content takes its place. A record
that waited, and waits with other content, gets its content back.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db import connection

from activities.models import ServiceRecord
from activities.services.linking import link_members
from members.models import ImportRun, Member, User
from members.transfer.services.imports.built_on import Built
from members.transfer.services.imports.changes import BEFORE, fetch_for, list_columns, quote, run_for
from members.transfer.services.imports.undoing import UNDONE

COLUMNS = [name for name in list_columns(ServiceRecord) if name not in ("id", "corrects_id")]
EVENTS = quote(ServiceRecord.pgh_event_model)  # type: ignore[attr-defined]
FORMER = BEFORE.format(events=EVENTS, which="NOT u.gone")
PEOPLE = f"""
SELECT r.member_id FROM activities_servicerecord r JOIN undo_rows u ON u.label = %(label)s AND u.id = r.id
UNION SELECT b.member_id FROM ({FORMER}) b ORDER BY 1
"""
VOID = """
UPDATE activities_servicerecord r SET state = 'voided', voided_at = now(), voided_by_id = %(user)s,
    void_reason = left(%(undone)s || '：“' || %(filename)s || '”', 200), decided_at = coalesce(decided_at, now())
FROM undo_rows u WHERE u.label = %(label)s AND u.id = r.id AND r.state IN ('pending', 'confirmed')
    AND (u.made OR r.state = 'confirmed')
"""
# A record that waited before and after.
PUT_BACK = f"""
UPDATE activities_servicerecord r SET {", ".join(f"{name} = b.{name}" for name in COLUMNS)}
FROM ({FORMER}) b WHERE r.id = b.row_id AND r.state = 'pending' AND b.state = 'pending'
"""
# Any other record that was in force: its former content as a new record, behind the last correction.
COME_AGAIN = f"""
INSERT INTO activities_servicerecord ({", ".join(COLUMNS)}, corrects_id)
SELECT {", ".join(f"b.{name}" for name in COLUMNS)}, coalesce(c.id, r.id)
FROM ({FORMER}) b JOIN activities_servicerecord r ON r.id = b.row_id AND r.state IN ('voided', 'rejected')
LEFT JOIN activities_servicerecord c ON c.corrects_id = r.id
WHERE b.state IN ('pending', 'confirmed') ORDER BY b.row_id
RETURNING id, corrects_id
"""
# What somebody decided about the former record holds for the one that takes its place.
CARRY_DECISION = """
INSERT INTO activities_overlapdecision (record_id, member_id, decided_at, decided_by_id, reason)
SELECT n.id, d.member_id, d.decided_at, d.decided_by_id, d.reason
FROM unnest(%(new)s::bigint[], %(behind)s::bigint[]) AS n (id, behind)
JOIN activities_servicerecord c ON c.id = n.behind
JOIN activities_overlapdecision d ON d.record_id IN (c.id, c.corrects_id)
ON CONFLICT DO NOTHING
"""
LINKED_BY_HAND = """
SELECT l.record_id FROM activities_recordlink l JOIN undo_rows u ON u.label = %(label)s AND u.id = l.record_id
WHERE u.made AND l.linked_by_id IS NOT NULL ORDER BY 1
"""
PRINTED = f"""
SELECT s.member_id, count(*) FROM activities_hoursslip s WHERE s.made_at > %(since)s AND s.member_id IN ({PEOPLE})
GROUP BY 1 ORDER BY 1
"""


def list_built_on_hours(run: ImportRun) -> Iterator[Built]:
    """Yield what people have built on records that the run wrote: links made by hand, and printed slips."""
    linked = [pk for (pk,) in fetch_for(ServiceRecord, LINKED_BY_HAND)]
    for record in ServiceRecord.objects.filter(pk__in=linked).select_related("member").order_by("pk"):
        yield Built(f"时长记录“{record}”已由人工认定与其他记录的关系", record.get_absolute_url())
    printed = dict(fetch_for(ServiceRecord, PRINTED, since=run.confirmed_at))
    for member in Member.objects.filter(pk__in=printed).order_by("pk"):
        yield Built(f"{member}已出具时长确认单 {printed[member.pk]} 份", member.get_absolute_url())


def take_back_records(run: ImportRun, user: User | None) -> Callable[[], object] | None:
    """Void the records of the run, bring former ones back, and return the function that then counts anew."""
    people = [pk for (pk,) in fetch_for(ServiceRecord, PEOPLE)]
    if not people:
        return None
    about: dict[str, Any] = {
        "user": user.pk if user else None,
        "undone": UNDONE,
        "filename": run.filename[:100],
    }
    run_for(ServiceRecord, VOID, **about)
    run_for(ServiceRecord, PUT_BACK)
    if again := fetch_for(ServiceRecord, COME_AGAIN):
        new, behind = zip(*again, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(CARRY_DECISION, {"new": list(new), "behind": list(behind)})
    return partial(link_members, people)
