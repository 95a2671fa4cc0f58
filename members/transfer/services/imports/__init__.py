"""A file on its way in: upload → preview → confirm → result (requirements §4).

Rows are staged by COPY and compared and merged as a set, in SQL; the preview is the comparison, and confirming
compares once more under the school's lock before it writes, because the world may have moved since.
"""

from members.transfer.services.imports.runs import (
    OF_A_YEAR,
    absent,
    allowed_college,
    also_refuse,
    confirm,
    drop,
    fail,
    failing_kindly,
    forget_old,
    import_now,
    preview,
    register,
    stalled,
    start,
    when_written,
    write,
)

__all__ = [
    "OF_A_YEAR",
    "absent",
    "allowed_college",
    "also_refuse",
    "confirm",
    "drop",
    "fail",
    "failing_kindly",
    "forget_old",
    "import_now",
    "preview",
    "register",
    "stalled",
    "start",
    "when_written",
    "write",
]
