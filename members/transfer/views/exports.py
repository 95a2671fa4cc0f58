"""导出: a short list comes with the response; a worker makes a long one, and its page shows the progress."""

from collections.abc import Callable
from io import BytesIO

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from members.confirmation import ask_to_confirm
from members.forms.audit import FiltersInWords
from members.lists import Listing
from members.models import ExportJob
from members.pages import build_list_context, log_and_send_workbook, require_school
from members.permissions import allow, build_page_path
from members.sent_text import describe_download
from members.sheets.workbooks import XLSX
from members.transfer.listings import EXPORT_JOBS
from members.transfer.services import exports
from members.transfer.tasks import make_export

MASS = 100  # people or records; a longer list leaves the portal only after a recent proof of who asks


def export_view(listing: Listing, **names: str) -> Callable[..., HttpResponse]:
    """Return the view that exports a list with the filters of the address, as a file or as a job of a worker.

    `names` maps arguments of the path to filters, such as `pk="branch"`.
    """

    @allow(listing.action_of_export)
    @require_safe
    def export_list(request, **arguments):
        require_school(request.user)
        given = {names[name]: str(value) for name, value in arguments.items()}
        params = request.GET.dict() | given
        try:
            query = exports.open_query(user=request.user, kind=listing.name, params=params)
        except ValidationError as refusal:
            raise Http404 from refusal
        if query.sheet.total > MASS and (
            asked := ask_to_confirm(request, build_page_path(request), sends_file=True)
        ):
            return asked
        if query.sheet.total > exports.AT_ONCE:
            return _start_export(request, listing.name, params)
        buffer = BytesIO()
        rows = exports.write_list(query.sheet, buffer)
        return log_and_send_workbook(
            request,
            buffer.getvalue(),
            query.sheet.filename,
            kind=listing.name,
            rows=rows,
            filters=query.filters,
        )

    export_list.listing, export_list.given = listing, names
    return export_list


def _start_export(request, kind: str, params: dict[str, str]) -> HttpResponse:
    """Start the export in a worker and redirect to its page."""
    try:
        job = exports.request_export(user=request.user, kind=kind, params=params)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("exports")
    if job.state == ExportJob.State.WAITING:
        make_export.delay(job.pk)
    return redirect(job)


def get_job_or_404(user, pk: int) -> ExportJob:
    """Return the user's own export, or raise Http404."""
    return get_object_or_404(ExportJob.objects.visible_to(user, "export.view"), pk=pk)


@allow("export.view")
@require_safe
def export_jobs(request):
    context = build_list_context(request, EXPORT_JOBS)
    jobs = context["page"].object_list
    words = FiltersInWords(jobs)
    context["lines"] = [
        (job, words.describe(job), exports.may_fetch(user=request.user, job=job)) for job in jobs
    ]
    return render(request, "members/exports.html", context)


@allow("export.view")
@require_safe
def export(request, pk: int):
    job = get_job_or_404(request.user, pk)
    context = {
        "job": job,
        "filters": FiltersInWords([job]).describe(job),
        "may_fetch": exports.may_fetch(user=request.user, job=job),
        "kept_days": exports.KEPT.days,
        "above": [("我的导出", reverse("exports"))],
    }
    return render(request, "members/export.html", context)


@allow("export.view", recent=True, sends_file=True)
@require_safe
def export_file(request, pk: int):
    """Send the file; if the file or the user's right to it is gone, redirect to the page that tells why."""
    job = get_job_or_404(request.user, pk)
    if not exports.may_fetch(user=request.user, job=job):
        return redirect(job)
    name = describe_download(job.filename)
    return FileResponse(job.file.open(), content_type=XLSX, headers={"Content-Disposition": name})


@allow("export.view", recent=True)
@require_POST
def export_again(request, pk: int):
    job = get_job_or_404(request.user, pk)
    return _start_export(request, job.kind, job.filters)
