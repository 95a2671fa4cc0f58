"""Import a file: upload → preview → confirm → result (requirements §4).

Rows are staged by COPY and compared and merged as a set, in SQL. The preview shows the comparison. After the
confirmation the rows are compared again under the school's lock, because data may have changed since the
preview.
"""

from members.transfer.services.imports.attempts import begin_attempt
from members.transfer.services.imports.corrections import NO_LONGER, copy_rejected, correct_rows
from members.transfer.services.imports.registry import (
    MISSING_PAGES,
    OF_A_YEAR,
    UNCLEAR,
    get_status_label,
    register_after_import,
    register_import,
    register_missing,
    register_refusal,
    register_reverting,
    register_unclear,
)
from members.transfer.services.imports.runs import (
    add_doubt,
    check_as_of,
    confirm_run,
    describe_asked_columns,
    drop_run,
    fail_run,
    forget_old_runs,
    get_allowed_college,
    import_at_once,
    is_partial,
    list_absent,
    list_stalled_runs,
    notify_if_failing,
    preview_run,
    start_run,
    write_run,
)
from members.transfer.services.imports.undoing import (
    Undoing,
    begin_undo,
    check_undo_right,
    finish_undo,
    plan_undo,
    register_undo,
    undo_run,
)

__all__ = [
    "MISSING_PAGES",
    "NO_LONGER",
    "OF_A_YEAR",
    "UNCLEAR",
    "Undoing",
    "add_doubt",
    "begin_attempt",
    "begin_undo",
    "check_as_of",
    "check_undo_right",
    "confirm_run",
    "copy_rejected",
    "correct_rows",
    "describe_asked_columns",
    "drop_run",
    "fail_run",
    "finish_undo",
    "forget_old_runs",
    "get_allowed_college",
    "get_status_label",
    "import_at_once",
    "is_partial",
    "list_absent",
    "list_stalled_runs",
    "notify_if_failing",
    "plan_undo",
    "preview_run",
    "register_after_import",
    "register_import",
    "register_missing",
    "register_refusal",
    "register_reverting",
    "register_unclear",
    "register_undo",
    "start_run",
    "undo_run",
    "write_run",
]
