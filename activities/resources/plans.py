"""Projects, activities and sign-ups as rows of sheets."""

from datetime import datetime

from django.utils import timezone

from activities.models import Activity, Project, SignUp

PROJECT_HEADER = [
    "项目名称",
    "类别",
    "学院",
    "街乡",
    "开始日期",
    "结束日期",
    "需要人数",
    "状态",
    "联系人",
    "联系电话",
]
ACTIVITY_HEADER = [
    "活动名称",
    "项目",
    "学院",
    "地点",
    "开始时间",
    "结束时间",
    "名额",
    "已报名",
    "候补",
    "状态",
]
SIGNUP_HEADER = ["学号", "姓名", "团支部", "岗位", "状态", "名额序号", "报名时间", "签入时间", "签出时间"]


def build_project_row(project: Project) -> list:
    return [
        project.name,
        project.get_kind_display(),
        project.college.name,
        str(project.street or ""),
        project.starts_on,
        project.ends_on,
        project.people_needed,
        project.get_state_display(),
        project.contact_name,
        project.contact_phone,
    ]


def build_activity_row(activity: Activity) -> list:
    """Return the row of an activity that has `taken` and `waiting`."""
    return [
        activity.name,
        activity.project.name,
        activity.project.college.name,
        activity.place,
        _format_local_time(activity.starts_at),
        _format_local_time(activity.ends_at),
        activity.capacity,
        activity.taken,
        activity.waiting,
        "已暂停" if activity.pause else activity.get_state_display(),
    ]


def build_signup_row(signup: SignUp) -> list:
    return [
        signup.member.student_no,
        signup.member.name,
        signup.member.branch.name,
        signup.post.name if signup.post else "",
        signup.get_state_display(),
        signup.seat,
        _format_local_time(signup.signed_up_at),
        _format_local_time(signup.checked_in_at),
        _format_local_time(signup.checked_out_at),
    ]


def _format_local_time(moment: datetime | None) -> str | None:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else None
