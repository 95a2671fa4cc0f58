"""Workbooks of figures: bulletins and verdicts."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.utils import timezone

from members.rules import Rate
from members.sheets.workbooks import workbook_bytes
from reports.models import Assessment, Bulletin, BulletinBranch, ExcellentException
from reports.queries.assessment_rows import Row
from reports.queries.eligibility import JudgedBranch, JudgedMember
from reports.rules.assessment import HUNDREDTHS, Indicator, Score

RATE = "注册率（%）"
BRANCH_HEADER = ("学院", "团支部", "团员数", "已注册", RATE, "低于底线", "距底线还差（人）", "未注册（人）")


def percent(rate: Rate) -> Decimal | str:
    """The rate as it is shown, as a number; 不适用 where there is nobody."""
    return Decimal(rate.text) if rate.members else rate.text


def bulletin_workbook(bulletin: Bulletin) -> bytes:
    """An issue: cover, colleges, branches below the floor, annex of all branches. Counts only.

    Takes an issue of `with_figures()`.
    """
    colleges_header = (
        "排名", "学院", "团员数", "已注册", RATE, "较上期新增（人）", "较上期（百分点）",
        "已自报待核实", "团支部数", "低于底线的团支部数", "入团积极分子数", "入团积极分子已注册",
    )  # fmt: skip
    return workbook_bytes(
        [
            ("通报", (f"{bulletin.school_name}团员志愿者注册情况通报", bulletin.title), _cover(bulletin)),
            ("各学院", colleges_header, _colleges(bulletin)),
            (f"低于{bulletin.floor_percent}%的团支部", BRANCH_HEADER, _branches(bulletin.below_floor)),
            ("附件 各团支部", BRANCH_HEADER, _branches(bulletin.annex)),
        ]
    )


def series_workbook(bulletins: Iterable[Bulletin]) -> bytes:
    """The list of issues, one a row."""
    header = (
        "期次", "类别", "通报日", "数据截至", "团员数", "已注册", RATE, "团支部数", "低于底线的团支部数", "勘误说明",
    )  # fmt: skip
    rows = (
        (
            bulletin.title,
            bulletin.get_kind_display(),
            bulletin.due_on,
            local_text(bulletin.as_of),
            bulletin.members,
            bulletin.registered,
            percent(bulletin.rate),
            bulletin.branches,
            bulletin.branches_below,
            bulletin.reason,
        )
        for bulletin in bulletins
    )
    return workbook_bytes([("通报", header, rows)])


def local_text(moment) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def _cover(bulletin: Bulletin) -> Iterable[tuple]:
    yield "通报日", bulletin.due_on
    yield "数据截至", local_text(bulletin.as_of)
    if bulletin.corrects:
        yield "更正", bulletin.corrects.title
        yield "勘误说明", bulletin.reason
    yield "团员数", bulletin.members
    yield "已注册", bulletin.registered
    yield RATE, percent(bulletin.rate)
    if bulletin.change:
        yield "较上期新增（人）", bulletin.change.registered
        yield "较上期（百分点）", bulletin.change.points_text
    yield "团支部数", bulletin.branches
    yield f"低于{bulletin.floor_percent}%的团支部数", bulletin.branches_below
    yield "目标与底线", f"目标100%；团支部注册率低于{bulletin.floor_percent}%的，不得参评校级以上荣誉"
    yield "说明", "注册率按已核实的注册人数计算，舍去两位小数以后的部分"


def _colleges(bulletin: Bulletin) -> Iterable[tuple]:
    for line in bulletin.lines.all():
        change = line.change
        yield (
            line.rank,
            line.college_name,
            line.members,
            line.registered,
            percent(line.rate),
            change and change.registered,
            change and change.points_text,
            line.reported,
            line.branches,
            line.branches_below,
            line.activists,
            line.activists_registered,
        )


def _branches(branches: Iterable[BulletinBranch]) -> Iterable[tuple]:
    for branch in branches:
        rate = branch.rate
        yield (
            branch.line.college_name,
            branch.branch_name,
            branch.members,
            branch.registered,
            percent(rate),
            "是" if branch.below_floor else "否",
            rate.missing_for_floor,
            rate.missing,
        )


# --- verdicts -------------------------------------------------------------------------------------------------


VERDICT_HEADER = (
    "学院", "团支部", "学号", "姓名", "注册志愿者", "确认时长（分钟）", "待确认（分钟）", "要求时长（分钟）",
    "评优资格", "未达到的条件", "例外", "荣誉资格",
)  # fmt: skip


def eligibility_workbook(people: Iterable[JudgedMember]) -> tuple[bytes, int]:
    """Everybody's verdict with its reasons, and how many rows; they are written as they come and not kept."""
    written = 0

    def rows():
        nonlocal written
        for person in people:
            written += 1
            yield verdict_row(person)

    content = workbook_bytes([("评优资格", VERDICT_HEADER, rows())])
    return content, written


