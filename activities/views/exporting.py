"""The one way in which a list of this app leaves as a workbook: noted first, then made."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from members.services.export_log import log_export
from members.sheets.workbooks import XLSX, workbook_bytes


def workbook_answer(
    request, sheet: tuple[str, list[str], Iterable[list]], *, kind: str, form: Form
) -> HttpResponse:
    """`kind` and the filters in use go into the audit log, with the number of rows."""
    if request.user.school is None:
        raise PermissionDenied  # a repair account belongs to no school: there is no audit trail to note it in
    title, header, rows = sheet[0], sheet[1], list(sheet[2])
    filters = {name: value for name, value in request.GET.items() if value and name in form.fields}
    log_export(user=request.user, kind=kind, filters=filters, rows=len(rows))
    name = content_disposition_header(True, f"{title}-{timezone.localdate():%Y%m%d}.xlsx")
    content = workbook_bytes([(title, header, rows)])
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": name})
