"""What is open in an office about projects, activities, hours and objections."""

from datetime import datetime

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity, Objection, Project, ServiceRecord
from members.permissions import ActingOffice, may
from members.queries.open_items import OpenItem

State = Project.State


def list_open_items(office: ActingOffice, *, now: datetime) -> list[OpenItem]:
    """Return hours to confirm, objections to answer, projects on their way, and attendance to settle."""
    items = []
    if may(office, "hours.decide"):
        records = ServiceRecord.objects.decided_by(office).pending().from_portal()
        link = reverse("hours")
        items.append(_count_waiting("服务时长待确认", records, "submitted_at", "条", link))
    if may(office, "objection.answer"):
        objections = Objection.objects.visible_to(office, "objection.answer").open()
        link = reverse("objections")
        items.append(_count_waiting("时长异议待答复", objections, "raised_at", "条", link))
    if may(office, "project.edit"):
        items += _count_projects(office)
    if may(office, "activity.edit"):
        ended = Activity.objects.visible_to(office, "activity.edit").filter(
            state=Activity.State.OPEN, ends_at__lte=now, closed_at=None
        )
        link = f"{reverse('activities')}?state=unsettled"
        items.append(_count_waiting("活动已结束，考勤待处理", ended, "ends_at", "场", link))
        ahead = Activity.objects.visible_to(office, "activity.edit").filter(
            state=Activity.State.OPEN, ends_at__gt=now
        )
        link = f"{reverse('activities')}?state=paused"
        items.append(_count_waiting("已暂停的活动", ahead.exclude(pause=""), "starts_at", "场", link))
        link = f"{reverse('activities')}?state=ahead"
        items.append(_count_waiting("地点待定的活动", ahead.filter(place_open=True), "starts_at", "场", link))
    return items


def count_named_contact(office: ActingOffice, name: str) -> OpenItem:
    """Return the projects that are not over and still name the predecessor as their contact."""
    seen = Project.objects.visible_to(office, "project.edit").exclude(state=State.CLOSED)
    number = seen.filter(contact_name=name).count()
    return OpenItem("项目联系人是现任本人，换届后请更换", number, "个", reverse("projects"))


def _count_waiting(title: str, rows, since: str, unit: str, link: str) -> OpenItem:
    found = rows.order_by().aggregate(number=Count("pk"), oldest=Min(since))
    note = f"最早一{unit}：{timezone.localdate(found['oldest']):%Y-%m-%d}" if found["oldest"] else ""
    return OpenItem(title, found["number"], unit, link, note)


def _count_projects(office: ActingOffice) -> list[OpenItem]:
    seen = Project.objects.visible_to(office, "project.edit").order_by()
    kinds = {
        State.DRAFT: "项目起草中，待提交",
        State.CHANGES: "街乡建议修改的项目",
        State.PROPOSED: "项目待街乡确认",
        State.AGREED: "街乡已同意的项目，待发布",
    }
    found = seen.aggregate(**{state.value: Count("pk", filter=Q(state=state)) for state in kinds})
    return [
        OpenItem(title, found[state.value], "个", f"{reverse('projects')}?state={state.value}")
        for state, title in kinds.items()
    ]
