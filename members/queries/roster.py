"""The roster as a list: its filters, sort orders and the choices of a filter.

Every function takes a QuerySet of members that `visible_to` has already filtered.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When

from members.models import Spell
from members.permissions import get_scope
from members.querysets import REGISTERED, MemberQuerySet

# Values of a filter that mean more than one value of the column.
STAGE_GROUPS = {"activists": Q(stage__in=("activist", "candidate"))}
STATE_GROUPS = {"out": ~Q(state="active")}
# `missing` is everybody without a verified registration, as in Rate.missing: a self-report does not count.
REGISTRATION = {
    "registered": REGISTERED,
    "missing": ~REGISTERED,
    "reported": ~REGISTERED & Q(reported_on__isnull=False),
    "silent": ~REGISTERED & Q(reported_on=None),
}
ORDERS = {
    "branch": ("branch__college__name", "branch__name"),
    "name": ("sort_key",),
    "number": ("student_no",),
    "grade": ("grade",),
    "stage": ("stage",),
    "state": ("state",),
    # counts_from equals the date where it is known; unknown dates sort beside the known ones.
    "registration": ("counts_from", "reported_on"),
}


def filter_members(members: MemberQuerySet, wanted: Mapping[str, Any]) -> MemberQuerySet:
    """Return the members that match all given filters: q, college, branch, grade, stage, state, registration,
    imported."""
    found = members.search(wanted.get("q") or "")
    for name, lookup in (("college", "branch__college"), ("branch", "branch"), ("grade", "grade")):
        if value := wanted.get(name):
            found = found.filter(**{lookup: value})
    for name, groups in (("stage", STAGE_GROUPS), ("state", STATE_GROUPS), ("registration", REGISTRATION)):
        if value := wanted.get(name):
            found = found.filter(groups.get(value) or Q(**{name: value}))
    if run := wanted.get("imported"):
        brought = Spell.objects.filter(member=OuterRef("pk"), first=True, import_run=run)
        found = found.filter(Exists(brought))
    return found


def list_grades(members: QuerySet) -> list[str]:
    """Return the grades that the members have, the latest first."""
    return list(members.exclude(grade="").order_by("-grade").values_list("grade", flat=True).distinct())


def list_unverified_reports(members: QuerySet) -> QuerySet:
    """Return the people whose reported registration (number and date) is not verified yet, the oldest first."""
    return (
        members.filter(REGISTRATION["reported"])
        .exclude(reported_no="")
        .select_related("branch__college")
        .order_by("reported_on", "sort_key", "pk")
    )


def annotate_phone_rule(members: MemberQuerySet, user) -> MemberQuerySet:
    """Annotate `phone_open`: whether the user may read the person's phone in full (requirements §6)."""
    own = get_scope(user, "member.phone").q(school="school", college="branch__college", branch="branch")
    return members.annotate(
        phone_open=Case(
            When(Q(pk__isnull=False) & own, then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        )
    )
