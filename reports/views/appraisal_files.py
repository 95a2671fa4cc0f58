"""The sheet of an appraisal as a file: export, then import with a preview before saving."""

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from members.pages import log_and_send_workbook
from members.permissions import allow
from members.sheets.reading import read_file
from members.sheets.sheets import SheetError
from members.sheets.workbooks import build_workbook
from reports.forms.appraisal import SheetUploadForm
from reports.models import Appraisal
from reports.pages import get_appraisal_or_404
from reports.queries.appraisal_sheets import build_sheet
from reports.resources.appraisal import AppraisalResource, build_appraisal_sheet
from reports.services.appraisal import write_rows
from reports.services.appraisal_sheets import Comparison, compare_sheet

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

    The server stores nothing in between: the form carries the signed preview.
    """
    shown = get_appraisal_or_404(request.user, pk, "appraisal.edit")
    if shown.state != Appraisal.State.DRAFT:
        messages.error(request, f"这次评议{shown.get_state_display()}，不能导入。")
        return redirect(shown)
    form, preview = SheetUploadForm(), None
    if agreed := request.POST.get("agreed"):
        return _write_agreed_rows(request, shown, agreed)
    if request.method == "POST":
        form = SheetUploadForm(request.POST, request.FILES)
        preview = _preview_upload(form, shown) if form.is_valid() else None
    context = {
        "appraisal": shown,
        "form": form,
        "preview": preview,
        "agreed": _seal_preview(request, pk, preview) if preview else "",
        "above": [("教育评议", reverse("appraisals")), (shown.branch.name, shown.get_absolute_url())],
    }
    return render(request, "reports/appraisal_import.html", context)


def _preview_upload(form: SheetUploadForm, shown: Appraisal) -> Comparison | None:
    file, resource = form.cleaned_data["file"], AppraisalResource()
    try:
        return compare_sheet(shown, resource.rows(resource.open(read_file(file.read(), file.name))))
    except SheetError as error:
        form.add_error("file", f"{error}。")
    return None


def _seal_preview(request, pk: int, preview: Comparison) -> str:
    """Return the signed changes with the versions of the rows that they were compared with."""
    return signing.dumps([preview.rows, preview.seen], salt=_build_salt(request, pk), compress=True)


def _write_agreed_rows(request, shown: Appraisal, agreed: str):
    try:
        sealed = signing.loads(agreed, salt=_build_salt(request, shown.pk), max_age=AGREE_WITHIN)
    except signing.BadSignature:
        messages.error(request, "预览已过期，请重新上传文件。")
        return redirect("appraisal_import", shown.pk)
    rows, seen = ({int(row): value for row, value in part.items()} for part in sealed)
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
