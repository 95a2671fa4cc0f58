"""Lists of people who come to an activity, for its organisers and for the street."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from activities.forms.attendance import RollFilter
from activities.models import Activity, SignUp
from activities.queries.attendance import filter_participants, with_cases
from activities.queries.street import annotate_participants
from activities.resources.attendance import ATTENDANCE_HEADER, build_attendance_row
from members.lists import ExportSheet, ListColumn, Listing, ListQuery, build_sheet

# Order of states: absent, out, in, not yet in; inside each by time, since empty times come last.
PRESENCE = ("no_show_at", "checked_out_at", "checked_in_at")

# --- 签到名单 ---------------------------------------------------------------------------------------------------


def find_roll(query: ListQuery) -> QuerySet[SignUp]:
    """Return people with a place in the form's activity, and people who walked in."""
    signups = filter_participants(SignUp.objects.filter(activity=query.form.of_activity))
    return query.form.narrow(signups).select_related("member__branch__college", "activity")


def build_roll_sheet(query: ListQuery) -> ExportSheet:
    filename = f"考勤-{query.form.of_activity.name}.xlsx"
    return build_sheet(query, ATTENDANCE_HEADER, build_attendance_row, title="考勤", filename=filename)


ATTENDANCE = Listing(
    name="attendance",
    title="签到名单",
    action="attendance.run",
    export_action="activity.edit",
    filter_form=RollFilter,
    rows=find_roll,
    columns=(
        ListColumn("name", "姓名", ("member__sort_key",)),
        ListColumn("number", "学号", ("member__student_no",)),
        ListColumn("branch", "团支部", ("member__branch__name",)),
        ListColumn("state", "状态", PRESENCE),
        ListColumn("time", "时间", ("checked_in_at",)),
        ListColumn("tick", "操作", spoken=True),
    ),
    default_sort="name",
    tie_break=("member__student_no", "pk"),
    unit="人",
    sheet=build_roll_sheet,
)

# --- 考勤处理 ---------------------------------------------------------------------------------------------------

SETTLING = Listing(
    name="settling",
    title="考勤处理",
    action="activity.edit",
    filter_form=RollFilter,
    rows=lambda query: with_cases(find_roll(query)),
    columns=(
        ListColumn("name", "姓名", ("member__sort_key",)),
        ListColumn("number", "学号", ("member__student_no",)),
        ListColumn("state", "状态", PRESENCE),
        ListColumn("time", "时间", ("checked_in_at",)),
        ListColumn("case", "处理", ("case",), largest_first=True),
        ListColumn("settle", "操作", spoken=True),
    ),
    default_sort="-case",
    tie_break=("member__sort_key", "member__student_no", "pk"),
    unit="人",
)

# --- 街乡活动 ---------------------------------------------------------------------------------------------------


def find_street_activities(user, action: str) -> QuerySet[Activity]:
    """Return the published activities at the user's street, with the number of people."""
    activities = Activity.objects.visible_to(user, action).filter(state=Activity.State.OPEN)
    return annotate_participants(activities.select_related("project__college__school"))


def find_begun_activities(query: ListQuery) -> QuerySet[Activity]:
    """Return the activities at the user's street that have begun."""
    return find_street_activities(query.user, query.action).filter(starts_at__lte=timezone.now())


def find_coming_activities(user, now: datetime, most: int) -> QuerySet[Activity]:
    """Return the next `most` activities at the user's street."""
    activities = find_street_activities(user, STREET_ACTIVITIES.action)
    return activities.filter(starts_at__gt=now)[:most]


STREET_ACTIVITIES = Listing(
    name="street_activities",
    title="街乡活动",
    action="attendance.confirm",
    rows=find_begun_activities,
    columns=(
        ListColumn("name", "活动", ("name",)),
        ListColumn("college", "学院", ("project__college__name",)),
        ListColumn("starts", "时间", ("starts_at",), largest_first=True),
        ListColumn("arrived", "到场", ("arrived",), numeric=True),
        # Activities the street has not confirmed come first: an empty time is the largest.
        ListColumn("confirmed", "街乡确认", ("street_confirmed_at", "starts_at"), largest_first=True),
    ),
    default_sort="-confirmed",
    unit="次",
)
