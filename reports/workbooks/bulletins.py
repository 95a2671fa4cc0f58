"""Workbooks of bulletins: an issue, and the list of issues."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils import timezone

from members.rules import Rate
from members.sheets.workbooks import build_workbook
from reports.models import Bulletin, BulletinBranch

RATE = "注册率（%）"
CORRECTED = "更正（原→现）"  # only in a 勘误
BRANCH_HEADER = ("学院", "团支部", "团员数", "已注册", RATE, "低于底线", "距底线还差（人）", "未注册（人）")


def convert_to_percent(rate: Rate) -> Decimal | str:
    """Return the shown rate as a number; 不适用 without members."""
    return Decimal(rate.text) if rate.members else rate.text


def build_bulletin_workbook(bulletin: Bulletin) -> bytes:
    """Return the workbook of an issue: cover, colleges, branches below the floor, annex of all branches.

    Counts only. Takes an issue of `with_figures()`.
    """
    colleges_header = (
        "排名", "学院", "团员数", "已注册", RATE, "较上期新增（人）", "较上期（百分点）",
        "已自报待核实", "团支部数", "低于底线的团支部数", "入团积极分子数", "入团积极分子已注册",
    )  # fmt: skip
    corrected = (CORRECTED,) if bulletin.corrects else ()
    branch_header = (*BRANCH_HEADER, *corrected)
    return build_workbook(
        [
            (
                "通报",
                (f"{bulletin.school_name}团员志愿者注册情况通报", bulletin.title),
                _list_cover_rows(bulletin),
            ),
            ("各学院", (*colleges_header, *corrected), _list_college_rows(bulletin)),
            (
                f"低于{bulletin.floor_percent}%的团支部",
                branch_header,
                _list_branch_rows(bulletin, bulletin.below_floor),
            ),
            ("附件 各团支部", branch_header, _list_branch_rows(bulletin, bulletin.annex)),
        ]
    )


SERIES_HEADER = (
    "期次", "类别", "通报日", "数据截至", "团员数", "已注册", RATE, "团支部数", "低于底线的团支部数", "勘误说明",
)  # fmt: skip


def build_series_row(bulletin: Bulletin) -> tuple:
    """Return an issue as a row of the list of issues."""
    return (
        bulletin.title,
        bulletin.get_kind_display(),
        bulletin.due_on,
        format_to_minute(bulletin.as_of),
        bulletin.members,
        bulletin.registered,
        convert_to_percent(bulletin.rate),
        bulletin.branches,
        bulletin.branches_below,
        bulletin.reason,
    )


def format_to_minute(moment) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def _list_cover_rows(bulletin: Bulletin) -> Iterable[tuple]:
    yield "通报日", bulletin.due_on
    yield "数据截至", format_to_minute(bulletin.as_of)
    if bulletin.corrects:
        yield "更正", bulletin.corrects.title
        yield "勘误说明", bulletin.reason
        if bulletin.issued_at:
            yield "勘误发布", format_to_minute(bulletin.issued_at)
        if bulletin.correction:
            yield CORRECTED, bulletin.correction
    yield "团员数", bulletin.members
    yield "已注册", bulletin.registered
    yield RATE, convert_to_percent(bulletin.rate)
    if bulletin.previous and bulletin.change:
        yield "上期", f"{bulletin.previous.title}（数据截至 {format_to_minute(bulletin.previous.as_of)}）"
        yield "较上期新增（人）", bulletin.change.registered
        yield "较上期（百分点）", bulletin.change.points_text
    yield "团支部数", bulletin.branches
    yield f"低于{bulletin.floor_percent}%的团支部数", bulletin.branches_below
    yield "目标与底线", f"目标100%；团支部注册率低于{bulletin.floor_percent}%的，不得参评校级以上荣誉"
    yield "说明", "注册率按已核实的注册人数计算，舍去两位小数以后的部分"


def _list_college_rows(bulletin: Bulletin) -> Iterable[tuple]:
    for line in bulletin.lines.all():
        change = line.change
        yield (
            line.rank,
            line.college_name,
            line.members,
            line.registered,
            convert_to_percent(line.rate),
            change and change.registered,
            change and change.points_text,
            line.reported,
            line.branches,
            line.branches_below,
            line.activists,
            line.activists_registered,
            *([line.correction] if bulletin.corrects else []),
        )


def _list_branch_rows(bulletin: Bulletin, branches: Iterable[BulletinBranch]) -> Iterable[tuple]:
    for branch in branches:
        rate = branch.rate
        yield (
            branch.line.college_name,
            branch.branch_name,
            branch.members,
            branch.registered,
            convert_to_percent(rate),
            "是" if branch.below_floor else "否",
            rate.missing_for_floor,
            rate.missing,
            *([branch.correction] if bulletin.corrects else []),
        )
