"""换届: the offices in the user's scope with their present and coming holders."""

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from members.lists import ListColumn, Listing, ListQuery
from members.models import Grant
from reports.forms.handover import OfficeFilter
from reports.queries.handover import list_offices, list_offices_to_hand_over


def find_offices(query: ListQuery) -> QuerySet[Grant]:
    """Return the terms that match the filters; `may_hand_over`: whether the user may change the holder."""
    found = list_offices(query.user).annotate(
        college_name=Coalesce("branch__college__name", "college__name", Value("")),
        branch_name=Coalesce("branch__name", Value("")),
        may_hand_over=Exists(list_offices_to_hand_over(query.user).filter(pk=OuterRef("pk"))),
    )
    for word in (query.wanted.get("q") or "").split():
        found = found.filter(
            Q(college_name__icontains=word) | Q(branch_name__icontains=word) | Q(user__name__icontains=word)
        )
    if role := query.wanted.get("role"):
        found = found.filter(role=role)
    return found


HANDOVER = Listing(
    name="handover",
    title="换届",
    action="handover.view",
    filter_form=OfficeFilter,
    rows=find_offices,
    columns=(
        ListColumn("office", "职务", ("college_name", "branch_name")),
        ListColumn("holder", "任职人", ("user__name",)),
        ListColumn("from", "开始", ("starts_on",)),
        ListColumn("to", "结束", ("ends_on",), empty_last=True),
        ListColumn("actions", "操作", spoken=True),
    ),
    default_sort="office",
    tie_break=("college_name", "branch_name", "starts_on", "pk"),
    unit="项",
)
