"""街乡负责人: the invitations by school and colleges, and the accounts with their state."""

from functools import partial

from django.db.models import Case, QuerySet, Value, When
from django.utils import timezone

from members.lists import ExportSheet, ListColumn, Listing, ListQuery, build_sheet, never_shown
from members.models import Grant, School
from members.permissions import LIAISON
from pairing.forms.liaison import InvitationFilter, LiaisonFilter
from pairing.models import Invitation
from pairing.queries.invitations import filter_liaison_grants
from pairing.workbooks import INVITATIONS_HEADER, LIAISONS_HEADER, build_invitation_row, build_liaison_row


def find_invitations(query: ListQuery) -> QuerySet[Invitation]:
    now = timezone.now()
    found = Invitation.objects.visible_to(query.user, query.action).narrow(query.wanted, now=now)
    return found.with_state_order(now=now).select_related(
        "street", "college", "year__school", "account", "invited_by"
    )


def build_invitations_sheet(query: ListQuery) -> ExportSheet:
    to_row = partial(build_invitation_row, now=timezone.now())
    return build_sheet(query, INVITATIONS_HEADER, to_row)


INVITATIONS = Listing(
    name="invitations",
    title="街乡负责人邀请",
    action="liaison.invite",
    filter_form=InvitationFilter,
    rows=find_invitations,
    columns=(
        ListColumn("street", "街乡", ("street__district", "street__name")),
        ListColumn("invitee", "邀请对象", ("invitee",)),
        ListColumn("host", "邀请方", ("college__name",)),
        ListColumn("created", "邀请时间", ("created_at",), largest_first=True),
        ListColumn("expires", "有效期至", ("expires_at",), shown=never_shown),
        ListColumn("state", "状态", ("state_order", "expires_at")),
        ListColumn("account", "账号", ("account__number",), empty_last=True),
    ),
    default_sort="-created",
    unit="个邀请",
    sheet=build_invitations_sheet,
)


def find_liaison_grants(user, action: str) -> QuerySet[Grant]:
    """Return the liaison grants that the user's schools gave; an account may also have those of other schools."""
    schools = School.objects.visible_to(user, action)
    grants = Grant.objects.filter(role=LIAISON, school__in=schools)
    return grants.select_related("user", "street")


def find_liaisons(query: ListQuery) -> QuerySet[Grant]:
    today = timezone.localdate()
    found = filter_liaison_grants(find_liaison_grants(query.user, query.action), query.wanted, today=today)
    return found.annotate(ended=Case(When(ends_on__lt=today, then=Value(True)), default=Value(False)))


def build_liaisons_sheet(query: ListQuery) -> ExportSheet:
    to_row = partial(build_liaison_row, today=timezone.localdate())
    return build_sheet(query, LIAISONS_HEADER, to_row)


LIAISONS = Listing(
    name="liaisons",
    title="街乡负责人账号",
    action="grant.staff",
    filter_form=LiaisonFilter,
    rows=find_liaisons,
    columns=(
        ListColumn("number", "账号", ("user__number",)),
        ListColumn("name", "姓名", ("user__name",)),
        ListColumn("street", "街乡", ("street__district", "street__name")),
        ListColumn("starts", "开始日期", ("starts_on",)),
        ListColumn("ends", "结束日期", ("ends_on",)),
        ListColumn("state", "状态", ("ended", "ends_on")),
        ListColumn("end", "操作", spoken=True),
    ),
    default_sort="street",
    unit="个账号",
    sheet=build_liaisons_sheet,
)
