"""换届: the offices that a user may hand over, and the sheet of what is open in an office."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

import activities.queries.open_items
import members.queries.open_items
import pairing.queries.open_items
from members.lists import OFFICE
from members.models import Grant, Member, School, ServiceYear
from members.permissions import BRANCH, COLLEGE, SCHOOL, ActingOffice, may
from members.queries.offices import act_for, describe_term
from members.queries.open_items import OpenItem
from reports.models import Admission, Appraisal, ExcellentException, HonourTitle, Nomination, ResultChange
from reports.queries.admission import filter_lacking_days
from reports.queries.bulletins import list_open_dates

OFFICES = (SCHOOL, COLLEGE, BRANCH)
WITH_PLACES = ("user", "school", "college__school", "branch__college__school")


@dataclass(frozen=True)
class Handover:
    """The sheet that a predecessor hands to a successor."""

    office: str
    school: School
    predecessor: str
    term: str
    successor: str
    items: list[OpenItem]
    by: str
    made_at: datetime

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The head of the sheet: labels and values."""
        return [
            ("学校", self.school.name),
            ("职务", self.office),
            ("现任", f"{self.predecessor}（{self.term}）"),
            ("接任", self.successor or "待定"),
            ("制表人", self.by),
            ("制表时间", f"{timezone.localtime(self.made_at):%Y-%m-%d %H:%M}"),
        ]


def list_offices(user) -> QuerySet[Grant]:
    """Return the terms, present and to come, of the offices in the user's scope."""
    seen = Grant.objects.visible_to(user, "handover.view").open_on(timezone.localdate())
    return seen.filter(role__in=OFFICES).select_related(*WITH_PLACES)


def list_offices_to_hand_over(user) -> QuerySet[Grant]:
    """Return the terms that the user may end: a school all its offices, a college those of its branches."""
    seen = Grant.objects.visible_to(user, "handover.make").open_on(timezone.localdate())
    seen = seen.filter(role__in=OFFICES).select_related(*WITH_PLACES)
    return seen if may(user, "grant.staff") else seen.filter(role=BRANCH)


def get_school(grant: Grant) -> School:
    """Return the school of an office."""
    if grant.branch:
        return grant.branch.college.school
    return grant.college.school if grant.college else grant.school  # type: ignore[return-value]  # one of the three


def name_office(grant: Grant) -> str:
    """Return the office in words: 法学院 学院团委书记."""
    return f"{grant.place} {grant.get_role_display()}"


def filter_same_office(grant: Grant) -> QuerySet[Grant]:
    """Return all terms of the office of this grant."""
    return Grant.objects.filter(
        role=grant.role, school=grant.school, college=grant.college, branch=grant.branch
    )


def find_successor(grant: Grant) -> Grant | None:
    """Return the term of another person that follows this one on the day after its end."""
    if grant.ends_on is None:
        return None
    following = filter_same_office(grant).filter(starts_on=grant.ends_on + timedelta(days=1))
    return following.exclude(user=grant.user_id).select_related("user").order_by("pk").first()


def build_handover(grant: Grant, *, by, now: datetime) -> Handover:
    """Return the sheet of an office as it is now; nothing of it is stored."""
    school, successor = get_school(grant), find_successor(grant)
    return Handover(
        office=name_office(grant),
        school=school,
        predecessor=grant.user.name,
        term=describe_term(grant),
        successor=f"{successor.user.name}（{describe_term(successor)}）" if successor else "",
        items=[_narrow(item, grant, by) for item in _list_items_of(grant, act_for(grant), now)],
        by=by.name,
        made_at=now,
    )


def _narrow(item: OpenItem, grant: Grant, by) -> OpenItem:
    """Let the link open what was counted: the list of a reader above the office shows more without it."""
    place = (grant.role, grant.school_id, grant.college_id, grant.branch_id)
    if any(
        (held.role, held.school_id, held.college_id, held.branch_id) == place for held in by.active_grants
    ):
        return item
    return replace(item, link=f"{item.link}{'&' if '?' in item.link else '?'}{OFFICE}={grant.pk}")


