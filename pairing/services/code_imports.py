"""Import the city's list of codes. The text identifies a code, and is unique in the whole portal."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from members.models import ImportRow, ImportRun
from members.transfer.services.imports.staging import list_read_rows, write_decisions
from pairing.models import PairingCode

State = PairingCode.State
FREE = (State.STOCK, State.RETURNED)


def compare_codes(run: ImportRun) -> None:
    """Compare the rows: new codes go into stock; a file does not change codes that a college has or has used."""
    if run.year is None:
        raise ValidationError("本校还没有年度规则，请先开设年度。")
    _lock_code_imports()
    rows = list_read_rows(run)
    texts = [row.data["code"] for row in rows]
    codes = PairingCode.objects.select_for_update(of=("self",)).select_related("year")
    known = {code.code: code for code in codes.filter(code__in=texts).order_by("pk")}
    first: dict[str, ImportRow] = {}
    write_decisions(run, [_decide_code(run, row, known.get(row.data["code"]), first) for row in rows])


def _lock_code_imports() -> None:
    """Lock imports of codes, so that the file of a second school finds the codes of the first.

    The table itself is not locked, so claims do not wait.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('pairing.code_imports'))")


def _decide_code(run: ImportRun, row: ImportRow, code: PairingCode | None, first: dict) -> tuple:
    earlier = first.setdefault(row.data["code"], row)
    kind = row.data["kind"]
    if earlier is not row:
        return row.pk, "error", f"与第{earlier.number}行重复", {}, None
    if code is None and (refusal := row.data.get("refusal")):
        return row.pk, "error", refusal, {}, None
    if code is None:
        return row.pk, "new", "", {}, None
    if code.year.school_id != run.school_id:
        return row.pk, "error", "这个结对码已由其他学校录入，请与团市委核对", {}, None
    if code.year_id != run.year_id:
        return row.pk, "error", f"这个结对码属于 {code.year.year} 年度", {}, None
    if code.kind == kind:
        return row.pk, "same", "", {}, code.pk
    if code.state not in FREE:
        return row.pk, "error", f"这个结对码{code.get_state_display()}，不能改变类型", {}, None
    return row.pk, "changed", "", {"kind": [code.kind, kind]}, code.pk


@transaction.atomic
def merge_codes(run: ImportRun, *, today: date) -> None:
    """Insert the new codes and change the kind of the changed ones."""
    rows = [row for row in list_read_rows(run) if row.status in ("new", "changed")]
    PairingCode.objects.bulk_create(
        PairingCode(year=run.year, code=row.data["code"], kind=row.data["kind"])
        for row in rows
        if row.status == "new"
    )
    changed = PairingCode.objects.in_bulk([row.target for row in rows if row.target])
    for row in rows:
        if code := changed.get(row.target):
            code.kind = row.data["kind"]
    PairingCode.objects.bulk_update(changed.values(), ["kind"])
