"""The check that a form hands to a service: is the row still what the page showed?

The service calls it with the row that it has locked; the check raises ValidationError if something was changed
meanwhile (`members.forms.seen`). Callers that have shown nothing leave it out.
"""

from collections.abc import Callable
from typing import Any

Check = Callable[[Any], None]


def accept_all(row: object) -> None:
    """Accept any row: the caller has shown nothing of it."""
