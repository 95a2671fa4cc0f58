"""The list of issues, and the channels for pushing them."""

from django.db.models import F, FloatField, Prefetch, QuerySet
from django.db.models.functions import Cast, NullIf

from members.lists import ListColumn, Listing, ListQuery, build_sheet
from reports.forms.bulletins import BulletinFilter
from reports.models import Bulletin, Channel, Delivery
from reports.workbooks.bulletins import SERIES_HEADER, build_series_row


def find_issues(query: ListQuery) -> QuerySet[Bulletin]:
    """Return the issues of the user's school, each with its registration rate and the change since the
    last."""
    found = Bulletin.objects.visible_to(query.user, query.action).filter(school=query.user.school_id)
    if year := query.wanted.get("year"):
        found = found.filter(year__year=year)
    if kind := query.wanted.get("kind"):
        found = found.filter(kind=kind)
    return found.select_related("previous").annotate(
        share=Cast("registered", FloatField()) / NullIf("members", 0),
        gained=F("registered") - F("previous__registered"),
    )


BULLETINS = Listing(
    name="bulletins",
    title="通报汇总",
    action="bulletin.view",
    filter_form=BulletinFilter,
    rows=find_issues,
    columns=(
        ListColumn("due", "期次", ("due_on", "correction_no"), largest_first=True),
        ListColumn("as_of", "数据截至", ("as_of",), largest_first=True),
        ListColumn("members", "团员", ("members",), numeric=True),
        ListColumn("registered", "已注册", ("registered",), numeric=True),
        ListColumn("rate", "注册率", ("share",), largest_first=True, empty_last=True),
        ListColumn("change", "较上期", ("gained",), numeric=True, empty_last=True),
        ListColumn("below", "低于底线的团支部", ("branches_below",), numeric=True),
    ),
    default_sort="-due",
    tie_break=("-due_on", "-correction_no", "-pk"),
    unit="期",
    sheet=lambda query: build_sheet(
        query, SERIES_HEADER, build_series_row, title="通报", filename="注册情况通报一览.xlsx"
    ),
    on_command=True,
)


def find_channels(query: ListQuery) -> QuerySet[Channel]:
    """Return the channels with the last delivery of each, as `latest`."""
    deliveries = Delivery.objects.select_related("bulletin").latest_per_channel()
    own = Channel.objects.visible_to(query.user, query.action).select_related("college")
    return own.prefetch_related(Prefetch("deliveries", deliveries, to_attr="latest"))


CHANNELS = Listing(
    name="channels",
    title="通报推送",
    action="channel.edit",
    rows=find_channels,
    columns=(
        ListColumn("label", "名称", ("label",)),
        ListColumn("college", "学院", ("college__name", "label")),
        ListColumn("service", "类型", ("service",)),
        ListColumn("state", "状态", ("active",), largest_first=True),
        ListColumn("latest", "最近一次推送"),
        ListColumn("actions", "操作"),
    ),
    default_sort="college",
    tie_break=("college__name", "label", "pk"),
    unit="个",
)
