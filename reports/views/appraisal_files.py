"""The sheet of an appraisal as a file: export, then import with a preview before saving."""

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from members.pages import log_and_send_workbook
from members.permissions import allow
from members.sheets.workbooks import build_workbook
from reports.forms.appraisal import SheetUploadForm
from reports.models import Appraisal
from reports.pages import get_appraisal_or_404
from reports.queries.appraisal_sheets import build_sheet
from reports.resources.appraisal import build_appraisal_sheet
from reports.services.appraisal import write_rows
from reports.services.appraisal_readings import Reading, find_reading, start_reading
from reports.services.appraisal_sheets import Comparison, compare_sheet
from reports.tasks import read_appraisal_sheet

AGREE_WITHIN = 3600  # seconds between preview and agreement


@allow("appraisal.view")
@require_safe
def appraisal_export(request, pk: int):
    shown = get_appraisal_or_404(request.user, pk, "appraisal.view")
    rows = build_sheet(shown)
    filters = {"branch": str(shown.branch_id), "year": str(shown.year.year)}
    name = f"教育评议-{shown.branch.name}-{shown.year.year}.xlsx"
    content = build_workbook([build_appraisal_sheet(rows)])
    return log_and_send_workbook(request, content, name, kind="appraisal", rows=len(rows), filters=filters)


@allow("appraisal.edit")
@require_http_methods(["GET", "POST"])
def appraisal_import(request, pk: int):
    """Upload a file, preview the changes, agree.

    A worker reads the file, which stays in the cache for an hour; the form carries the signed preview.
    """
    shown = get_appraisal_or_404(request.user, pk, "appraisal.edit")
    if shown.state != Appraisal.State.DRAFT:
        messages.error(request, f"这次评议{shown.get_state_display()}，不能导入。")
        return redirect(shown)
    if agreed := request.POST.get("agreed"):
        return _write_agreed_rows(request, shown, agreed)
    form = SheetUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        return _start_reading(request, shown, form.cleaned_data["file"])
    reading = _find_reading(request, pk)
    if reading and reading.is_open:
        return _show_waiting(request, shown, reading)
    if reading and reading.problem:
        form = SheetUploadForm.refuse(reading.problem)
    preview = compare_sheet(shown, reading.rows) if reading and reading.rows is not None else None
    context = {
        "appraisal": shown,
        "form": form,
        "preview": preview,
        "reading": reading,
        "agreed": _seal_preview(request, pk, preview, reading) if preview and reading else "",
        "above": _build_breadcrumb(shown),
    }
    return render(request, "reports/appraisal_import.html", context)


def _start_reading(request, shown: Appraisal, file):
    """Leave the file to a worker, and send the browser to the page that waits for it."""
    reading = start_reading(user=request.user, appraisal=shown, filename=file.name, content=file.read())
    read_appraisal_sheet.delay(shown.pk, request.user.pk, reading.token)
    return redirect(f"{reverse('appraisal_import', args=[shown.pk])}?reading={reading.token}")


def _find_reading(request, pk: int) -> Reading | None:
    """Return the upload that the address names; tell the person if it is gone."""
    token = request.GET.get("reading")
    if not token or request.method == "POST":
        return None
    reading = find_reading(user_id=request.user.pk, appraisal_id=pk, token=token)
    if reading is None:
        messages.error(request, "这次上传已过期，请重新上传文件。")
    return reading


def _show_waiting(request, shown: Appraisal, reading: Reading):
    """The browser reloads the page by itself, without JavaScript."""
    context = {"appraisal": shown, "reading": reading, "above": _build_breadcrumb(shown)}
    page = render(request, "reports/appraisal_import_waiting.html", context)
    page.headers["Refresh"] = "2"
    return page


def _build_breadcrumb(shown: Appraisal) -> list[tuple[str, str]]:
    return [("教育评议", reverse("appraisals")), (shown.branch.name, shown.get_absolute_url())]


def _seal_preview(request, pk: int, preview: Comparison, reading: Reading) -> str:
    """Return the signed changes, the versions of the rows they were compared with, and whether a column is asked about."""
    asks = bool(reading.asked_columns)
    return signing.dumps([preview.rows, preview.seen, asks], salt=_build_salt(request, pk), compress=True)


def _write_agreed_rows(request, shown: Appraisal, agreed: str):
    try:
        sealed = signing.loads(agreed, salt=_build_salt(request, shown.pk), max_age=AGREE_WITHIN)
    except signing.BadSignature:
        messages.error(request, "预览已过期，请重新上传文件。")
        return redirect("appraisal_import", shown.pk)
    rows, seen = ({int(row): value for row, value in part.items()} for part in sealed[:2])
    if sealed[2] and "columns_known" not in request.POST:
        messages.error(request, "没有录入：请核对文件里没有读取的列，勾选“确认这些列不影响录入”后再确认。")
        return redirect(request.get_full_path())
    try:
        changed = write_rows(user=request.user, appraisal_id=shown.pk, rows=rows, seen=seen)
    except ValidationError as refusal:
        messages.error(request, "没有录入：" + _describe_refusal(shown, refusal))
        return redirect("appraisal_import", shown.pk)
    messages.success(request, f"已录入，改动 {len(changed)} 人。")
    return redirect(shown)


def _describe_refusal(shown: Appraisal, refusal: ValidationError) -> str:
    """Return each problem with the name of the person it is about."""
    if not hasattr(refusal, "error_dict"):
        return " ".join(refusal.messages)
    names = {str(grade.pk): grade.member.name for grade in shown.grades.select_related("member")}
    problems = refusal.message_dict.items()
    return " ".join(f"{names[row]}：{text}" for row, texts in problems for text in texts)


def _build_salt(request, pk: int) -> str:
    return f"appraisal.import:{pk}:{request.user.pk}"
