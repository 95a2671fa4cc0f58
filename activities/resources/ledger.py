"""Records of service and objections as sheets."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils import timezone

from activities.models import Objection, ServiceRecord
from activities.queries.doubts import Line
from activities.services.objections import subject

PERSON = ["学号", "姓名", "学院", "团支部"]
RECORD = ["服务内容", "服务日期", "开始时间", "结束时间", "时长（分钟）", "来源", "状态", "提交时间"]


def pending_sheet(lines: Iterable[Line]) -> tuple[str, list[str], Iterator[list]]:
    """What waits, with what speaks against it."""
    rows = (
        [*_person(line.record.member), *_record(line.record), line.due_on, "；".join(line.verdict.words)]
        for line in lines
    )
    return "待确认时长", [*PERSON, *RECORD, "确认期限", "提醒"], rows


def supplements_sheet(records: Iterable[ServiceRecord]) -> tuple[str, list[str], Iterator[list]]:
    rows = (
        [*_person(record.member), *_record(record), record.description, record.decision_note]
        for record in records
    )
    return "补录", [*PERSON, *RECORD, "情况说明", "审核说明"], rows


def objections_sheet(objections: Iterable[Objection]) -> tuple[str, list[str], Iterator[list]]:
    header = [*PERSON, "异议对象", "异议内容", "提出时间", "状态", "答复", "答复时间"]
    rows = (
        [
            *_person(objection.member),
            subject(objection),
            objection.text,
            _stamp(objection.raised_at),
            objection.get_state_display(),
            objection.answer,
            _stamp(objection.answered_at),
        ]
        for objection in objections
    )
    return "异议", header, rows


def _person(member) -> list:
    return [member.student_no, member.name, member.branch.college.name, member.branch.name]


def _record(record: ServiceRecord) -> list:
    return [
        record.title,
        record.served_on,
        _clock(record.starts_at),
        _clock(record.ends_at),
        record.minutes,
        record.get_source_display(),
        record.get_state_display(),
        _stamp(record.submitted_at),
    ]


def _clock(moment: datetime | None) -> str | None:
    return f"{timezone.localtime(moment):%H:%M}" if moment else None


def _stamp(moment: datetime | None) -> str | None:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}" if moment else None
