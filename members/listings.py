"""The lists of people, registration, volunteers' records and messages, and the audit log."""

from django.db.models import QuerySet
from django.utils import timezone

from members.forms.activation import ActivationFilter
from members.forms.audit import EVENTS, EXPORTS, AuditFilter, describe_account_events, describe_exports
from members.forms.claims import ClaimFilter
from members.forms.messages import MessageFilter
from members.forms.offices import OfficeFilter
from members.forms.people import PeopleFilter, RosterFilter
from members.forms.registration import RatesFilter
from members.forms.working_days import CalendarFilter
from members.lists import (
    ExportSheet,
    ListColumn,
    Listing,
    ListQuery,
    build_sheet,
    never_shown,
    read_in_chunks,
)
from members.models import Grant, Member, Message, VolunteerRecord
from members.permissions import get_scope, may
from members.queries.activation import ActivationRow, sum_by_college
from members.queries.appointments import TERM_STATES, filter_offices, list_offices
from members.queries.audit import (
    SUBJECTS,
    describe_events,
    filter_by_person,
    list_account_events,
    list_events,
    list_exports,
)
from members.queries.claims import filter_claims
from members.queries.rates import BranchRate, CollegeRate
from members.queries.registration import ORDERS as RATE_ORDERS
from members.queries.registration import narrow_rates
from members.queries.roster import ORDERS, annotate_phone_rule, filter_members, list_unverified_reports
from members.queries.working_days import SpecialDay, list_special_days
from members.resources.audit import (
    CHANGES_HEADER,
    EVENTS_HEADER,
    EXPORTS_HEADER,
    build_change_row,
    build_event_row,
    export_row,
)
from members.resources.offices import STATE_HEADERS, OfficeResource, describe_account
from members.resources.roster import RosterResource

# --- 花名册 -----------------------------------------------------------------------------------------------------


def find_people(query: ListQuery) -> QuerySet[Member]:
    people = filter_members(Member.objects.visible_to(query.user, query.action), query.wanted)
    return annotate_phone_rule(people.select_related("branch__college"), query.user)


def build_roster_sheet(query: ListQuery) -> ExportSheet:
    """Return the roster with the headers that the import reads; phones are masked as on the page (requirements §6)."""
    resource = RosterResource(phones_open=lambda person: person.phone_open)
    filename = f"花名册-{timezone.localdate():%Y%m%d}.xlsx"
    return build_sheet(query, resource.get_export_headers(), resource.export_resource, filename=filename)


ROSTER = Listing(
    name="roster",
    title="花名册",
    action="member.view",
    export_action="member.export",
    filter_form=RosterFilter,
    rows=find_people,
    columns=(
        ListColumn("name", "姓名", ORDERS["name"]),
        ListColumn("number", "学号", ORDERS["number"]),
        ListColumn("branch", "学院与团支部", ORDERS["branch"]),
        ListColumn("grade", "年级", ORDERS["grade"]),
        ListColumn("stage", "发展阶段", ORDERS["stage"]),
        ListColumn("state", "状态", ORDERS["state"]),
        ListColumn("registration", "注册", ORDERS["registration"]),
        ListColumn("phone", "手机号码"),
    ),
    default_sort="branch",
    tie_break=("sort_key", "pk"),
    unit="人",
    sheet=build_roster_sheet,
    on_command=True,
)

BRANCH_PEOPLE = Listing(
    name="branch_people",
    title="支部成员",
    action="member.view",
    filter_form=PeopleFilter,
    rows=find_people,
    columns=tuple(column for column in ROSTER.columns if column.key != "branch"),
    default_sort="-registration",
    tie_break=ROSTER.tie_break,
    unit="人",
)

# --- 注册进度, 核实自报, 待认领 ---------------------------------------------------------------------------------


def find_rates(query: ListQuery) -> list[CollegeRate | BranchRate]:
    return narrow_rates(query.form.rates, query.wanted.get("line", ""))


RATES = Listing(
    name="rates",
    title="注册进度",
    action="registration.view",
    filter_form=RatesFilter,
    rows=find_rates,
    columns=(
        ListColumn(
            "name",
            "团支部",
            RATE_ORDERS["name"],
            heading=lambda query: "学院" if query.form.by_college else "团支部",
        ),
        ListColumn("rate", "注册率", RATE_ORDERS["rate"]),
        ListColumn("registered", "已核实", RATE_ORDERS["registered"], numeric=True),
        ListColumn("members", "团员", RATE_ORDERS["members"], numeric=True),
        ListColumn("missing", "未完成", RATE_ORDERS["missing"], numeric=True),
        ListColumn("floor", "距底线", RATE_ORDERS["floor"], shown=never_shown),
        ListColumn("reported", "自报待核实", RATE_ORDERS["reported"], numeric=True),
        ListColumn("activists", "积极分子", RATE_ORDERS["activists"], numeric=True),
        ListColumn("out", "不在籍", RATE_ORDERS["out"], numeric=True),
    ),
    default_sort="name",
    unit="个",
)


