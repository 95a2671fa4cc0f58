"""导入: upload → preview → confirm → result."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.models import ImportRow, ImportRun, User
from members.permissions import allow
from members.services.export_log import log_export
from members.sheets.workbooks import XLSX, workbook_bytes
from members.transfer.forms.imports import UploadForm
from members.transfer.queries.imports import first_rows, has_several_sheets, rows_of
from members.transfer.resources import rejected_rows
from members.transfer.services import imports
from members.transfer.tasks import read_import, write_import

PER_PAGE = 25
Status = ImportRow.Status


def run_or_404(user, pk: int) -> ImportRun:
    """Return an import that the user may see, or raise Http404."""
    runs = ImportRun.objects.visible_to(user, "import.view").select_related("school", "college", "created_by")
    return get_object_or_404(runs, pk=pk)


@allow("import.view")
@require_safe
def import_list(request):
    runs = ImportRun.objects.visible_to(request.user, "import.view").select_related("college", "created_by")
    page = Paginator(runs, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "members/imports.html", {"page": page})


@allow("import.view")
@require_http_methods(["GET", "POST"])
def import_new(request):
    if request.user.school is None:
        raise PermissionDenied  # a repair account has no school into which the file could be imported
    initial = {"kind": request.GET.get("kind")}
    form = UploadForm(request.POST or None, request.FILES or None, user=request.user, initial=initial)
    if form.is_valid() and (run := _started(form, request.user)):
        read_import.delay(run.pk)
        return redirect(run)
    return render(request, "members/import_new.html", {"form": form, "above": _above()})


def _started(form: UploadForm, user: User) -> ImportRun | None:
    """Return the run of an uploaded file; a refusal of the service becomes an error of the form, and None."""
    data = form.cleaned_data
    try:
        return imports.start(
            school=user.school,
            kind=data["kind"],
            filename=data["file"].name,
            content=data["file"].read(),
            user=user,
            college=data.get("college"),
        )
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return None


@allow("import.view")
@require_safe
def import_run(request, pk: int):
    run = run_or_404(request.user, pk)
    if run.state in (ImportRun.State.READING, ImportRun.State.WRITING):
        # The browser reloads the page by itself, without JavaScript.
        return HttpResponse(
            render(request, "members/import_waiting.html", {"run": run, "above": _above()}).content,
            headers={"Refresh": "2"},
        )
    status = request.GET.get("status", "")
    context = {"run": run, "status": status, "tabs": _tabs(run, status), "above": _above()}
    if status in Status.values:
        context["page"] = Paginator(rows_of(run, request.user, status), PER_PAGE).get_page(
            request.GET.get("page")
        )
    else:
        context["samples"] = first_rows(run, request.user)
    context["several_sheets"] = has_several_sheets(run)
    return render(request, "members/import.html", context)


@allow("import.view")
@require_POST
def import_confirm(request, pk: int):
    run = run_or_404(request.user, pk)
    try:
        imports.confirm(run_id=run.pk, user=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        write_import.delay(run.pk)
    return redirect(run)


@allow("import.view")
@require_POST
def import_drop(request, pk: int):
    run = run_or_404(request.user, pk)
    try:
        imports.drop(run_id=run.pk)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(run)
    messages.success(request, f"已放弃“{run.filename}”，没有录入任何内容。")
    return redirect("imports")


@allow("import.view")
@require_safe
def import_rejects(request, pk: int):
    """Send the rejected rows as in the file, with a column 录入结果; only to the uploader."""
    run = run_or_404(request.user, pk)
    if run.created_by_id != request.user.pk or not run.figures.get(Status.ERROR):
        raise Http404
    log_export(user=request.user, kind="rejects", filters={"import": str(pk)}, rows=run.figures[Status.ERROR])
    stem = run.filename.rpartition(".")[0] or run.filename
    name = content_disposition_header(True, f"{stem}-未录入.xlsx")
    content = workbook_bytes([rejected_rows(run)])
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": name})


@allow("import.view")
@require_safe
def import_missing(request, pk: int):
    """List the people or branches of the portal that the file lacks; nobody is deleted."""
    run = run_or_404(request.user, pk)
    missing = imports.absent(run)
    if run.kind == ImportRun.Kind.ORGANISATION:
        missing = missing.select_related("college").order_by("college__name", "name")
    else:
        missing = missing.in_list_order()
    page = Paginator(missing, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "members/import_missing.html", {"run": run, "page": page, "above": _above(run)})


def _above(run: ImportRun | None = None) -> list[tuple[str, str]]:
    """Return the pages above this one, for the breadcrumb."""
    way = [("导入", reverse("imports"))]
    return [*way, (run.filename, run.get_absolute_url())] if run else way


def _tabs(run: ImportRun, status: str) -> list[dict]:
    return [
        {"status": value, "label": label, "count": run.figures.get(value, 0), "active": value == status}
        for value, label in Status.choices
    ]
