"""Who took data out of the portal (requirements §6)."""

from collections.abc import Mapping

from members.models import ExportLog


def log_export(*, user, kind: str, filters: Mapping[str, str], rows: int) -> ExportLog:
    """Note an export before it leaves: what, narrowed how, how many rows, by whom."""
    return ExportLog.objects.create(
        school=user.school, user=user, kind=kind, filters=dict(filters), rows=rows
    )
