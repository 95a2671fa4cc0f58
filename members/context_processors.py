"""What every page shows around its content: the navigation that the user's roles open."""

from dataclasses import dataclass

from django.urls import reverse

from members.models import Message
from members.permissions import BRANCH, COLLEGE, LIAISON, MEMBER, STAFF, Role, may


@dataclass(frozen=True)
class Entry:
    """A page of the navigation; `active` marks where the user is."""

    label: str
    url: str
    icon: str
    active: bool = False
    count: int = 0


# (action, label, icon, name of the page, names of the pages below it)
PAGES = (
    ("overview.view", "总览", "layout-dashboard", "overview", ()),
    ("member.view", "花名册", "users", "roster", ("member", "member_edit", "registration_confirm", "registration_revoke")),
    ("registration.view", "注册", "user-check", "registration", ("registration_reports",)),
    ("registration.claim", "待认领", "user-question", "claims", ("claim",)),
    ("import.view", "导入", "file-import", "imports", ("import", "import_new", "import_missing")),
    ("college.view", "组织", "sitemap", "organisation", ()),
    ("liaison.view", "对接学院", "building-community", "liaison", ()),
    ("street.view", "街乡", "map-pin", "streets", ("street", "street_taken", "streets_assigned")),
    ("liaison.invite", "街乡负责人", "user-plus", "invitations", ("invitation", "invitation_new", "liaisons", "liaison_end")),
    ("code.hand", "结对码", "ticket", "codes", ("code", "code_hand", "code_withdraw")),
    ("hall.view", "结对大厅", "building-store", "hall", ("hall_claim", "hall_claimed", "code_own")),
    ("team.view", "服务队", "users-group", "teams", ("team", "team_bind", "team_group", "team_renew", "team_roll", "team_remove")),
    ("pairing.board", "结对进度", "layout-kanban", "board", ()),
    ("pairing.view", "结对", "link", "pairings", ("pairing", "pairing_confirm", "pairing_release", "pairing_move")),
    ("project.view", "项目", "clipboard-list", "projects", ("project", "project_edit", "project_new", "activity_new")),
    ("activity.view", "活动安排", "calendar-event", "activities", ("activity", "activity_edit", "activity_call_off", "activity_repeat", "signup_remove", "attendance_roll", "attendance_tick", "attendance_scanner", "settling", "settle_one", "settling_close")),
    ("attendance.confirm", "到场确认", "clipboard-check", "street_activities", ("street_attendance",)),
    ("eligibility.view", "评优资格", "award", "eligibility", ("eligibility_branches", "eligibility_member", "exceptions", "exception", "exception_ask")),
    ("honour.view", "荣誉", "trophy", "honours", ("honour", "honour_new", "honour_edit", "honour_nominees", "honour_nominate", "nomination")),
    ("appraisal.view", "教育评议", "checklist", "appraisals", ("appraisal", "appraisal_start", "appraisal_import")),
    ("admission.view", "入团", "user-up", "admissions", ("admission", "admission_new", "admission_days", "admission_step", "admission_back", "admission_end", "admission_admit")),
    ("hours.decide", "时长确认", "clock-check", "hours", ("record", "record_change", "record_void", "record_correct", "objections", "objection")),
    ("hours.view", "时长汇总", "sum", "totals", ("records",)),
    ("hours.decide", "台账核对", "arrows-diff", "differences", ("record_link",)),
    ("hours.supplement", "补录", "file-plus", "supplements", ("supplement_new",)),
    ("assessment.view", "学院考核", "clipboard-data", "assessment", ("assessment_college", "assessment_rows", "assessment_weights", "assessment_lock", "assessment_result")),
    ("commendation.view", "表彰", "medal", "commendations", ("commendation", "commendation_new", "commendation_edit", "commendation_proofs")),
    ("bulletin.view", "通报", "report", "bulletins", ("bulletin", "bulletin_next", "bulletin_correct", "bulletin_text")),
    ("channel.edit", "推送", "send", "channels", ()),
    ("year.view", "年度规则", "calendar-cog", "years", ("year", "year_edit", "rollover")),
    ("audit.view", "审计", "list-search", "audit", ()),
)  # fmt: skip


def shell(request) -> dict:
    """`nav` and `bottom_nav` (lists of Entry), `school`, and `roles` (Chinese names) and unread_messages."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"nav": [], "bottom_nav": [], "school": None, "roles": [], "unread_messages": 0}
    here = request.resolver_match
    own, inbox = _own_places(user, here), _inbox(user, here)
    return {
        "nav": [*own, *_pages(user, here), *_me(user, here), *inbox],
        "bottom_nav": _bottom(user, own, inbox, here),
        "school": user.school,
        "roles": list(dict.fromkeys(Role(grant.role).label for grant in user.active_grants)),
        "unread_messages": sum(entry.count for entry in inbox),
    }


def _is(here, name: str, pk: int | None = None, below: tuple[str, ...] = ()) -> bool:
    if here is None:
        return False
    return here.url_name in (name, *below) and (pk is None or here.kwargs.get("pk") == pk)


def _own_places(user, here) -> list[Entry]:
    """The college or branch that the user is secretary of: where the user's work is."""
    entries = []
    for grant in user.active_grants:
        if grant.role == COLLEGE:
            pk, name, label, icon = grant.college_id, "college", "工作台", "home"
        elif grant.role == BRANCH:
            pk, name, label, icon = grant.branch_id, "branch", "支部", "users-group"
        else:
            continue
        entries.append(Entry(label, reverse(name, args=[pk]), icon, _is(here, name, pk)))
    return entries


def _pages(user, here) -> list[Entry]:
    pages = [
        Entry(label, reverse(name), icon, _is(here, name, below=below))
        for action, label, icon, name, below in PAGES
        if may(user, action)
    ]
    if may(user, "team.roll") and not may(user, "team.view"):  # others come to the roll from the team's page
        pages.insert(-1, Entry("入队名单", reverse("team_roll"), "list-check", _is(here, "team_roll")))
    return pages


# What a person does on the phone, in the order of the bar at the thumb.
OWN_PAGES = (
    ("我的", "user", "me", ("me_report", "my_team", "team_join", "slips", "record", "supplement_new", "objection_new", "objection_absence")),
    ("活动", "calendar-event", "offers", ("offer", "my_calendar")),
    ("扫码", "qrcode", "my_code", ("scan", "scan_done")),
)  # fmt: skip


def _me(user, here) -> list[Entry]:
    if not any(grant.role == MEMBER for grant in user.active_grants):
        return []
    return [
        Entry(label, reverse(name), icon, _is(here, name, below=below))
        for label, icon, name, below in OWN_PAGES
    ]


def _inbox(user, here) -> list[Entry]:
    if not may(user, "message.view"):
        return []
    unread = Message.objects.visible_to(user, "message.view").unread().count()
    return [Entry("消息", reverse("messages"), "mail", _is(here, "messages"), unread)]


def _bottom(user, own: list[Entry], inbox: list[Entry], here) -> list[Entry]:
    """At the thumb for those who come with a phone: members, branch secretaries and streets, not the offices."""
    held = {grant.role for grant in user.active_grants}
    if held & STAFF or not held & {MEMBER, LIAISON}:
        return []
    wanted = {reverse("liaison"), reverse("projects"), reverse("street_activities")}
    return [
        *own[:1],
        *_me(user, here),
        *(entry for entry in _pages(user, here) if entry.url in wanted),
        *inbox,
    ]
