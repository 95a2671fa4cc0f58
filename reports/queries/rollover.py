"""The people who may graduate at the end of a year, in groups, with what ends when they leave."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat

from activities.models import SignUp
from members.models import Branch, Grant, Member
from members.rules import ON_THE_WAY
from pairing.models import TeamMembership
from reports.rules.rollover import is_likely_graduated

BRANCH = "branch:"


@dataclass(frozen=True)
class Group:
    """People of a grade, or of a branch where no grade is known, with counts of what ends when they leave."""

    key: str
    label: str
    likely: bool
    people: int = 0
    applicants: int = 0
    secretaries: int = 0
    teams: int = 0
    signups: int = 0


def annotate_group(people: QuerySet) -> QuerySet:
    """Add `group`: the grade, or the branch where the grade is empty."""
    branch = Concat(Value(BRANCH), Cast("branch", CharField()), output_field=CharField())
    return people.annotate(group=Case(When(grade="", then=branch), default=F("grade"))).order_by()


def list_graduate_groups(people: QuerySet, *, year: int, now: datetime, today: date) -> list[Group]:
    """Return active people by grade, in five queries; `likely`: four years have passed since the entry."""
    here = annotate_group(people.filter(state=Member.State.ACTIVE))
    rows = here.values_list("group").annotate(
        people=Count("pk"), applicants=Count("pk", filter=Q(stage__in=ON_THE_WAY))
    )
    figures = {key: {"people": people, "applicants": applicants} for key, people, applicants in rows}
    held = Grant.objects.active_on(today).filter(user__member=OuterRef("pk"))
    inside = TeamMembership.objects.active().filter(member=OuterRef("pk"))
    ahead = Q(
        signups__state__in=(SignUp.State.SIGNED_UP, SignUp.State.WAITING),
        signups__activity__starts_at__gt=now,
    )
    for name, rows in (
        ("secretaries", here.filter(Exists(held)).values_list("group").annotate(Count("pk"))),
        ("teams", here.filter(Exists(inside)).values_list("group").annotate(Count("pk"))),
        ("signups", here.filter(ahead).values_list("group").annotate(Count("signups"))),
    ):
        for key, count in rows:
            figures[key][name] = count
    names = _get_branch_names(figures)
    groups = [
        Group(key, names.get(key, key), is_likely_graduated(key, year), **counts)
        for key, counts in figures.items()
    ]
    return sorted(groups, key=lambda group: (group.key.startswith(BRANCH), group.label))


def _get_branch_names(keys) -> dict[str, str]:
    ids = [key.removeprefix(BRANCH) for key in keys if key.startswith(BRANCH)]
    branches = Branch.objects.filter(pk__in=ids).select_related("college") if ids else ()
    return {f"{BRANCH}{branch.pk}": f"{branch.college} {branch}（未填年级）" for branch in branches}
