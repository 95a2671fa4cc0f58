"""Import a file: upload → preview → confirm → result (requirements §4).

Rows are staged by COPY and compared and merged as a set, in SQL. The preview shows the comparison. After the
confirmation the rows are compared again under the school's lock, because data may have changed since the
preview.
"""

from members.transfer.services.imports.runs import (
    OF_A_YEAR,
    confirm_run,
    drop_run,
    fail_run,
    forget_old_runs,
    get_allowed_college,
    import_at_once,
    list_absent,
    list_stalled_runs,
    notify_if_failing,
    preview_run,
    register_after_import,
    register_import,
    register_refusal,
    start_run,
    write_run,
)

__all__ = [
    "OF_A_YEAR",
    "confirm_run",
    "drop_run",
    "fail_run",
    "forget_old_runs",
    "get_allowed_college",
    "import_at_once",
    "list_absent",
    "list_stalled_runs",
    "notify_if_failing",
    "preview_run",
    "register_after_import",
    "register_import",
    "register_refusal",
    "start_run",
    "write_run",
]
