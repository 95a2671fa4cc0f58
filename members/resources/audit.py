"""The audit log as a sheet."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils import timezone

from members.queries.audit import Entry

STAMP = "%Y-%m-%d %H:%M:%S"


def exports_sheet(lines: Iterable[Mapping[str, Any]]) -> tuple[str, list[str], Iterator[list]]:
    rows = (
        [line["at"].strftime(STAMP), *(line[name] for name in ("who", "kind", "filters", "rows"))]
        for line in lines
    )
    return "导出记录", ["时间", "操作人", "内容", "筛选条件", "行数"], rows


def changes_sheet(entries: Iterable[Entry]) -> tuple[str, list[str], Iterator[list]]:
    return "变更记录", ["时间", "操作人", "途径", "动作", "对象", "变更", "原因"], map(_row, entries)


def _row(entry: Entry) -> list[str]:
    changed = "；".join(f"{field.label}：{field.old} → {field.new}" for field in entry.fields)
    at = timezone.localtime(entry.at).strftime(STAMP)
    return [at, entry.who, entry.by, entry.what, entry.about, changed, entry.reason]
