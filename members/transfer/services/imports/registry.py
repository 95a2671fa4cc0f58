"""What an import of each kind does: functions of this app, and of the apps above, which register theirs."""

from collections.abc import Callable

from django.urls import reverse_lazy
from django.utils.functional import Promise

from members.models import ImportRow, ImportRun
from members.transfer.services.imports import (
    appointments,
    organisation,
    reverting,
    roster,
    streets,
    volunteers,
)

COMPARE: dict[str, Callable] = {
    ImportRun.Kind.ORGANISATION: organisation.compare_organisation,
    ImportRun.Kind.ROSTER: roster.compare_roster,
    ImportRun.Kind.VOLUNTEERS: volunteers.compare_volunteers,
    ImportRun.Kind.STREETS: streets.compare_streets,
    ImportRun.Kind.ACCOUNTS: appointments.compare_appointments,
}
MERGE: dict[str, Callable] = {
    ImportRun.Kind.ORGANISATION: organisation.merge_organisation,
    ImportRun.Kind.ROSTER: roster.merge_roster,
    ImportRun.Kind.VOLUNTEERS: volunteers.merge_volunteers,
    ImportRun.Kind.STREETS: streets.merge_streets,
    ImportRun.Kind.ACCOUNTS: appointments.merge_appointments,
}
# Kinds that belong to a year of the whole school: never bound to a college, whose secretary would see them.
OF_A_YEAR: set[str] = set()
# Kinds that lock people before the last comparison.
LOCK: dict[str, Callable[[ImportRun], None]] = {ImportRun.Kind.ROSTER: roster.lock_roster_people}
# Checks by which apps above refuse rows of a compared file.
CHECKS: dict[str, Callable[[ImportRun], None]] = {}
# Functions that mark the rows of a compared file that would go back to a former state, and count them.
REVERTING: dict[str, Callable[[ImportRun], int]] = {
    ImportRun.Kind.ORGANISATION: reverting.count_reverting_rows,
    ImportRun.Kind.ROSTER: reverting.count_reverting_rows,
    ImportRun.Kind.VOLUNTEERS: reverting.count_reverting_rows,
    ImportRun.Kind.STREETS: reverting.count_reverting_rows,
}
# Functions of apps above that count what the portal has and the file, although it covers it, has not; and the
# addresses of the pages that list it.
MISSING: dict[str, Callable[[ImportRun], int]] = {}
MISSING_PAGES: dict[str, str | Promise] = {}
# Words for the rows of a kind that an import leaves to be settled, and the address of the page where they wait.
UNCLEAR: dict[str, tuple[str, str | Promise]] = {
    ImportRun.Kind.VOLUNTEERS: ("待认领", reverse_lazy("claims"))
}
# Functions of apps above that run after an import of a kind is committed.
AFTER_IMPORT: dict[str, Callable[[], None]] = {}


def register_import(kind: str, *, compare: Callable, merge: Callable, of_a_year: bool) -> None:
    """Register a kind of import that an app above this one adds; its AppConfig.ready calls this.

    `of_a_year`: the kind belongs to one of the school's years and never to a single college.
    """
    COMPARE[kind], MERGE[kind] = compare, merge
    if of_a_year:
        OF_A_YEAR.add(kind)


def register_after_import(kind: str, then: Callable[[], None]) -> None:
    """Call `then` after each import of the kind, when its transaction is committed."""
    AFTER_IMPORT[kind] = then


def register_refusal(kind: str, rows: Callable[[ImportRun], None]) -> None:
    """Call `rows` after each comparison of the kind; it marks rows that must not be imported as errors."""
    CHECKS[kind] = rows


def register_reverting(kind: str, count: Callable[[ImportRun], int]) -> None:
    """Call `count` after each comparison of the kind; it sets `reverting` on rows of the run that would go back
    to a former state, because the file is older than what is held, and returns their number.
    """
    REVERTING[kind] = count


def register_missing(kind: str, count: Callable[[ImportRun], int], *, page: str | Promise = "") -> None:
    """Call `count` after each comparison of the kind; it returns how much the portal has of what the file covers
    and lacks. `page`: the address that lists it once the file is imported.
    """
    MISSING[kind], MISSING_PAGES[kind] = count, page


def register_unclear(kind: str, label: str, page: str | Promise) -> None:
    """Name the kind's rows that are not imported at once, and the address of the page where they wait."""
    UNCLEAR[kind] = label, page


def get_status_label(kind: str, status: str) -> str:
    """Return the words for a status of the kind's rows."""
    if status == ImportRow.Status.UNCLEAR and kind in UNCLEAR:
        return UNCLEAR[kind][0]
    return str(ImportRow.Status(status).label)
