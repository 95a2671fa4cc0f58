"""支部大会报告单: the page to print, and a .docx of it for a person or for all candidates of a branch."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from members.models import Branch, Member
from members.permissions import allow
from members.sent_text import describe_download
from reports.documents import DOCX
from reports.pages import get_applicant_or_404
from reports.queries.admission import add_reports, filter_by_step, prefetch_tracks
from reports.services.admission_slips import describe_paper, make_slips

if TYPE_CHECKING:
    from reports.queries.admission import ReportedMember


@allow("admission.view")
@require_safe
def admission_slip(request, pk: int):
    person = _get_tracked_person_or_404(request.user, pk)
    context = {"person": person, "paper": describe_paper(person), "track": person.track}
    return render(request, "reports/admission_slip.html", context)


@allow("admission.view")
@require_safe
def admission_docx(request, pk: int):
    person = _get_tracked_person_or_404(request.user, pk)
    return _respond_with_document(
        request.user, [person], f"支部大会报告单-{person.name}.docx", {"member": str(pk)}
    )


@allow("admission.view")
@require_safe
def admission_branch_docx(request, pk: int):
    """Send the slips of all candidates of a branch whose day of application is known, each on a page."""
    branches = Branch.objects.visible_to(request.user, "admission.view").select_related("college")
    branch = get_object_or_404(branches, pk=pk)
    people = Member.objects.visible_to(request.user, "admission.view").filter(branch=branch)
    people = filter_by_step(people, "candidate").filter(admissions__state="open")
    people = prefetch_tracks(people.select_related("branch__college__school").order_by("sort_key"))
    if not people:
        messages.info(request, "这个团支部没有可以打印的发展对象：请先登记提出入团申请的日期。")
        return redirect(branch)
    name = f"支部大会报告单-{branch.name}.docx"
    return _respond_with_document(request.user, add_reports(people), name, {"branch": str(pk)})


def _get_tracked_person_or_404(user, pk: int) -> "ReportedMember":
    """Return the person, or 404 without a track: a slip counts from the day of application."""
    person = get_applicant_or_404(user, pk, "admission.view")
    if person.track is None:
        raise Http404
    return person


def _respond_with_document(user, people: "list[ReportedMember]", name: str, filters: dict) -> HttpResponse:
    content = make_slips(user=user, people=people, filters=filters)
    headers = {"Content-Disposition": describe_download(name)}
    return HttpResponse(content, content_type=DOCX, headers=headers)
