"""Record every export of a list (requirements §6)."""

from collections.abc import Mapping

from members.models import ExportLog, School


def log_export(
    *, user, kind: str, filters: Mapping[str, str], rows: int, school: School | None = None
) -> ExportLog:
    """Record an export before the file is sent: list, filters, number of rows and user (None: the operator).

    `school`: the school of the exported people; default: the user's school.
    """
    return ExportLog.objects.create(
        school=school or user.school, user=user, kind=kind, filters=dict(filters), rows=rows
    )
