"""Figures of issues as charts (the tag `chart`); the pages show the same figures beside them as a table."""

from collections.abc import Iterable

from reports.models import Bulletin, BulletinLine
from reports.rules.bulletins import day_text


def build_trend(issues: Iterable[Bulletin]) -> dict | None:
    """Return the chart of the school's rate over the issues, oldest first; None before the first one."""
    issues = list(issues)
    if not issues:
        return None
    return _build_chart(
        "line", [(day_text(issue.due_on), issue.rate) for issue in issues], issues[-1].floor_percent
    )


def build_college_trend(lines: Iterable[BulletinLine]) -> dict | None:
    """Return the chart of a college's rate over the issues, oldest first; `lines` bring their bulletin."""
    lines = list(lines)
    if not lines:
        return None
    points = [(day_text(line.bulletin.due_on), line.rate) for line in lines]
    return _build_chart("line", points, lines[-1].bulletin.floor_percent)


def build_college_bars(issue: Bulletin) -> dict:
    """Return the chart of an issue's colleges in their order."""
    lines = [(line.college_name, line.rate) for line in issue.lines.all()]
    return _build_chart("bar", lines, issue.floor_percent)


def _build_chart(kind: str, rates: list, floor: int) -> dict:
    values = [rate.percent for _, rate in rates]
    lowest = min((value for value in values if value is not None), default=0)
    return {
        "kind": kind,
        "labels": [label for label, _ in rates],
        "series": [{"name": "注册率", "values": values, "texts": [rate.text for _, rate in rates]}],
        "unit": "%",
        # Bars start at zero, or their length would mislead; a line may start just below its lowest point.
        "min": 0 if kind == "bar" else int(min(lowest, floor)) // 10 * 10,
        "max": 100,
        "lines": [
            {"value": floor, "label": f"{floor} % 底线"},
            {"value": 100, "label": "100 % 目标", "goal": True},
        ],
    }
