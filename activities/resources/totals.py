"""Records of service as rows of a sheet."""

from datetime import datetime

from django.db.models import QuerySet
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

SOURCES = dict(ServiceRecord._meta.get_field("source").flatchoices)
STATES = dict(ServiceRecord._meta.get_field("state").flatchoices)
COUNTED_HEADER = ["计入（分钟）", "未全计原因"]
NUMBER_OF_DIFFERENCE = "序号"

RECORD_COLUMNS = (
    "source",
    "outside_no",
    "title",
    "served_on",
    "starts_at",
    "ends_at",
    "minutes",
    "state",
    "member__student_no",
    "member__volunteer_no",
    "member__name",
    "member__branch__name",
    "member__branch__college__name",
    "counted__waiting",
)
COUNTED_COLUMNS = (
    "{}",
    "{}_reason",
    "{}_yields_to__served_on",
    "{}_yields_to__source",
    "{}_yields_to__title",
)


def narrow_columns(records: QuerySet, purpose: str) -> QuerySet:
    """Read only the columns that a row needs; objects of whole rows take a third of the time of a long export."""
    names = (*RECORD_COLUMNS, *(name.format(f"counted__{purpose}") for name in COUNTED_COLUMNS))
    return records.only(*names)


def build_counted_cells(record: ServiceRecord, purpose: str) -> list:
    """Return the minutes that the record counts, and why not all of its minutes."""
    return [get_counted_minutes(record, purpose), describe_shortfall(record, purpose)]


def build_record_row(record: ServiceRecord) -> list:
    member = record.member
    branch = member.branch
    return [
        SOURCES.get(record.source, record.source),
        # A record without a number from its ledger: the import makes the same number again from the row.
        record.ledger_no,
        member.student_no,
        member.volunteer_no,
        member.name,
        branch.college.name,
        branch.name,
        record.title,
        record.served_on,
        _format_minute_cell(record.starts_at),
        _format_minute_cell(record.ends_at),
        record.minutes,
        STATES.get(record.state, record.state),
    ]


def _format_minute_cell(moment: datetime | None) -> str:
    return timezone.localtime(moment).isoformat(" ")[:16] if moment else ""
