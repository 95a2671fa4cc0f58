"""Sheet of the people on the way into the League."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.queries.admission import ReportedMember


ADMISSION_HEADER = (
    "学院", "团支部", "学号", "姓名", "发展阶段", "提出申请", "列为积极分子", "列为发展对象", "支部大会",
    "培养状态", "注册", "志愿者编号", "服务次数", "服务时长（分钟）",
)  # fmt: skip
DAYS = ("applied_on", "activist_on", "candidate_on", "meeting_on")


def build_admission_row(person: "ReportedMember") -> tuple:
    """Return a person's days, registration and hours so far as a row; takes one of `reported`."""
    return (
        person.branch.college.name,
        person.branch.name,
        person.student_no,
        person.name,
        person.get_stage_display(),
        *(person.track and getattr(person.track, day) for day in DAYS),
        person.track.get_state_display() if person.track else "待登记申请日期",
        "已核实" if person.is_registered else "未核实",
        person.volunteer_no,
        len(person.report.lines),
        person.report.minutes,
    )
