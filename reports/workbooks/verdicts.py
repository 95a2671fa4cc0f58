"""Sheets of verdicts: people, branches, and exceptions."""

from django.utils import timezone

from reports.models import ExcellentException
from reports.queries.eligibility import JudgedBranch, JudgedMember
from reports.workbooks.bulletins import RATE, convert_to_percent

VERDICT_HEADER = (
    "学院", "团支部", "学号", "姓名", "注册志愿者", "确认时长（分钟）", "待确认（分钟）", "要求时长（分钟）",
    "评优资格", "未达到的条件", "例外", "荣誉资格",
)  # fmt: skip


def build_verdict_row(person: JudgedMember) -> tuple:
    """Return a person's verdict with its reasons as a row."""
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


BRANCH_HEADER = ("学院", "团支部", "团员数", "已注册", RATE, "距底线还差（人）", "荣誉资格", "依据")


def build_branch_row(branch: JudgedBranch) -> tuple:
    """Return the verdict of 四.3 on a branch as a row."""
    verdict = branch.verdict
    return (
        branch.college,
        branch.branch,
        verdict.rate.members,
        verdict.rate.registered,
        convert_to_percent(verdict.rate),
        verdict.rate.missing_for_floor,
        verdict.answer,
        "；".join(reason.citation for reason in verdict.reasons),
    )


EXCEPTION_HEADER = (
    "年度", "学院", "团支部", "学号", "姓名", "状态", "申请人", "申请日期", "申请理由", "审批人", "审批日期",
    "审批理由", "撤销原因",
)  # fmt: skip


def build_exception_row(found: ExcellentException) -> tuple:
    """Return an exception's request and decision as a row, with both reasons; takes one of `with_places`."""
    return (
        found.year.year,
        found.college_name,
        found.branch_name,
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
