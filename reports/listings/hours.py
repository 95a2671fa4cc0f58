"""Hours of a year: of a branch's people, of a college's branches, and one's own records."""

from django.db.models import Prefetch, QuerySet

from activities.models import Objection, ServiceRecord
from activities.queries.shortfalls import fold_services, select_counted
from members.lists import PAGE_SIZES, ExportSheet, ListColumn, Listing, ListQuery, build_sheet
from members.models import Member
from members.queries.as_of import get_day_of
from reports.forms.hours import CollegeHoursFilter, HoursFilter, OwnRecordsFilter
from reports.queries.eligibility import filter_in_branches, get_year_span
from reports.queries.hours import (
    BRANCH_ORDERS,
    ORDERS,
    SHEET,
    BranchHours,
    PersonHours,
    list_branch_hours,
    list_people_hours,
)

# Open objections that wait for the answer: at most one for each record or sign-up.
OBJECTED = Prefetch("objections", Objection.objects.open(), to_attr="objected")


def find_people_hours(query: ListQuery) -> list[PersonHours]:
    """Return the year's active people of the branch whom the filters match, by name."""
    if not (wanted := query.wanted):
        return []
    year = query.form.of_year
    seen = Member.objects.in_scope_on(query.user, query.action, get_day_of(year)).search(wanted["q"])
    people = filter_in_branches(seen, year, [wanted["branch"].pk]).filter(state_then="active")
    if stage := wanted["stage"]:
        people = (
            people.filter(stage_then="member") if stage == "member" else people.exclude(stage_then="member")
        )
    rows = list_people_hours(people, year)
    if hours := wanted["hours"]:
        return [row for row in rows if bool(row.missing) == (hours == "missing")]
    return rows


def build_hours_sheet(query: ListQuery) -> ExportSheet:
    filename = f"{query.form.of_branch.name}服务时长-{query.form.of_year.year}.xlsx"
    return build_sheet(query, SHEET, lambda row: row.cells, filename=filename)


BRANCH_HOURS = Listing(
    name="hours",
    title="服务时长",
    action="hours.view",
    filter_form=HoursFilter,
    rows=find_people_hours,
    columns=(
        ListColumn("name", "姓名", ORDERS["name"]),
        ListColumn("number", "学号", ORDERS["number"]),
        ListColumn("stage", "发展阶段", ORDERS["stage"]),
        ListColumn("minutes", "已确认", ORDERS["minutes"], numeric=True),
        ListColumn("waiting", "待确认", ORDERS["waiting"], numeric=True),
        ListColumn("missing", "还差", ORDERS["missing"], numeric=True),
    ),
    unit="人",
    sheet=build_hours_sheet,
)


def find_branches_hours(query: ListQuery) -> list[BranchHours]:
    """Return every branch of the college with its active people of the year."""
    college, year = query.form.of_college, query.form.of_year
    if college is None or year is None:
        return []
    seen = Member.objects.in_scope_on(query.user, "hours.view", get_day_of(year))
    people = filter_in_branches(seen, year, college.branches.values("pk")).filter(state_then="active")
    return list_branch_hours(college.branches.order_by("name"), people, year)


COLLEGE_HOURS = Listing(
    name="college_hours",
    title="各团支部服务时长",
    action="college.view",
    filter_form=CollegeHoursFilter,
    rows=find_branches_hours,
    columns=(
        ListColumn("name", "团支部", BRANCH_ORDERS["name"]),
        ListColumn("people", "在籍人数", BRANCH_ORDERS["people"], numeric=True),
        ListColumn("reached", "已达到", BRANCH_ORDERS["reached"], numeric=True),
        ListColumn("missing", "未达到", BRANCH_ORDERS["missing"], numeric=True),
        ListColumn("minutes", "合计", BRANCH_ORDERS["minutes"], numeric=True),
    ),
    default_sort="-missing",
    unit="个团支部",
)


def find_own_records(query: ListQuery) -> QuerySet[ServiceRecord]:
    """Return the records of the year, the latest first, each with what it counts for the appraisal."""
    records = ServiceRecord.objects.visible_to(query.user, query.action).filter(member=query.user.member_id)
    if (year := query.form.of_year) is None:
        return records.none()
    found = select_counted(records.served_between(*get_year_span(year)))
    return found.order_by("-served_on", "-pk").prefetch_related(OBJECTED)


OWN_RECORDS = Listing(
    name="own_records",
    title="我的服务记录",
    action="hours.own",
    filter_form=OwnRecordsFilter,
    rows=find_own_records,
    page_sizes=(10, *PAGE_SIZES),  # a page of a phone
    fold=lambda query: fold_services(query.rows, "appraisal"),
)
