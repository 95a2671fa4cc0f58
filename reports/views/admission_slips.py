"""支部大会报告单: the page to print, and the same as .docx for a person or for all candidates of a branch."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from members.models import Branch, Member
from members.permissions import allow
from members.services.export_log import log_export
from reports.documents import DOCX, SlipPage, slips_docx
from reports.queries.admission import reported, standing_at, with_tracks
from reports.rules.admission import Meeting, thawed
from reports.views.admission import found


def paper_of(person: Member) -> SlipPage:
    """Of somebody admitted, the slip as it was kept; before that, what the ledger says today."""
    track = person.track
    slip = track.slip if track else None
    report = thawed(slip) if slip else person.report
    name = slip.get("name", person.name) if slip else person.name  # of older slips the name was not kept
    branch = slip["branch"] if slip else person.branch.name
    college = slip["college"] if slip else person.branch.college.name
    meeting = track.meeting_on if track else None
    facts = [
        ("姓名", name, "学号", person.student_no),
        ("学院", college, "团支部", branch),
        ("申请入团", _day(track and track.applied_on), "积极分子", _day(track and track.activist_on)),
        ("发展对象", _day(track and track.candidate_on), "支部大会", _day(meeting)),
        ("志愿者编号", report.volunteer_no or "—", "注册日期", _day(report.registered_on)),
    ]
    vote = Meeting(**slip["meeting"]).text + "。" if slip else ""
    made = timezone.localdate(track.admitted_at) if slip else timezone.localdate()
    return SlipPage(person.branch.college.school.name, facts, report, vote, made)


def _day(day) -> str:
    return f"{day:%Y-%m-%d}" if day else "—"


@allow("admission.view")
@require_safe
def admission_slip(request, pk: int):
    person = _ready(request.user, pk)
    context = {"person": person, "paper": paper_of(person), "track": person.track}
    return render(request, "reports/admission_slip.html", context)


@allow("admission.view")
@require_safe
def admission_docx(request, pk: int):
    person = _ready(request.user, pk)
    return _document(request.user, [person], f"支部大会报告单-{person.name}.docx", {"member": str(pk)})


@allow("admission.view")
@require_safe
def admission_branch_docx(request, pk: int):
    """All candidates of a branch whose day of application is known, each on a page."""
    branches = Branch.objects.visible_to(request.user, "admission.view").select_related("college")
    branch = get_object_or_404(branches, pk=pk)
    people = Member.objects.visible_to(request.user, "admission.view").filter(branch=branch)
    people = standing_at(people, "candidate").filter(admissions__state="open")
    people = with_tracks(people.select_related("branch__college__school").order_by("sort_key"))
    if not people:
        messages.info(request, "这个团支部没有可以打印的发展对象：请先登记提出入团申请的日期。")
        return redirect(branch)
    name = f"支部大会报告单-{branch.name}.docx"
    return _document(request.user, reported(people), name, {"branch": str(pk)})


def _ready(user, pk: int) -> Member:
    """A slip needs the day from which it counts."""
    person = found(user, pk, "admission.view")
    if person.track is None:
        raise Http404
    return person


def _document(user, people: list[Member], name: str, filters: dict) -> HttpResponse:
    school = people[0].branch.college.school
    log_export(user=user, kind="admission_slips", filters=filters, rows=len(people), school=school)
    content = slips_docx([paper_of(person) for person in people])
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse(content, content_type=DOCX, headers=headers)
