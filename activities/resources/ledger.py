"""Records of service and objections as rows of sheets."""

from datetime import datetime

from django.utils import timezone

from activities.models import Objection, ServiceRecord
from activities.queries.doubts import Line
from activities.services.objections import describe_subject

PERSON = ["学号", "姓名", "学院", "团支部"]
RECORD = ["服务内容", "服务日期", "开始时间", "结束时间", "时长（分钟）", "来源", "状态", "提交时间"]
PENDING_HEADER = [*PERSON, *RECORD, "确认期限", "提醒"]
SUPPLEMENT_HEADER = [*PERSON, *RECORD, "情况说明", "审核说明"]
OBJECTION_HEADER = [*PERSON, "异议对象", "异议内容", "提出时间", "状态", "答复", "答复时间"]


def build_pending_row(line: Line) -> list:
    """Return the row of a waiting record with its doubts."""
    person, record = _build_person_cells(line.record.member), _build_record_cells(line.record)
    return [*person, *record, line.due_on, "；".join(line.verdict.words)]


def build_supplement_row(record: ServiceRecord) -> list:
    return [
        *_build_person_cells(record.member),
        *_build_record_cells(record),
        record.description,
        record.decision_note,
    ]


def build_objection_row(objection: Objection) -> list:
    return [
        *_build_person_cells(objection.member),
        describe_subject(objection),
        objection.text,
        _format_second_cell(objection.raised_at),
        objection.get_state_display(),
        objection.answer,
        _format_second_cell(objection.answered_at),
    ]


def _build_person_cells(member) -> list:
    return [member.student_no, member.name, member.branch.college.name, member.branch.name]


def _build_record_cells(record: ServiceRecord) -> list:
    return [
        record.title,
        record.served_on,
        _format_clock_cell(record.starts_at),
        _format_clock_cell(record.ends_at),
        record.minutes,
        record.get_source_display(),
        record.get_state_display(),
        _format_second_cell(record.submitted_at),
    ]


def _format_clock_cell(moment: datetime | None) -> str | None:
    return f"{timezone.localtime(moment):%H:%M}" if moment else None


def _format_second_cell(moment: datetime | None) -> str | None:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}" if moment else None
