"""校园登录核对: first sign-ins whose name differs from the roster's."""

from django.db.models import QuerySet

from members.campus.forms import LinkFilter
from members.campus.queries import filter_links
from members.lists import ListColumn, Listing, ListQuery
from members.models import CampusLink


def find_links(query: ListQuery) -> QuerySet[CampusLink]:
    links = CampusLink.objects.visible_to(query.user, query.action)
    return filter_links(links, query.wanted).select_related(
        "member__branch__college", "account", "decided_by"
    )


CAMPUS_LINKS = Listing(
    name="campus_links",
    title="校园登录核对",
    action="campus.decide",
    filter_form=LinkFilter,
    rows=find_links,
    columns=(
        ListColumn("name", "花名册或账号中的姓名"),
        ListColumn("number", "学号或工号", ("number",)),
        ListColumn("campus_name", "校园系统中的姓名", ("name",)),
        ListColumn(
            "branch",
            "学院与团支部",
            ("member__branch__college__name", "member__branch__name"),
            empty_last=True,
        ),
        ListColumn("asked", "申请时间", ("asked_at",), largest_first=True),
        ListColumn("actions", "操作"),
    ),
    default_sort="asked",
    tie_break=("pk",),
    unit="条",
)
