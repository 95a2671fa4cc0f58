"""Workbook of a roll-over: carried items, open items, ended items, and archived graduates."""

from collections.abc import Iterator

from members.sheets.workbooks import build_workbook
from reports.models import RollOver
from reports.rules.rollover import OUTCOMES

ITEMS = ("事项", "条款", "处理", "说明", "数量", "单位", "内容")
GRADUATES = ("毕业归档", "人数", "培养中的申请人", "担任职务的人数", "服务队队员", "取消的报名")


def build_rollover_workbook(rollover: RollOver) -> bytes:
    groups = (
        tuple(group[name] for name in ("label", "people", "applicants", "secretaries", "teams", "signups"))
        for group in rollover.graduates
    )
    return build_workbook([("结转清单", ITEMS, _list_item_rows(rollover)), ("毕业归档", GRADUATES, groups)])


def _list_item_rows(rollover: RollOver) -> Iterator[tuple]:
    """Yield a line for each row; a kind without rows has one line of its own."""
    for item in rollover.items:
        head = (
            item["label"],
            item["clause"],
            OUTCOMES[item["outcome"]],
            item["why"],
            item["count"],
            item["unit"],
        )
        for text, _ in item["rows"] or [("", "")]:
            yield (*head, text)
