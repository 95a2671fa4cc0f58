"""Sheet of nominations, with the verdicts of nomination and decision."""

from django.utils import timezone

from reports.models import Nomination
from reports.rules.honours import format_answer

HONOUR_HEADER = (
    "年度", "级别", "荣誉", "学院", "团支部", "学号", "姓名", "主要事迹", "申报人", "申报日期", "申报时资格",
    "申报时情况", "状态", "名额序号", "处理日期", "处理时资格", "处理时情况", "说明",
)  # fmt: skip


def build_honour_row(row: Nomination) -> tuple:
    """Return the row of a nomination of `with_names()`.

    College and branch are those of the last kept verdict; once a title is decided, the name is too.
    """
    title, person, decided = row.title, row.member, row.judged_at_decision
    return (
        title.year.year,
        title.get_level_display(),
        title.name,
        row.last_verdict["college"],
        row.last_verdict["branch"],
        person and person.student_no,
        person and row.names["name"],
        row.grounds,
        row.nominated_by.name,
        timezone.localdate(row.nominated_at),
        format_answer(row.judged),
        _format_conditions(row.judged),
        row.state_text,
        row.place,
        row.decided_at and timezone.localdate(row.decided_at),
        decided and format_answer(decided),
        decided and _format_conditions(decided),
        row.reason,
    )


def _format_conditions(verdict: dict) -> str:
    return "；".join(
        f"{row['label']}{row['measured_text']}（{row['citation']}）" for row in verdict["conditions"]
    )