def find_reports(query: ListQuery) -> QuerySet[Member]:
    return list_unverified_reports(
        filter_members(Member.objects.visible_to(query.user, query.action), query.wanted)
    )


REPORTS = Listing(
    name="reports",
    title="核实自报",
    action="registration.confirm",
    filter_form=PeopleFilter,
    rows=find_reports,
    columns=(
        ListColumn("name", "姓名", ("sort_key",)),
        ListColumn("number", "学号", ("student_no",)),
        ListColumn("branch", "学院与团支部", ("branch__college__name", "branch__name")),
        ListColumn("reported_no", "自报编号", ("reported_no",)),
        ListColumn("reported", "自报注册日期", ("reported_on",)),
        ListColumn("account", "账号与资料", ("league_account_on", "profile_completed_on"), empty_last=True),
        ListColumn("check", "逐人核实"),
    ),
    default_sort="reported",
    tie_break=("sort_key", "pk"),
    unit="人",
)


def find_claims(query: ListQuery) -> QuerySet[VolunteerRecord]:
    records = VolunteerRecord.objects.visible_to(query.user, query.action)
    return filter_claims(records, query.wanted).select_related("college")


CLAIMS = Listing(
    name="claims",
    title="待认领",
    action="registration.claim",
    filter_form=ClaimFilter,
    rows=find_claims,
    columns=(
        ListColumn("tick", "勾选", shown=lambda query: not query.wanted.get("state")),
        ListColumn("name", "姓名", ("name_key", "volunteer_no")),
        ListColumn("number", "志愿者编号", ("volunteer_no",)),
        ListColumn("phone", "手机号码"),
        ListColumn("group", "所属团体", ("group_name",)),
        ListColumn("people", "可能是谁"),
        ListColumn("actions", "操作"),
    ),
    default_sort="name",
)

# --- 账号与授权 -------------------------------------------------------------------------------------------------


def find_offices(query: ListQuery) -> QuerySet[Grant]:
    today = timezone.localdate()
    return filter_offices(list_offices(query.user, query.action, today=today), query.wanted, today=today)


def build_offices_sheet(query: ListQuery) -> ExportSheet:
    """Return the terms with the headers that the import of `accounts` reads, and the state of each account."""
    resource = OfficeResource()

    def to_row(grant) -> list:
        used = timezone.localtime(grant.last_used_at).date() if grant.last_used_at else ""
        factor = "有" if grant.has_factor else "无"
        state = [TERM_STATES[grant.term_state], describe_account(grant), used, factor]
        return [*resource.export_resource(grant), *state]

    return build_sheet(query, [*resource.get_export_headers(), *STATE_HEADERS], to_row)


OFFICES = Listing(
    name="offices",
    title="账号与授权",
    action="grant.view",
    filter_form=OfficeFilter,
    rows=find_offices,
    columns=(
        ListColumn("name", "姓名", ("user__name",)),
        ListColumn("number", "学号或工号", ("user__number",), shown=never_shown),  # below the name
        ListColumn("place", "职务", ("college_name", "branch_name")),
        ListColumn("role", "角色", ("role",), shown=never_shown),
        ListColumn("ends", "任期", ("ends_on",), empty_last=True),
        ListColumn("starts", "开始", ("starts_on",), largest_first=True, shown=never_shown),
        ListColumn("account", "账号", ("activated",)),
        ListColumn("used", "最近使用", ("last_used_at",), empty_last=True, largest_first=True),
        ListColumn("factor", "第二步验证", ("has_factor",)),
        ListColumn("actions", "操作", spoken=True),
    ),
    default_sort="place",
    tie_break=("role", "user__name", "starts_on", "pk"),
    unit="项",
    sheet=build_offices_sheet,
    on_command=True,
)

# --- 激活码 -----------------------------------------------------------------------------------------------------


def find_activation_rows(query: ListQuery) -> list[ActivationRow]:
    """Return a line for each college, or for each branch of the chosen college or with the searched name."""
    lines, wanted = query.form.lines, query.wanted
    if query.form.by_college:
        return sum_by_college(lines)
    college, words = wanted.get("college"), wanted.get("q", "")
    return [
        line
        for line in lines
        if (not college or line.college_id == college.pk) and (words in line.branch or words in line.college)
    ]


