"""Import the city's streets.

District and name identify a street; the figure "taken elsewhere" has its source.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date

from django.db import connection

from members.models import ImportRow, ImportRun, Street
from members.sheets.cells import CellError, clean_organisation
from members.transfer.services.imports.staging import list_read_rows, write_decisions

FIELDS = ("kind", "contact", "contact_phone", "taken_elsewhere", "taken_as_of")


def compare_streets(run: ImportRun) -> None:
    """Compare the rows under a lock of the table, because all schools share the streets.

    Imports of two schools wait for each other, so that no street is added twice.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE members_street IN SHARE ROW EXCLUSIVE MODE")
    known = _index_streets(Street.objects.order_by("pk"))
    first: dict[tuple[str, str], ImportRow] = {}
    write_decisions(run, [_decide_street(row, known, first) for row in list_read_rows(run)])


def _index_streets(streets: Iterable[Street]) -> dict[tuple[str, str], Street]:
    """Return the streets by district and name: as they are spelled, and as the reader spells what a file says.

    An older portal has kept names with spaces and narrow brackets; a file must not make such a street again.
    """
    exact: dict[tuple[str, str], Street] = {}
    tidy: dict[tuple[str, str], Street] = {}
    for street in streets:
        exact[street.district, street.name] = street
        with suppress(CellError):
            tidy.setdefault((clean_organisation(street.district), clean_organisation(street.name)), street)
    return tidy | exact


def _decide_street(row: ImportRow, known: dict, first: dict) -> tuple:
    key = (row.data["district"], row.data["name"])
    earlier = first.setdefault(key, row)
    if earlier is not row:
        return row.pk, "error", f"与第{earlier.number}行重复", {}, None
    street = known.get(key)
    if street is None:
        return row.pk, "new", "", {}, None
    news = _read_values(street, row.data)
    changes = {
        name: [old, value]
        for name, value in news.items()
        if (old := _to_json_value(getattr(street, name))) != value
    }
    return row.pk, "changed" if changes else "same", _warn_of_older_figure(changes), changes, street.pk


def _warn_of_older_figure(changes: dict) -> str:
    """Return a warning in Chinese if the row's figure is older than the stored one, else "".

    An old list would give back places that have been taken since; the preview tells the user before
    confirming.
    """
    before, now = changes.get("taken_as_of", (None, None))
    return f"数据时间早于平台现有的 {before}，请核对" if before and now < before else ""


def merge_streets(run: ImportRun, *, today: date) -> None:
    """Insert and update streets; a figure without a date gets `today` (a local date)."""
    rows = [row for row in list_read_rows(run) if row.status in ("new", "changed")]
    streets = (
        Street.objects.select_for_update().order_by("pk").in_bulk([row.target for row in rows if row.target])
    )
    new: list[Street] = []
    changed: list[Street] = []
    for row in rows:
        street = streets.get(row.target) or Street(district=row.data["district"], name=row.data["name"])
        for name, value in _read_values(street, row.data).items():
            setattr(street, name, value)
        if "taken_elsewhere" in row.data:
            street.taken_source = f"文件“{run.filename}”"[:200]
            street.taken_as_of = row.data.get("taken_as_of") or today
        (changed if street.pk else new).append(street)
    Street.objects.bulk_create(new, batch_size=1000)
    Street.objects.bulk_update(changed, [*FIELDS, "taken_source"], batch_size=1000)


def _read_values(street: Street, data: dict) -> dict:
    """Return the fields of a row; a masked phone never replaces a full one."""
    masked = "*" in data.get("contact_phone", "") and street.contact_phone != ""
    return {name: data[name] for name in FIELDS if name in data and not (masked and name == "contact_phone")}


def _to_json_value(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
