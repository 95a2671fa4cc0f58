"""支部大会报告单: compose a person's paper, and make a document of the papers of several people."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils import timezone

from members.services.export_log import log_export
from reports.documents import SlipPage, build_slips_docx
from reports.rules.admission import Meeting, Report, restore_report

if TYPE_CHECKING:
    from reports.queries.admission import ReportedMember


def make_slips(*, user, people: "Sequence[ReportedMember]", filters: Mapping[str, str]) -> bytes:
    """Return a .docx with a page for each person, and log the export; `people` comes from `reported`."""
    school = people[0].branch.college.school
    log_export(user=user, kind="admission_slips", filters=filters, rows=len(people), school=school)
    return build_slips_docx([describe_paper(person) for person in people])


def describe_paper(person: "ReportedMember") -> SlipPage:
    """Describe an admitted person by the kept slip, anybody else by what the ledger says today."""
    track = person.track
    slip = track.slip if track else None
    report = restore_report(slip) if slip else person.report
    name = slip.get("name", person.name) if slip else person.name  # older slips did not keep the name
    branch = slip["branch"] if slip else person.branch.name
    college = slip["college"] if slip else person.branch.college.name
    meeting = track.meeting_on if track else None
    facts = [
        ("姓名", name, "学号", person.student_no),
        ("学院", college, "团支部", branch),
        (
            "申请入团",
            _format_day(track and track.applied_on),
            "积极分子",
            _format_day(track and track.activist_on),
        ),
        ("发展对象", _format_day(track and track.candidate_on), "支部大会", _format_day(meeting)),
        ("志愿者编号", report.volunteer_no or "—", "注册日期", _format_registration_day(report)),
    ]
    vote = Meeting(**slip["meeting"]).text + "。" if slip else ""
    made = timezone.localdate(track.admitted_at) if track and slip else timezone.localdate()
    return SlipPage(person.branch.college.school.name, facts, report, vote, made)


def _format_registration_day(report: Report) -> str:
    return "日期不详" if report.registered and not report.registered_on else _format_day(report.registered_on)


def _format_day(day) -> str:
    return f"{day:%Y-%m-%d}" if day else "—"
