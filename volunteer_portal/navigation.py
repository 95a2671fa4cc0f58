"""The map of the portal: the menu, the bar on phones, counts next to entries, and the names of pages.

This module is above all apps, because it names the pages of each. Every page shows the menu through the context
processor `shell`, and histories in `members` name pages by `PAGE_NAMES`.
"""

from dataclasses import dataclass, replace

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from members.models import CampusLink, Message, School
from members.permissions import BRANCH, COLLEGE, FORMER, LIAISON, MEMBER, STAFF, Role, may
from pairing.models import Invitation
from reports.steps import has_open_steps


@dataclass(frozen=True)
class Page:
    """A page of the menu.

    `name` is its URL name; `below` names the other pages on which it is marked.
    """

    action: str
    label: str
    icon: str
    name: str
    below: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A line of the menu for one user.

    `active` marks the current page, `count` is the number of waiting items.
    """

    label: str
    url: str
    icon: str
    active: bool = False
    count: int = 0


MENU = (
    Page("overview.view", "总览", "layout-dashboard", "overview"),
    Page("member.view", "花名册", "users", "roster", ("member", "member_edit", "registration_confirm", "registration_revoke")),
    Page("registration.view", "注册", "user-check", "registration", ("registration_reports",)),
    Page("registration.claim", "待认领", "user-question", "claims", ("claim",)),
    Page("import.view", "导入", "file-import", "imports", ("import", "import_new", "import_missing")),
    Page("college.view", "组织", "sitemap", "organisation"),
    Page("liaison.view", "对接学院", "building-community", "liaison"),
    Page("street.view", "街乡", "map-pin", "streets", ("street", "street_taken", "streets_assigned")),
    Page("liaison.invite", "街乡负责人", "user-plus", "invitations", ("invitation", "invitation_new", "invitation_check", "liaisons", "liaison_end", "liaison_renew")),
    Page("code.hand", "结对码", "ticket", "codes", ("code", "code_hand", "code_withdraw")),
    Page("hall.view", "结对大厅", "building-store", "hall", ("hall_claim", "hall_claimed", "code_own")),
    Page("team.view", "服务队", "users-group", "teams", ("team", "team_bind", "team_group", "team_renew", "team_roll", "team_remove")),
    Page("pairing.board", "结对进度", "layout-kanban", "board"),
    Page("pairing.view", "结对", "link", "pairings", ("pairing", "pairing_confirm", "pairing_release", "pairing_move")),
    Page("project.view", "项目", "clipboard-list", "projects", ("project", "project_edit", "project_new", "activity_new")),
    Page("activity.view", "活动安排", "calendar-event", "activities", ("activity", "activity_edit", "activity_call_off", "activity_repeat", "signup_remove", "attendance_roll", "attendance_tick", "attendance_scanner", "settling", "settle_one", "settling_close")),
    Page("attendance.confirm", "到场确认", "clipboard-check", "street_activities", ("street_attendance",)),
    Page("eligibility.view", "评优资格", "award", "eligibility", ("eligibility_branches", "eligibility_member", "exceptions", "exception", "exception_ask", "result_changes", "result_change")),
    Page("honour.view", "荣誉", "trophy", "honours", ("honour", "honour_new", "honour_edit", "honour_nominees", "honour_nominate", "nomination")),
    Page("appraisal.view", "教育评议", "checklist", "appraisals", ("appraisal", "appraisal_start", "appraisal_import")),
    Page("admission.view", "入团", "user-up", "admissions", ("admission", "admission_new", "admission_days", "admission_step", "admission_back", "admission_end", "admission_admit")),
    Page("hours.decide", "时长确认", "clock-check", "hours", ("record", "record_change", "record_void", "record_correct", "objections", "objection")),
    Page("hours.view", "时长汇总", "sum", "totals", ("records", "totals_changed")),
    Page("hours.decide", "台账核对", "arrows-diff", "differences", ("record_link", "waiting_hours")),
    Page("hours.supplement", "补录", "file-plus", "supplements", ("supplement_new",)),
    Page("assessment.view", "学院考核", "clipboard-data", "assessment", ("assessment_college", "assessment_rows", "assessment_weights", "assessment_lock", "assessment_result")),
    Page("commendation.view", "表彰", "medal", "commendations", ("commendation", "commendation_new", "commendation_edit", "commendation_proofs")),
    Page("bulletin.view", "通报", "report", "bulletins", ("bulletin", "bulletin_next", "bulletin_correct", "bulletin_text")),
    Page("channel.edit", "推送", "send", "channels"),
    Page("year.view", "年度规则", "calendar-cog", "years", ("year", "year_edit", "rollover", "school_calendar", "calendar_enter")),
    Page("audit.view", "审计", "list-search", "audit"),
    Page("grant.view", "账号与授权", "user-shield", "accounts", ("account", "account_disable", "account_enable", "appoint", "appoint_branches", "office_end", "office_extend")),
    Page("account.codes", "激活码", "key", "activation_codes", ("activation_officers", "activation_branch", "activation_college", "activation_school", "member_code", "account_code")),
    Page("campus.decide", "校园登录核对", "id-badge-2", "campus_links", ("campus_link",)),
    Page("handover.view", "换届", "arrows-exchange", "handover", ("handover_office", "handover_stand_in", "handover_sheet")),
)  # fmt: skip

# First in the menu while a new school has open steps, and gone afterwards.
FIRST_STEPS = Page("steps.view", "起步", "rocket", "first_steps")

# A member's own pages, in the order of the bar at the bottom of a phone.
OWN_MENU = (
    Page("me.view", "我的", "user", "me", ("me_report", "my_team", "team_join", "slips", "record", "supplement_new", "objection_new", "objection_absence")),
    Page("signup.own", "活动", "calendar-event", "offers", ("offer", "my_calendar")),
    Page("signup.own", "扫码", "qrcode", "my_code", ("scan", "scan_done")),
)  # fmt: skip

# What people who have left keep: their own hours (requirements §6).
FORMER_MENU = (Page("hours.own", "时长确认单", "file-certificate", "slips", ("slip",)),)

# How a history names the page on which a change was made; for a page without a name it shows the address.
PAGE_NAMES = {
    "member_edit": "人员资料页",
    "member_number": "换学号页",
    "differences": "台账核对",
    "waiting_hours": "待录入时长",
    "registration_confirm": "核实注册",
    "registration_revoke": "撤销核实",
    "registration_reports": "自报核实",
    "me_report": "本人自报",
    "activation_branch": "激活纸条",
    "activation_college": "激活纸条",
    "activation_school": "激活纸条",
    "member_code": "发放激活码",
    "account_code": "发放激活码",
    "activate_password": "激活账号",
    "import_new": "导入",
    "import_confirm": "导入",
    "claim": "待认领名单",
    "year": "年度规则页",
    "year_edit": "年度规则页",
    "calendar_enter": "校历",
    "calendar_remove": "校历",
    "hall_claim": "结对大厅",
    "pairing_confirm": "线下结对登记",
    "pairing_release": "解除结对",
    "pairing_move": "调整街乡",
    "code_hand": "分配结对码",
    "codes_suggest": "按比例分配结对码",
    "code_own": "查看结对码",
    "code_withdraw": "收回结对码",
    "invited": "接受邀请",
    "liaison_end": "停用街乡负责人账号",
    "appoint": "任命",
    "appoint_branches": "逐支部任命",
    "office_end": "离任",
    "office_extend": "延长任期",
    "account_disable": "停用账号",
    "account_enable": "恢复账号",
    "liaison_renew": "延长街乡负责人账号",
    "invitation_check": "核实街乡邀请",
    "handover_office": "换届",
    "handover_stand_in": "代理",
    "account_factor_reset": "重置第二步验证",
    "account_unlock": "解除暂停登录",
    "campus_link": "校园登录核对",
    "campus_unlink": "解除校园登录",
}


def shell(request) -> dict:
    """Return the context of every page.

    `nav` and `bottom_nav` (lists of Entry), `school`, `liaison_of_several` (lists then name the school of each
    line), `roles` (Chinese names), `unread_messages` (a number), `has_open_steps` (a new school still has steps of
    起步).
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {
            "nav": [],
            "bottom_nav": [],
            "school": None,
            "roles": [],
            "unread_messages": 0,
            "has_open_steps": False,
        }
    here = request.resolver_match
    own, inbox = _list_own_places(user, here), _list_inbox(user, here)
    has_steps = may(user, "steps.view") and has_open_steps(user.school, timezone.localdate())
    school, several = _find_shown_schools(user)
    return {
        "nav": [
            *_list_first_steps(has_steps, here),
            *own,
            *_list_pages(user, here),
            *_list_own_pages(user, here),
            *inbox,
        ],
        "bottom_nav": _list_bottom(user, own, inbox, here),
        "school": school,
        "liaison_of_several": several,
        "roles": list(dict.fromkeys(Role(grant.role).label for grant in user.active_grants)),
        "has_open_steps": has_steps,
        "unread_messages": sum(entry.count for entry in inbox),
    }


