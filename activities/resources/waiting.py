"""Rows of hours that wait, as rows of a sheet: those of a file of hours, and then what they wait for."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from activities.models import ServiceRecord, WaitingHours
from activities.rules.ledgers import MADE_UP, VOLUNTEER_BEIJING

# The headers that the import of hours reads. 处理 tells what became of the row: that is no state of its hours.
WAITING_HEADER = [
    "来源",
    "记录编号",
    "学号",
    "志愿者编号",
    "姓名",
    "项目名称",
    "服务日期",
    "开始时间",
    "结束时间",
    "服务时长（分钟）",
    "状态",
    "原因",
    "说明",
    "处理",
]
STATES = dict(ServiceRecord.State.choices)


def build_waiting_row(row: WaitingHours) -> list[Any]:
    data, volunteer = row.data, row.source == VOLUNTEER_BEIJING
    return [
        row.get_source_display(),
        # The number that the ledger gave; the import makes the same one again for a row without it.
        "" if MADE_UP in row.outside_no else row.outside_no,
        "" if volunteer else row.person_no,
        row.person_no if volunteer else "",
        row.name,
        data["title"],
        data["served_on"],
        _format_minute_cell(data.get("starts_at")),
        _format_minute_cell(data.get("ends_at")),
        data["minutes"],
        STATES.get(data.get("state", ""), ""),
        row.get_question_display(),
        row.reason,
        row.get_state_display(),
    ]


def _format_minute_cell(moment: str | None) -> str:
    return timezone.localtime(datetime.fromisoformat(moment)).isoformat(" ")[:16] if moment else ""
