"""Attendance as rows of a sheet."""

from datetime import datetime

from django.utils import timezone

from activities.models import SignUp

ATTENDANCE_HEADER = [
    "学号",
    "姓名",
    "学院",
    "团支部",
    "签入时间",
    "签入方式",
    "签出时间",
    "签出方式",
    "提醒",
    "处理说明",
]


def build_attendance_row(signup: SignUp) -> list:
    branch = signup.member.branch
    return [
        signup.member.student_no,
        signup.member.name,
        branch.college.name,
        branch.name,
        _format_local_time(signup.checked_in_at),
        signup.get_checked_in_how_display(),
        _format_local_time(signup.checked_out_at),
        signup.get_checked_out_how_display(),
        "、".join(signup.flag_words),
        signup.settle_reason,
    ]


def _format_local_time(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""
