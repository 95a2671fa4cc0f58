"""Lists of projects, activities and sign-ups."""

from datetime import datetime

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils import timezone

from activities.forms.activities import ActivityFilter
from activities.forms.projects import ProjectFilter
from activities.forms.signups import OfActivityFilter, OfferFilter
from activities.models import Activity, Project, SignUp
from activities.queries.attendance import TAKES_PART
from activities.resources.plans import (
    ACTIVITY_HEADER,
    PROJECT_HEADER,
    SIGNUP_HEADER,
    build_activity_row,
    build_project_row,
    build_signup_row,
)
from activities.rules.signups import DAY
from members.lists import ListColumn, Listing, ListQuery, build_sheet, never_shown
from members.models import Member

# --- 项目 -------------------------------------------------------------------------------------------------------


def find_projects(query: ListQuery) -> QuerySet[Project]:
    projects = Project.objects.visible_to(query.user, query.action).select_related(
        "college__school", "street"
    )
    return query.form.narrow(projects)


PROJECTS = Listing(
    name="projects",
    title="项目",
    action="project.view",
    export_action="project.edit",
    filter_form=ProjectFilter,
    rows=find_projects,
    columns=(
        ListColumn("name", "项目", ("name",)),
        ListColumn("college", "学院", ("college__name", "name")),
        ListColumn("kind", "类别", ("kind", "street__district", "street__name")),
        ListColumn("starts", "期间", ("starts_on",)),
        ListColumn("people", "需要人数", ("people_needed",), numeric=True),
        ListColumn("state", "状态", ("state",)),
        # The usual order; the page does not show this time.
        ListColumn("created", "创建时间", ("created_at",), shown=never_shown),
    ),
    default_sort="-created",
    unit="个",
    sheet=lambda query: build_sheet(query, PROJECT_HEADER, build_project_row),
)

# --- 活动 -------------------------------------------------------------------------------------------------------


def find_activities(query: ListQuery) -> QuerySet[Activity]:
    """Return activities with the number of people who have a place and who wait for one."""
    activities = query.form.narrow(Activity.objects.visible_to(query.user, query.action), now=timezone.now())
    return activities.with_places().select_related("project__college__school", "street")


ACTIVITIES = Listing(
    name="activities",
    title="活动",
    action="activity.view",
    export_action="activity.edit",
    filter_form=ActivityFilter,
    rows=find_activities,
    columns=(
        ListColumn("name", "活动", ("name",)),
        ListColumn("college", "学院", ("project__college__name",)),
        ListColumn("starts", "时间", ("starts_at",), largest_first=True),
        ListColumn("place", "地点", ("place",)),
        ListColumn("taken", "已报名", ("taken",), numeric=True),
        ListColumn("state", "状态", ("state", "starts_at")),
    ),
    default_sort="-starts",
    unit="次",
    sheet=lambda query: build_sheet(query, ACTIVITY_HEADER, build_activity_row),
)

# --- 报名名单 ---------------------------------------------------------------------------------------------------


def find_signups(query: ListQuery) -> QuerySet[SignUp]:
    """Return the activity's sign-ups: seats first, then waiting people in order, then the others."""
    signups = SignUp.objects.visible_to(query.user, query.action).filter(
        activity=query.wanted.get("activity")
    )
    return signups.select_related("member__branch", "post").order_by("seat", "waiting_since", "pk")


SIGNUPS = Listing(
    name="signups",
    title="报名名单",
    action="activity.edit",
    filter_form=OfActivityFilter,
    rows=find_signups,
    columns=(
        ListColumn("name", "姓名", ("member__sort_key",)),
        ListColumn("number", "学号", ("member__student_no",)),
        ListColumn("branch", "团支部", ("member__branch__name",)),
        ListColumn("post", "岗位", ("post__name",)),
        ListColumn("state", "状态", ("checked_out_at", "checked_in_at", "no_show_at", "state")),
        ListColumn("signed", "报名时间", ("signed_up_at",)),
        ListColumn("remove", "操作", spoken=True),
    ),
    unit="人",
    sheet=lambda query: build_sheet(query, SIGNUP_HEADER, build_signup_row),
)

# --- 可报名的活动 -----------------------------------------------------------------------------------------------


def find_offers(query: ListQuery) -> QuerySet[Activity]:
    """Return activities that concern the person, with the person's own sign-up, the next steps first."""
    people = Member.objects.visible_to(query.user, query.action).select_related("branch")
    person, now = people.filter(pk=query.user.member_id).first(), timezone.now()
    if person is None:
        return Activity.objects.none()
    activities = query.form.narrow(Activity.objects.shown_to(person), member_id=person.pk, now=now)
    activities = activities.with_places().with_own(person.pk).select_related("project")
    return order_offers(activities, now)


def order_offers(activities: QuerySet[Activity], now: datetime) -> QuerySet[Activity]:
    """Sort the offers by what the person does next.

    The person's own of today come first, then open sign-ups, then other future ones, each by date; past ones
    are last, the latest first.
    """
    rank = Case(
        When(ends_at__lte=now, then=Value(2)),
        When(
            state="open",
            own_state__in=TAKES_PART,
            starts_at__lt=timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + DAY,
            then=Value(-1),
        ),
        When(state="open", pause="", signup_opens_at__lte=now, signup_closes_at__gt=now, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    past_latest = Case(When(ends_at__lte=now, then="starts_at"))
    return activities.annotate(rank=rank).order_by("rank", past_latest.desc(), "starts_at", "pk")


OFFERS = Listing(
    name="offers",
    title="可报名的活动",
    action="signup.own",
    filter_form=OfferFilter,
    rows=find_offers,
    unit="次",
)
