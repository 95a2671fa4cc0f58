"""Projects, activities and sign-ups as sheets."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils import timezone

from activities.models import Activity, Project, SignUp

PROJECT = [
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
ACTIVITY = ["活动名称", "项目", "学院", "地点", "开始时间", "结束时间", "名额", "已报名", "候补", "状态"]
SIGNUP = ["学号", "姓名", "团支部", "岗位", "状态", "名额序号", "报名时间", "签入时间", "签出时间"]


def projects_sheet(projects: Iterable[Project]) -> tuple[str, list[str], Iterator[list]]:
    rows = (
        [
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
        for project in projects
    )
    return "项目", PROJECT, rows


def activities_sheet(activities: Iterable[Activity]) -> tuple[str, list[str], Iterator[list]]:
    """Activities come with `taken` and `waiting`."""
    rows = (
        [
            activity.name,
            activity.project.name,
            activity.project.college.name,
            activity.place,
            local_text(activity.starts_at),
            local_text(activity.ends_at),
            activity.capacity,
            activity.taken,
            activity.waiting,
            activity.get_state_display(),
        ]
        for activity in activities
    )
    return "活动", ACTIVITY, rows


def signups_sheet(signups: Iterable[SignUp]) -> tuple[str, list[str], Iterator[list]]:
    rows = (
        [
            signup.member.student_no,
            signup.member.name,
            signup.member.branch.name,
            signup.post.name if signup.post else "",
            signup.get_state_display(),
            signup.seat,
            local_text(signup.signed_up_at),
            local_text(signup.checked_in_at),
            local_text(signup.checked_out_at),
        ]
        for signup in signups
    )
    return "报名名单", SIGNUP, rows


def local_text(moment: datetime | None) -> str | None:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else None
