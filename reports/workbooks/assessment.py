"""Workbooks of 学院考核: live scores, a locked result, and the rows behind a figure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from members.sheets.workbooks import build_workbook
from reports.models import Assessment
from reports.queries.assessment_rows import Row
from reports.rules.assessment import HUNDREDTHS, Score

MEASURES = ("学院", "指标", "计入", "应计", "权重", "得分")


def build_scores_workbook(lines: Iterable[tuple[int | None, Score]], weights: Mapping[str, int]) -> bytes:
    """Return places with the points of each indicator, and the two integers behind all points."""
    lines = list(lines)
    labels = [line.indicator for line in lines[0][1].lines] if lines else []
    header = ("名次", "学院", "得分", *(f"{one.label}（{weights[one.key]}分）" for one in labels))
    board = (
        (
            place,
            score.name,
            convert_to_points(score.total),
            *(convert_to_points(line.points) for line in score.lines),
        )
        for place, score in lines
    )
    measures = (
        (
            score.name,
            line.indicator.label,
            line.measure.counted,
            line.measure.of,
            line.weight,
            convert_to_points(line.points),
        )
        for _, score in lines
        for line in score.lines
    )
    return build_workbook([("得分", header, board), ("各项数字", MEASURES, measures)])


def build_result_workbook(result: Assessment) -> bytes:
    """Return the workbook of a locked result, as locked."""
    return build_scores_workbook(
        [(line.place, line.then) for line in result.lines.all()], result.scheme.weights
    )


ROWS_HEADER = ("名称", "所在", "情况", "计入", "应计")


def measure_row(row: Row) -> tuple:
    """Return a row behind an indicator's figure."""
    return row.name, row.place, row.detail, row.measure.counted, row.measure.of


def convert_to_points(points: int) -> Decimal:
    """Return hundredths of a point as a number with two decimals."""
    return Decimal(points) / HUNDREDTHS
