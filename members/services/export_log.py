"""Every list that leaves the portal is noted (requirements §6)."""

from collections.abc import Mapping

from members.models import ExportLog, School


def log_export(
    *, user, kind: str, filters: Mapping[str, str], rows: int, school: School | None = None
) -> ExportLog:
    """Note an export before it leaves: what, narrowed how, how many rows, by whom (None: the operator).

    `school`: whose people they are, where that is not said by the user's own.
    """
    return ExportLog.objects.create(
        school=school or user.school, user=user, kind=kind, filters=dict(filters), rows=rows
    )
