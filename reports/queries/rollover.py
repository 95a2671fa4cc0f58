"""The people who belong to a year, and those who may graduate at its end.

A year that was rolled over shows the people at its roll-over: it includes those who graduated or left later,
and excludes those who came later. A year that was not rolled over shows the people of today.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from activities.models import SignUp
from members.models import Branch, Grant, Member, ServiceYear
from members.models.history import event_rows
from members.queries.rates import AsOf
from members.querysets import MemberQuerySet
from members.rules import ON_THE_WAY
from pairing.models import TeamMembership
from reports.rules.rollover import is_likely_graduated

BRANCH = "branch:"


def get_as_of(year: ServiceYear) -> AsOf | None:
    """Return the moment as of which the year sees people; None as long as it is not rolled over.

    That is the last entry in the people's history that belongs to the year, and the year's last day.
    """
    rollover = getattr(year, "rollover", None)
    return AsOf(rollover.people_as_of, date(year.year, 12, 31)) if rollover else None


def annotate_as_of_year(people: MemberQuerySet, year: ServiceYear) -> MemberQuerySet:
    """Add `stage_then`, `state_then` and `registered_then` to the people.

    The first two are None for people who came to the roster after the roll-over; `registered_then` is the day
    of a registration that counts in the year. A registration by the end of the year counts even if it is
    verified after the roll-over.
    """
    as_of = get_as_of(year)
    if as_of is None:
        return people.annotate(
            stage_then=F("stage"), state_then=F("state"), registered_then=F("registered_on")
        )
    events = event_rows(Member).filter(pgh_obj=OuterRef("pk"), pgh_id__lte=as_of.entry)
    last = events.order_by("-pgh_id")
    return people.annotate(
        stage_then=Subquery(last.values("stage")[:1]),
        state_then=Subquery(last.values("state")[:1]),
        registered_then=Coalesce(
            Subquery(last.values("registered_on")[:1]),
            Case(When(registered_on__lte=as_of.day, then=F("registered_on"))),
        ),
    )


# --- who graduates ------------------------------------------------------------------------------------------------


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
