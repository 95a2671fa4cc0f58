"""Sums, records and differences between the ledgers as sheets."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils import timezone

from activities.models import ServiceRecord
from activities.queries.totals import Total
from activities.rules.ledgers import MADE_UP

# The headers that the import of hours reads.
RECORD = [
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


def totals_sheet(by: str, lines: Iterable[tuple[str, Total]]) -> tuple[str, list[str], Iterator[list]]:
    rows = ([label, total.people, total.records, total.minutes] for label, total in lines)
    return f"时长汇总（按{by}）", [by, "人数", "记录数", "时长（分钟）"], rows


def differences_sheet(
    kind: str, lines: Iterable[list[ServiceRecord]]
) -> tuple[str, list[str], Iterator[list]]:
    """A row a record; records of one line carry its number."""
    rows = ([number, *record_row(record)] for number, line in enumerate(lines, start=1) for record in line)
    return kind, ["序号", *RECORD], rows


def record_row(record: ServiceRecord) -> list:
    member = record.member
    return [
        record.get_source_display(),
        # Without one from its ledger, the import makes it up again from what stands in the row.
        "" if MADE_UP in record.outside_no else record.outside_no,
        member.student_no,
        member.volunteer_no,
        member.name,
        member.branch.college.name,
        member.branch.name,
        record.title,
        record.served_on,
        _clock(record.starts_at),
        _clock(record.ends_at),
        record.minutes,
        record.get_state_display(),
    ]


def _clock(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""
