"""The audit log as a sheet."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from members.queries.audit import Entry

STAMP = "%Y-%m-%d %H:%M:%S"
EXPORTS_HEADER = ["时间", "操作人", "内容", "筛选条件", "行数"]
EVENTS_HEADER = ["时间", "操作人", "事项", "账号", "网络地址", "设备", "说明"]
CHANGES_HEADER = ["时间", "操作人", "途径", "动作", "对象", "变更", "原因"]


def export_row(line: Mapping[str, Any]) -> list:
    """Return a row under EXPORTS_HEADER for a line of `members.forms.audit.describe_exports`."""
    return [line["at"].strftime(STAMP), *(line[name] for name in ("who", "kind", "filters", "rows"))]


def build_change_row(entry: Entry) -> list[str]:
    """Return a row under CHANGES_HEADER."""
    changed = "；".join(f"{field.label}：{field.old} → {field.new}" for field in entry.fields)
    at = timezone.localtime(entry.at).strftime(STAMP)
    return [at, entry.who, entry.by, entry.what, entry.about, changed, entry.reason]


def build_event_row(line: Mapping[str, Any]) -> list:
    """Return a row under EVENTS_HEADER for a line of `members.forms.audit.describe_account_events`."""
    names = ("who", "what", "about", "address", "device", "note")
    return [line["at"].strftime(STAMP), *(line[name] for name in names)]