def _is_here(here, name: str, pk: int | None = None, below: tuple[str, ...] = ()) -> bool:
    if here is None:
        return False
    return here.url_name in (name, *below) and (pk is None or here.kwargs.get("pk") == pk)


def _build_entry(page: Page, here, count: int = 0) -> Entry:
    active = _is_here(here, page.name, below=page.below)
    return Entry(page.label, reverse(page.name), page.icon, active, count)


def _find_shown_schools(user) -> tuple[School | None, bool]:
    """Return the school in the head of the page, and whether a liaison works for several.

    A liaison of several schools sees no single school there, but the school beside each line.
    """
    held = user.active_grants
    schools = {grant.school for grant in held if grant.role == LIAISON}
    if not schools or any(grant.role != LIAISON for grant in held):
        return user.school, len(schools) > 1
    return (schools.pop(), False) if len(schools) == 1 else (None, True)


def _list_own_places(user, here) -> list[Entry]:
    """Return entries for the colleges and branches of which the user is secretary."""
    entries = []
    for grant in user.active_grants:
        if grant.role == COLLEGE:
            pk, name, label, icon = grant.college_id, "college", "工作台", "home"
        elif grant.role == BRANCH:
            pk, name, label, icon = grant.branch_id, "branch", "支部", "users-group"
        else:
            continue
        entries.append(Entry(label, reverse(name, args=[pk]), icon, _is_here(here, name, pk)))
    return entries


