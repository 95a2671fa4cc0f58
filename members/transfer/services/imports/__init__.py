"""Import a file: upload → preview → confirm → result (requirements §4).

Rows are staged by COPY and compared and merged as a set, in SQL. The preview shows the comparison. After the
confirmation the rows are compared again under the school's lock, because data may have changed since the
preview.
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