def verdict_row(person: JudgedMember) -> tuple:
    verdict = person.verdict
    figures, barred = verdict.figures, verdict.honour_bar
    reasons = "；".join(f"{reason.missing}（{reason.citation}）" for reason in verdict.reasons)
    return (
        person.college,
        person.branch,
        person.student_no,
        person.name,
        "已核实" if figures.registered else "未核实",
        figures.minutes,
        figures.pending,
        verdict.rules.required_minutes,
        verdict.answer,
        verdict.not_judged or reasons,
        figures.exception,
        "" if barred is None else f"{verdict.floor_name}以上受限" if barred else "不受限",
    )


def branches_workbook(branches: Iterable[JudgedBranch]) -> bytes:
    """四.3 for each branch."""
    header = ("学院", "团支部", "团员数", "已注册", RATE, "距底线还差（人）", "荣誉资格", "依据")
    rows = (
        (
            branch.college,
            branch.branch,
            branch.verdict.rate.members,
            branch.verdict.rate.registered,
            percent(branch.verdict.rate),
            branch.verdict.rate.missing_for_floor,
            branch.verdict.answer,
            "；".join(reason.citation for reason in branch.verdict.reasons),
        )
        for branch in branches
    )
    return workbook_bytes([("团支部荣誉资格", header, rows)])


def exceptions_workbook(exceptions: Iterable[ExcellentException]) -> bytes:
    """What was asked and decided, with both reasons."""
    header = (
        "年度", "学院", "团支部", "学号", "姓名", "状态", "申请人", "申请日期", "申请理由", "审批人", "审批日期",
        "审批理由", "撤销原因",
    )  # fmt: skip
    rows = (
        (
            found.year.year,
            found.member.branch.college.name,
            found.member.branch.name,
            found.member.student_no,
            found.member.name,
            found.get_state_display(),
            found.asked_by.name,
            timezone.localdate(found.asked_at),
            found.grounds,
            found.decided_by and found.decided_by.name,
            found.decided_at and timezone.localdate(found.decided_at),
            found.reason,
            found.revoke_reason,
        )
        for found in exceptions
    )
    return workbook_bytes([("评优例外", header, rows)])


# --- 学院考核 ----------------------------------------------------------------------------------------------------

MEASURES = ("学院", "指标", "计入", "应计", "权重", "得分")


def scores_workbook(lines: Iterable[tuple[int | None, Score]], weights: Mapping[str, int]) -> bytes:
    """Places with the points of each indicator, and the two integers behind every point."""
    lines = list(lines)
    labels = [line.indicator for line in lines[0][1].lines] if lines else []
    header = ("名次", "学院", "得分", *(f"{one.label}（{weights[one.key]}分）" for one in labels))
    board = (
        (place, score.name, hundredth(score.total), *(hundredth(line.points) for line in score.lines))
        for place, score in lines
    )
    measures = (
        (
            score.name,
            line.indicator.label,
            line.measure.counted,
            line.measure.of,
            line.weight,
            hundredth(line.points),
        )
        for _, score in lines
        for line in score.lines
    )
    return workbook_bytes([("得分", header, board), ("各项数字", MEASURES, measures)])


def result_workbook(result: Assessment) -> bytes:
    """A locked result, as it was."""
    return scores_workbook([(line.place, line.then) for line in result.lines.all()], result.scheme.weights)


def rows_workbook(indicator: Indicator, rows: Iterable[Row]) -> bytes:
    """What is behind an indicator's figure."""
    header = ("名称", "所在", "情况", "计入", "应计")
    cells = ((row.name, row.place, row.detail, row.measure.counted, row.measure.of) for row in rows)
    return workbook_bytes([(indicator.label, header, cells)])


def hundredth(points: int) -> Decimal:
    """Hundredths of a point as a number with two places."""
    return Decimal(points) / HUNDREDTHS


# --- 表彰 --------------------------------------------------------------------------------------------------------


def commendation_workbook(name: str, labels: list[str], chosen: list[dict], barred: list[dict]) -> bytes:
    """The list with its figures as they are read, and who is left out with the reasons."""
    listed = (
        (row["place"], row["name"], row["where"], *(text for _, text in row["figures"])) for row in chosen
    )
    left_out = ((row["name"], row["where"], "；".join(row["barred"])) for row in barred)
    return workbook_bytes(
        [
            (name, ("序号", "名称", "所在", *labels), listed),
            ("未列入", ("名称", "所在", "原因"), left_out),
        ]
    )
