"""The resource of each kind of import, and functions that open an uploaded file with it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from members.models import ImportRun
from members.resources.base import SheetResource, StagedRow
from members.resources.offices import OfficeResource
from members.resources.organisation import OrganisationResource
from members.resources.roster import RosterResource
from members.resources.streets import StreetResource
from members.resources.volunteers import VolunteerResource
from members.sheets.grids import RawFile
from members.sheets.headers import Vocabulary
from members.sheets.reading import read_file
from members.sheets.sheets import Sheet, SheetError

RESOURCES: dict[str, type[SheetResource]] = {
    ImportRun.Kind.ORGANISATION: OrganisationResource,
    ImportRun.Kind.ROSTER: RosterResource,
    ImportRun.Kind.VOLUNTEERS: VolunteerResource,
    ImportRun.Kind.STREETS: StreetResource,
    ImportRun.Kind.ACCOUNTS: OfficeResource,
}


def register_resource(kind: str, resource: type[SheetResource]) -> None:
    """Register the resource of a kind that an app above this one adds; its AppConfig.ready calls this."""
    RESOURCES[kind] = resource


def open_sheet(kind: str, raw: RawFile) -> tuple[SheetResource, Sheet]:
    """Open a file as a sheet of this kind; return (resource, sheet).

    A sheet without the columns that new objects need may still change known ones. Raises SheetError in Chinese;
    it names another kind if the columns fit that kind better.
    """
    resource = RESOURCES[kind]()
    try:
        return resource, resource.open(raw)
    except SheetError as error:
        meant = _find_better_kind(kind, raw, error.understood)
        if meant is None and (sheet := _open_of_known(kind, raw)):
            return resource, replace(sheet, lacking=str(error))
        if meant is None:
            raise
        labels = dict(ImportRun.Kind.choices)
        raise SheetError(
            f"这个文件看起来是{labels[meant]}，不是{labels[kind]}，请核对所选的文件类别。{error}"
        ) from error


def _find_better_kind(kind: str, raw: RawFile, understood: int | None) -> str | None:
    """Return the other kind that knows most columns of the file, if it knows more than this one does."""
    if understood is None:
        return None
    found: dict[str, int] = {}
    for other in RESOURCES.keys() - {kind}:
        with suppress(SheetError):
            found[other] = len(RESOURCES[other]().open(raw).columns)
    best = max(found, key=found.__getitem__, default=None)
    return best if best and found[best] > understood else None


def _open_of_known(kind: str, raw: RawFile) -> Sheet | None:
    """Return the sheet of a file that only changes known objects; None where it is none, or another kind's.

    It is another kind's if that kind finds a column it needs where this one finds nothing (志愿者编号), or two of
    them although others are missing (服务日期 and 服务时长).
    """
    with suppress(SheetError):
        sheet = RESOURCES[kind]().open_of_known(raw)
        others = [RESOURCES[other]() for other in RESOURCES.keys() - {kind}]
        if not any(_needs_ignored(other, sheet, raw) for other in others):
            return sheet
    return None


def _needs_ignored(resource: SheetResource, sheet: Sheet, raw: RawFile) -> bool:
    """Return whether the columns that `sheet` ignores make the file one of the resource's kind."""
    needed = resource.required.union(*resource.any_of)
    found = Vocabulary(resource.columns(), resource.any_of).match(sheet.ignored).keys() & needed
    if len(found) > 1:
        return True
    with suppress(SheetError):
        columns = resource.open(raw).columns
        return bool({columns[name] for name in needed if name in columns} - set(sheet.columns.values()))
    return False


def open_run(run: ImportRun) -> tuple[tuple[str, ...], Iterator[StagedRow], dict[str, Any]]:
    """Return (header, rows, notes) of an uploaded file; raise SheetError with a Chinese message."""
    with run.file.open() as file:
        resource, sheet = open_sheet(run.kind, read_file(file.read(), run.filename))
    return sheet.header, resource.rows(sheet), list_notes(sheet)


def list_notes(sheet: Sheet) -> dict[str, Any]:
    """Return what of a file is not read: columns, among them those with dates, worksheets, and columns it lacks."""
    days = list(sheet.ignored_days)
    notes = {
        "ignored": [text for text in sheet.ignored if text not in days],
        "skipped_sheets": list(sheet.skipped_sheets),
    }
    return (
        notes
        | ({"ignored_days": days} if days else {})
        | ({"lacking": sheet.lacking} if sheet.lacking else {})
    )


def build_rejected_sheet(run: ImportRun) -> tuple[str, list[str], Iterator[list[str]]]:
    """Return (title, header, rows) of a workbook: the rejected rows as in the file, with a column 录入结果."""
    rows = run.rows.filter(status="error").order_by("position").values_list("original", "reason", "number")
    width = len(run.header)
    filled = (
        [*(original + [""] * width)[:width], f"第{number}行：{reason}"] for original, reason, number in rows
    )
    return "未录入", [*run.header, "录入结果"], filled
