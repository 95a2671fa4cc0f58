"""What every page shows around its content: the navigation that the user's roles open."""

from dataclasses import dataclass

from django.urls import reverse

from members.permissions import BRANCH, COLLEGE, MEMBER, STAFF, Role, may


@dataclass(frozen=True)
class Entry:
    """A page of the navigation; `active` marks where the user is."""

    label: str
    url: str
    icon: str
    active: bool = False


# (action, label, icon, name of the page, names of the pages below it)
PAGES = (
    ("overview.view", "总览", "layout-dashboard", "overview", ()),
    ("member.view", "花名册", "users", "roster", ("member", "member_edit", "registration_confirm", "registration_revoke")),
    ("registration.view", "注册", "user-check", "registration", ("registration_reports",)),
    ("registration.claim", "待认领", "user-question", "claims", ("claim",)),
    ("import.view", "导入", "file-import", "imports", ("import", "import_new", "import_missing")),
    ("college.view", "组织", "sitemap", "organisation", ()),
    ("street.view", "街乡", "map-pin", "streets", ()),
    ("bulletin.view", "通报", "report", "bulletins", ("bulletin", "bulletin_next", "bulletin_correct", "bulletin_text")),
    ("channel.edit", "推送", "send", "channels", ()),
    ("year.view", "年度规则", "calendar-cog", "years", ("year", "year_edit")),
    ("audit.view", "审计", "list-search", "audit", ()),
)  # fmt: skip


def shell(request) -> dict:
    """`nav` and `bottom_nav` (lists of Entry), `school`, and `roles` (Chinese names) of the signed-in user."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"nav": [], "bottom_nav": [], "school": None, "roles": []}
    here = request.resolver_match
    own = _own_places(user, here)
    return {
        "nav": [*own, *_pages(user, here), *_me(user, here)],
        "bottom_nav": _bottom(user, own, here),
        "school": user.school,
        "roles": list(dict.fromkeys(Role(grant.role).label for grant in user.active_grants)),
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
    return [
        Entry(label, reverse(name), icon, _is(here, name, below=below))
        for action, label, icon, name, below in PAGES
        if may(user, action)
    ]


def _me(user, here) -> list[Entry]:
    if not any(grant.role == MEMBER for grant in user.active_grants):
        return []
    return [Entry("我的", reverse("me"), "user", _is(here, "me", below=("me_report",)))]


def _bottom(user, own: list[Entry], here) -> list[Entry]:
    """At the thumb for those who come with a phone: members and branch secretaries, not the committees' offices."""
    if any(grant.role in STAFF for grant in user.active_grants):
        return []
    me = _me(user, here)
    if not me:
        return []
    return [*own[:1], *me, *(entry for entry in _pages(user, here) if entry.url == reverse("bulletins"))]
