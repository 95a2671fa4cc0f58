"""导出: a short list is answered at once; a long one is made by a worker, and its page says how far it has come."""

from io import BytesIO

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from members.forms.audit import FiltersInWords
from members.models import ExportJob
from members.permissions import allow
from members.services.export_log import log_export
from members.sheets.workbooks import XLSX
from members.transfer.services import exports
from members.transfer.tasks import make_export

PER_PAGE = 25


def list_answer(request, kind: str) -> HttpResponse:
    """The list that the address narrows: as a file, or on its way to one."""
    if request.user.school is None:
        raise PermissionDenied  # a repair account belongs to no school: there is no audit trail to note it in
    query = request.GET.dict()
    try:
        sheet = exports.opened(user=request.user, kind=kind, query=query)
    except ValidationError as refusal:
        raise Http404 from refusal
    if sheet.total > exports.AT_ONCE:
        return _under_way(request, kind, query)
    buffer = BytesIO()
    rows = exports.write(sheet, buffer)
    log_export(user=request.user, kind=kind, filters=sheet.filters, rows=rows)
    name = content_disposition_header(True, sheet.filename)
    return HttpResponse(buffer.getvalue(), content_type=XLSX, headers={"Content-Disposition": name})


@allow("member.export")
@require_safe
def roster_export(request):
    return list_answer(request, "roster")


def _under_way(request, kind: str, query: dict[str, str]) -> HttpResponse:
    """Ask a worker, and lead to the page that follows it."""
    try:
        job = exports.ask(user=request.user, kind=kind, query=query)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("exports")
    if job.state == ExportJob.State.WAITING:
        make_export.delay(job.pk)
    return redirect(job)


def job_or_404(user, pk: int) -> ExportJob:
    return get_object_or_404(ExportJob.objects.visible_to(user, "export.view"), pk=pk)


@allow("export.view")
@require_safe
def export_list(request):
    page = Paginator(ExportJob.objects.visible_to(request.user, "export.view"), PER_PAGE)
    jobs = page.get_page(request.GET.get("page"))
    words = FiltersInWords(jobs.object_list)
    lines = [(job, words.of(job), exports.may_fetch(user=request.user, job=job)) for job in jobs]
    return render(request, "members/exports.html", {"page": jobs, "lines": lines})


@allow("export.view")
@require_safe
def export(request, pk: int):
    job = job_or_404(request.user, pk)
    context = {
        "job": job,
        "filters": FiltersInWords([job]).of(job),
        "may_fetch": exports.may_fetch(user=request.user, job=job),
        "kept_days": exports.KEPT.days,
        "above": [("我的导出", reverse("exports"))],
    }
    return render(request, "members/export.html", context)


@allow("export.view")
@require_safe
def export_file(request, pk: int):
    """The file; where it is gone, or the rights under which it was made are, the page says why."""
    job = job_or_404(request.user, pk)
    if not exports.may_fetch(user=request.user, job=job):
        return redirect(job)
    return FileResponse(job.file.open(), as_attachment=True, filename=job.filename, content_type=XLSX)


@allow("export.view")
@require_POST
def export_again(request, pk: int):
    job = job_or_404(request.user, pk)
    return _under_way(request, job.kind, job.filters)