def _list_pages(user, here) -> list[Entry]:
    pages = [
        replace(_build_entry(page, here), count=_count_waiting(user, page))
        for page in MENU
        if may(user, page.action) and _is_offered(page)
    ]
    if may(user, "team.roll") and not may(user, "team.view"):  # others open the roll from the team's page
        pages.insert(-1, Entry("入队名单", reverse("team_roll"), "list-check", _is_here(here, "team_roll")))
    return pages


def _list_first_steps(has_open_steps: bool, here) -> list[Entry]:
    return [_build_entry(FIRST_STEPS, here)] if has_open_steps else []


def _is_offered(page: Page) -> bool:
    """Return whether the portal offers a page at all: without a campus nobody's sign-in waits."""
    return page.name != "campus_links" or bool(settings.CAMPUS_SIGN_IN)


def _count_waiting(user, page: Page) -> int:
    """Return the number of things that wait for the user on a page of the menu."""
    if page.name == "campus_links":
        return CampusLink.objects.visible_to(user, page.action).waiting().count()
    if page.name == "invitations" and may(user, "liaison.check"):
        sent = Invitation.objects.visible_to(user, "liaison.check")
        return sent.in_state("unchecked", now=timezone.now()).count()
    return 0


def _list_own_pages(user, here) -> list[Entry]:
    held = {grant.role for grant in user.active_grants}
    menu = OWN_MENU if MEMBER in held else FORMER_MENU if FORMER in held else ()
    return [_build_entry(page, here) for page in menu]


def _list_inbox(user, here) -> list[Entry]:
    if not may(user, "message.view"):
        return []
    unread = Message.objects.visible_to(user, "message.view").unread().count()
    return [Entry("消息", reverse("messages"), "mail", _is_here(here, "messages"), unread)]


def _list_bottom(user, own: list[Entry], inbox: list[Entry], here) -> list[Entry]:
    """Return the bar at the bottom of a phone, for members, former members, branch secretaries and liaisons, not for staff."""
    held = {grant.role for grant in user.active_grants}
    if held & STAFF or not held & {MEMBER, FORMER, LIAISON}:
        return []
    wanted = {reverse("liaison"), reverse("projects"), reverse("street_activities")}
    return [
        *own[:1],
        *_list_own_pages(user, here),
        *(entry for entry in _list_pages(user, here) if entry.url in wanted),
        *inbox,
    ]
