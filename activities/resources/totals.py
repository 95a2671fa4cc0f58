"""Records of service as rows of a sheet."""

from datetime import datetime

from django.utils import timezone

from activities.models import ServiceRecord
from activities.queries.shortfalls import describe_shortfall, get_counted_minutes

# The headers that the import of hours reads.
RECORD_HEADER = [
    "来源",
    "记录编号",
    "学号",
    "志愿者编号",
    "姓名",
    "学院",
    "团支部",
    "项目名称",
    "服务日期",
    "开始时间",
    "结束时间",
    "服务时长（分钟）",
    "状态",
]

COUNTED_HEADER = ["计入（分钟）", "未全计原因"]


def build_counted_cells(record: ServiceRecord, purpose: str) -> list:
    """Return the minutes that the record counts, and why not all of its minutes."""
    return [get_counted_minutes(record, purpose), describe_shortfall(record, purpose)]


def build_record_row(record: ServiceRecord) -> list:
    member = record.member
    return [
        record.get_source_display(),
        # A record without a number from its ledger: the import makes the same number again from the row.
        record.ledger_no,
        member.student_no,
        member.volunteer_no,
        member.name,
        member.branch.college.name,
        member.branch.name,
        record.title,
        record.served_on,
        _format_minute_cell(record.starts_at),
        _format_minute_cell(record.ends_at),
        record.minutes,
        record.get_state_display(),
    ]


def _format_minute_cell(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""
