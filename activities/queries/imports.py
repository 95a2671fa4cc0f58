"""The pages of what an import of hours has written."""

from collections.abc import Sequence

from activities.models import ServiceRecord
from members.models import ImportRow, ImportRun, User


def link_records(run: ImportRun, rows: Sequence[ImportRow], user: User) -> dict[int, str]:
    """Return {id of a row: address of its record}, found by its number in the ledger, else as the one it repeats."""
    seen = ServiceRecord.objects.visible_to(user, "record.view").filter(school=run.school_id)
    numbers = {row.pk: (row.data.get("source"), row.data.get("outside_no")) for row in rows}
    wanted = {number for _, number in numbers.values() if number}
    by_number = {
        (record.source, record.outside_no): record
        for record in seen.filter(outside_no__in=wanted).exclude(state=ServiceRecord.State.VOIDED)
    }
    by_id = seen.in_bulk({row.target for row in rows if row.target})
    found = {row.pk: by_number.get(numbers[row.pk]) or by_id.get(row.target) for row in rows}
    return {pk: record.get_absolute_url() for pk, record in found.items() if record}
