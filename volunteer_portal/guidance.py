"""Where the sentences of the pages lead that tell people to do something or to turn to somebody.

One list: a phrase of the sentence, and the page on which the thing is done or the office that can do it. The tag
`guide` adds the link to any text that contains the phrase: an alert, an empty page, an error of a form. So services
refuse with plain sentences and know no addresses. A reader who may not open the page is told who holds the office.
tests/test_guidance.py finds the sentences and fails for one that the list does not know.
"""

from dataclasses import dataclass

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from members.models import Branch, College, Grant
from members.permissions import BRANCH, may
from members.queries.offices import Office, find_office_of_college, find_office_of_school, list_holders

register = template.Library()


@dataclass(frozen=True)
class Guide:
    """A phrase of a sentence and where it leads.

    `page` is the URL name of a page without arguments, opened by `action`; `office` ("school", "college", "branch")
    is who does it for readers who may not.
    """

    phrase: str
    page: str = ""
    label: str = ""
    action: str = ""
    office: str = ""
    query: tuple[tuple[str, str], ...] = ()


ROSTER = (("kind", "roster"),)
STREETS = (("kind", "streets"),)
ADMINS = (("role", "school_admin"),)

# The first phrase that a text contains decides, so the longer ones come first.
GUIDES = (
    Guide("请联系校团委办理年度结转", "years", "打开年度规则", "year.edit", "school"),
    Guide("请先开设年度", "years", "打开年度规则", "year.edit", "school"),
    Guide("请先建立年度", "years", "打开年度规则", "year.edit", "school"),
    Guide("请先导入团员花名册", "import_new", "导入花名册", "import.roster", "college", ROSTER),
    Guide("请先导入花名册", "import_new", "导入花名册", "import.roster", "college", ROSTER),
    Guide("请导入团员花名册", "import_new", "导入花名册", "import.roster", "college", ROSTER),
    Guide("花名册由学院团委导入", "import_new", "导入花名册", "import.roster", "college", ROSTER),
    Guide("请先改正花名册", "roster", "打开花名册", "member.view", "college"),
    Guide("请先更正花名册", "roster", "打开花名册", "member.edit", "college"),
    Guide("请先导入团市委下发的街乡名录", "import_new", "导入街乡名录", "import.streets", "school", STREETS),
    Guide("请先导入新的街乡名录", "import_new", "导入街乡名录", "import.streets", "school", STREETS),
    Guide("还没有结对码，请先分配", "codes", "分配结对码", "code.hand", "school"),
    Guide("请先公布考核权重", "assessment", "打开学院考核", "assessment.publish", "school"),
    Guide("请先解除结对", "pairings", "打开结对", "pairing.end", "school"),
    Guide("请先加入本学院的服务队", "my_team", "怎样加入服务队", "team.join"),
    Guide("请在“时长确认”中", "hours", "打开时长确认", "hours.decide", "college"),
    Guide("请在项目列表中查看", "projects", "打开项目", "project.view"),
    Guide("在“补录”中申请", "supplement_new", "申请补录", "hours.supplement"),
    Guide("请发放激活纸条", "activation_officers", "发放任职人员的激活纸条", "account.codes"),
    Guide("请先收回原来的", "codes", "打开结对码", "code.hand", "school"),
    Guide("请先把结对码分配给学院", "codes", "打开结对码", "code.hand", "school"),
    Guide("此人担任的职务不由您授权", office="school"),
    Guide("请先在“登录与安全”", "security", "打开登录与安全", "account.own"),
    Guide("请先登记提出入团申请的日期", "admissions", "打开入团", "admission.view", "college"),
    Guide("请由学院其他负责人", office="college"),
    Guide("请由其他负责人", office="college"),
    Guide("请由他人导入", office="college"),
    Guide("请由其他管理员", office="school"),
    Guide("请学院团委安排并授权", "accounts", "打开账号与授权", "grant.branch", "college"),
    Guide("请先启用第二步验证", "security", "打开登录与安全", "account.own"),
    Guide("请先添加另一种方式", "security", "打开登录与安全", "account.own"),
    Guide("请先解除原来的绑定", "security", "打开登录与安全", "account.own"),
    Guide("对方忘记密码时，请重新邀请", "invitation_new", "邀请街乡负责人", "liaison.invite", "school"),
    Guide("请先任命接任的管理员", "accounts", "打开账号与授权", "grant.staff", "school"),
    Guide("请先任命一位校团委管理员", "appoint", "任命校团委管理员", "grant.staff", "school", ADMINS),
    Guide("请在“已开通的账号”中", "liaisons", "打开已开通的账号", "grant.staff", "school"),
    Guide("请由上一级", office="school"),
    Guide("请由另一位管理员", office="school"),
    Guide("请联系上一级团委", office="school"),
    Guide("请由本校另一位校团委核实", office="school"),
    Guide("请向团支书索取", office="branch"),
    Guide("请联系本支部团支书", office="branch"),
    Guide("请联系学院团委", office="college"),
    Guide("请由校团委办理转入", office="school"),
    Guide("请由校团委导入", office="school"),
    Guide("请在“待录入时长”中选择", "waiting_hours", "打开待录入时长", "hours.decide", "college"),
    Guide("请联系校团委", office="school"),
    Guide("请联系上级团委", office="college"),
    Guide("请学院", office="college"),
)


def find_guide(text: str) -> Guide | None:
    """Return where a text leads, or None if it names nothing to do elsewhere."""
    return next((guide for guide in GUIDES if guide.phrase in text), None)


@register.simple_tag(takes_context=True)
def guide(context, text) -> SafeString:
    """Return the link behind a text, or the names of the office for readers who may not open the page.

    Nothing for visitors who are not signed in: names of people are not for them.
    """
    user = getattr(getattr(context, "request", None), "user", None)
    found = find_guide(str(text or ""))
    if found is None or user is None or not user.is_authenticated:
        return mark_safe("")
    if found.page and may(user, found.action):
        url = reverse(found.page, query=dict(found.query) or None)
        return format_html('<a href="{}">{}</a>', url, found.label)
    office = _find_office(found.office, user)
    return (
        format_html('<span class="quiet">{}</span>', office) if office and office.holders else mark_safe("")
    )


def _find_office(kind: str, user) -> Office | None:
    """Return the office of the reader's own branch, college or school; nobody is sent to themselves."""
    today = timezone.localdate()
    branch = user.member.branch if user.member else None
    if kind == "branch" and branch:
        holders = list_holders(Grant.objects.filter(role=BRANCH, branch=branch), today, but=user)
        return (
            Office(f"{branch}团支书", holders)
            if holders
            else find_office_of_college(branch.college, today, but=user)
        )
    if kind in ("branch", "college") and (college := _find_college(user, branch)):
        return find_office_of_college(college, today, but=user)
    return find_office_of_school(user.school, today, but=user) if kind and user.school else None


def _find_college(user, branch: Branch | None) -> College | None:
    """Return the college of the person, else that of an office; None for the school's people and for streets."""
    if branch:
        return branch.college
    held = next((grant for grant in user.active_grants if grant.branch_id or grant.college_id), None)
    return held and (held.college or held.branch.college)