ACTIVATION_CODES = Listing(
    name="activation_codes",
    title="激活码",
    action="account.codes",
    filter_form=ActivationFilter,
    rows=find_activation_rows,
    columns=(
        ListColumn(
            "name",
            "团支部",
            lambda row: (row.college, row.branch),
            heading=lambda query: "学院" if query.form.by_college else "团支部",
        ),
        ListColumn("people", "应激活", lambda row: row.count.people, numeric=True),
        ListColumn("activated", "已激活", lambda row: row.count.activated, numeric=True),
        ListColumn("coded", "有激活码", lambda row: row.count.coded, numeric=True),
        ListColumn("without", "没有激活码", lambda row: row.count.without, numeric=True),
        ListColumn("actions", "操作", spoken=True),
    ),
    default_sort="name",
    unit="个",
)

# --- 消息 -------------------------------------------------------------------------------------------------------


OFFICE_PLACES = ("school", "college", "branch", "street")


def find_messages(query: ListQuery) -> QuerySet[Message]:
    inbox = Message.objects.visible_to(query.user, query.action)
    return inbox.narrow(query.wanted.get("state", "")).with_reading().select_related(*OFFICE_PLACES)


MESSAGES = Listing(
    name="messages",
    title="消息",
    action="message.view",
    filter_form=MessageFilter,
    rows=find_messages,
)

# --- 审计 -------------------------------------------------------------------------------------------------------

IN_WORDS = 500  # rows whose texts are built together
# Title, header and rows of the sheet by the kind; the changes of each subject have one sheet in common.
AUDIT_SHEETS = {
    EXPORTS: ("导出记录", EXPORTS_HEADER, export_row),
    EVENTS: ("登录与安全", EVENTS_HEADER, build_event_row),
}


def find_audit_rows(query: ListQuery) -> QuerySet:
    """Return the audit rows of the chosen kind, latest first."""
    kind, seen = get_audit_kind(query), get_scope(query.user, query.action)
    if kind == EXPORTS:
        rows, author = list_exports(seen), "user"
        people: tuple[str, ...] = ()
    elif kind == EVENTS:
        rows, author, people = list_account_events(seen), "by", ("user__name", "user__number")
    else:
        rows, author = list_events(SUBJECTS[kind], seen), "author"
        people = SUBJECTS[kind].people
    words = query.wanted.get("q", "")
    return filter_by_person(rows, words, author=author, people=people)


def get_audit_kind(query: ListQuery) -> str:
    return query.wanted.get("kind") or EXPORTS


def describe_audit_rows(query: ListQuery, rows) -> list:
    """Return the rows as people read them: lines of exports, or changes in words."""
    kind = get_audit_kind(query)
    if kind == EXPORTS:
        return describe_exports(rows)
    if kind == EVENTS:
        return describe_account_events(rows)
    return list(describe_events(list(rows), SUBJECTS[kind]))


def build_audit_sheet(query: ListQuery) -> ExportSheet:
    kind = get_audit_kind(query)
    title, header, to_row = AUDIT_SHEETS.get(kind, ("变更记录", CHANGES_HEADER, build_change_row))
    chunks = read_in_chunks(query.rows.iterator(chunk_size=IN_WORDS), IN_WORDS)
    return ExportSheet(
        title=title,
        filename=f"审计-{timezone.localdate():%Y%m%d}.xlsx",
        header=header,
        total=query.rows.count(),
        batches=(
            (len(chunk), [to_row(line) for line in describe_audit_rows(query, chunk)]) for chunk in chunks
        ),
    )


AUDIT = Listing(
    name="audit",
    title="审计记录",
    action="audit.view",
    filter_form=AuditFilter,
    rows=find_audit_rows,
    sheet=build_audit_sheet,
)


# --- 校历 -------------------------------------------------------------------------------------------------------


def find_special_days(query: ListQuery) -> list[SpecialDay]:
    return list_special_days(query.user.school_id, query.wanted["year"]) if query.wanted else []


CALENDAR = Listing(
    name="school_calendar",
    title="校历",
    action="year.view",
    filter_form=CalendarFilter,
    rows=find_special_days,
    columns=(
        ListColumn("day", "日期", lambda special: special.day),
        ListColumn("works", "安排", lambda special: special.works),
        ListColumn("name", "说明"),
        ListColumn("source", "依据", lambda special: special.own is None),
        ListColumn("remove", "操作", spoken=True, shown=lambda query: may(query.user, "year.edit")),
    ),
    default_sort="day",
    page_sizes=(100, 50, 25),
    unit="天",
)