def _list_items_of(grant: Grant, office: ActingOffice, now: datetime) -> list[OpenItem]:
    items = list_open_items(office, now=now)
    if may(office, "project.edit"):
        items.append(activities.queries.open_items.count_named_contact(office, grant.user.name))
    return [item for item in items if item.number]


def list_open_items(office: ActingOffice, *, now: datetime) -> list[OpenItem]:
    """Return what is open in the office, in all apps; kinds without anything open are left out."""
    today = timezone.localdate(now)
    items = [
        *members.queries.open_items.list_open_items(office),
        *pairing.queries.open_items.list_open_items(office, today=today),
        *activities.queries.open_items.list_open_items(office, now=now),
        *_list_report_items(office, now=now),
    ]
    return [item for item in items if item.number]


def _list_report_items(office: ActingOffice, *, now: datetime) -> list[OpenItem]:
    return [
        _count_exceptions(office),
        *_count_appraisals(office),
        *_count_honours(office),
        _count_changed_results(office),
        *_count_applicants(office),
        *_count_bulletins(office, now),
    ]


def _count_exceptions(office: ActingOffice) -> OpenItem:
    asked = ExcellentException.objects.visible_to(office, "eligibility.view").asked().count()
    title = "评优例外待审批" if may(office, "exception.decide") else "已申请的评优例外，等待校团委审批"
    return OpenItem(title, asked, "项", f"{reverse('exceptions')}?state=asked")


def _count_appraisals(office: ActingOffice) -> list[OpenItem]:
    state = Appraisal.State
    seen = Appraisal.objects.visible_to(office, "appraisal.view").order_by()
    found = seen.aggregate(
        draft=Count("pk", filter=Q(state=state.DRAFT)), submitted=Count("pk", filter=Q(state=state.SUBMITTED))
    )
    waiting = "教育评议待审核" if may(office, "appraisal.approve") else "教育评议已提交，等待学院审核"
    return [
        OpenItem("教育评议起草中，待提交", found["draft"], "份", f"{reverse('appraisals')}?state=draft"),
        OpenItem(waiting, found["submitted"], "份", f"{reverse('appraisals')}?state=submitted"),
    ]


def _count_honours(office: ActingOffice) -> list[OpenItem]:
    items = []
    undecided = ~Q(title__state=HonourTitle.State.DECIDED)
    live = Nomination.objects.visible_to(office, "honour.view").live().filter(undecided)
    items.append(OpenItem("荣誉申报尚未确定", live.count(), "项", reverse("honours")))
    if may(office, "honour.manage"):
        own = HonourTitle.objects.visible_to(office, "honour.manage").exclude(state=HonourTitle.State.DECIDED)
        items.append(OpenItem("荣誉申报或公示中，待确定", own.count(), "个", reverse("honours")))
    return items


def _count_changed_results(office: ActingOffice) -> OpenItem:
    number = ResultChange.objects.visible_to(office, "result.settle").open().count()
    return OpenItem("结果的依据有变化，待决定维持或收回", number, "项", reverse("result_changes"))


def _count_applicants(office: ActingOffice) -> list[OpenItem]:
    tracks = Admission.objects.visible_to(office, "admission.view").running()
    people = Member.objects.visible_to(office, "admission.view").filter(state=Member.State.ACTIVE)
    on_the_way = people.filter(stage__in=("applicant", "activist", "candidate"))
    return [
        OpenItem("入团培养中，待走完各步", tracks.count(), "人", reverse("admissions")),
        OpenItem(
            "入团培养日期待补",
            filter_lacking_days(on_the_way).count(),
            "人",
            f"{reverse('admissions')}?needs=days",
        ),
    ]


def _count_bulletins(office: ActingOffice, now: datetime) -> list[OpenItem]:
    year = ServiceYear.objects.current(office.school, today=timezone.localdate(now))
    if year is None or not may(office, "bulletin.publish"):
        return []
    dates = list_open_dates(school=office.school, year=year, today=timezone.localdate(now))
    note = f"最早一期：{dates[-1]:%Y-%m-%d}" if dates else ""
    return [OpenItem("通报应发未发", len(dates), "期", reverse("bulletin_next"), note)]
