"""Service teams, their members, and who has not joined yet."""

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from members.permissions import scope
from pairing.rules import Joined


def size_of(college: str, team: str = "") -> Count:
    """How many are in a team: people of its college on the roll. Who is on leave, has graduated or gone to another
    college comes no more. `college`, `team`: the lookups that lead there from the row."""
    inside = Q(
        **{
            f"{team}memberships__left_at": None,
            f"{team}memberships__member__state": "active",
            f"{team}memberships__member__branch__college": F(college),
        }
    )
    return Count(f"{team}memberships", filter=inside)


class TeamQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """The school's and the college's own; a street's liaison those of the street; where the action is open to
        branch secretaries, the team of their college."""
        seen = scope(user, action)
        found = seen.q(school="pairing__year__school", college="pairing__college")
        if seen.streets:
            found |= Q(pairing__street__in=seen.streets)
        if seen.branches:
            return self.filter(found | Q(pairing__college__branches__in=seen.branches)).distinct()
        return self.filter(found)

    def present(self):
        """Teams that people join today: of active pairings, and of several years of one college the latest."""
        later = self.model.objects.filter(
            pairing__state="active",
            pairing__college=OuterRef("pairing__college"),
            pairing__calendar_year__gt=OuterRef("pairing__calendar_year"),
        )
        return self.filter(~Exists(later), pairing__state="active")

    def with_size(self):
        return self.annotate(size=size_of("pairing__college"))

    def last_id_of(self, college) -> str:
        """The 志愿团队ID that the college bound last, also to a team that is closed since; "" before the first."""
        bound = self.filter(pairing__college=college).exclude(outside_id="")
        return bound.order_by("-pk").values_list("outside_id", flat=True).first() or ""

    def search(self, words: str):
        """Every word is found in the names of team, college, street or in the 志愿团队ID."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(name__icontains=word)
                | Q(pairing__college__name__icontains=word)
                | Q(pairing__street__name__icontains=word)
                | Q(pairing__street__district__icontains=word)
                | Q(outside_id__startswith=word)
            )
        return found


class MembershipQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(
            scope(user, action).q(
                school="team__pairing__year__school",
                college="team__pairing__college",
                branch="member__branch",
                member="member",
            )
        )

    def active(self):
        return self.filter(left_at=None)

    def of(self, teams: QuerySet):
        return self.active().filter(team__in=teams)


ORDERS = {
    "branch": ("branch__college__name", "branch__name"),
    "name": ("sort_key",),
    "number": ("student_no",),
    "joined": ("joined_at",),
}
DEFAULT_ORDER = "branch"


def own(memberships: QuerySet) -> QuerySet:
    """A person's membership in the team of the person's own college."""
    return memberships.filter(member=OuterRef("pk"), team__pairing__college=OuterRef("branch__college"))


def roll(people: QuerySet, memberships: QuerySet, teams: QuerySet) -> QuerySet:
    """Active people of colleges that have a team, with `membership` and `joined_at`, both empty before joining.

    `people` and `teams` come narrowed to what the user may see; `memberships` are those of such teams.
    """
    mine = own(memberships)
    return people.filter(state="active", branch__college__in=teams.values("pairing__college")).annotate(
        membership=Subquery(mine.values("pk")[:1]), joined_at=Subquery(mine.values("joined_at")[:1])
    )


def filtered(people: QuerySet, memberships: QuerySet, wanted) -> QuerySet:
    """Rows of the roll that answer every filter given: q, college, branch, who, joined."""
    found = people.search(wanted.get("q") or "")
    for name, lookup in (("college", "branch__college"), ("branch", "branch")):
        if value := wanted.get(name):
            found = found.filter(**{lookup: value})
    if wanted.get("who") == "members":
        found = found.filter(stage="member")
    elif wanted.get("who") == "others":
        found = found.exclude(stage="member")
    if wanted.get("joined"):
        inside = Exists(own(memberships))
        found = found.filter(inside if wanted["joined"] == "yes" else ~inside)
    return found


def ordered(people: QuerySet, sort: str) -> QuerySet:
    columns = ORDERS.get(sort.removeprefix("-"), ORDERS[DEFAULT_ORDER])
    sign = "-" if sort.startswith("-") and sort[1:] in ORDERS else ""
    return people.select_related("branch__college").order_by(
        *(sign + column for column in columns), "sort_key", "pk"
    )


def joined_by(group: str, people: QuerySet, memberships: QuerySet) -> dict[int, Joined]:
    """{key of `group`: Joined} in one query; `group` is "branch" or "branch__college"."""
    inside, member = Exists(own(memberships)), Q(stage="member")
    rows = (
        people.filter(state="active")
        .order_by()
        .values_list(group)
        .annotate(
            members=Count("pk", filter=member),
            joined=Count("pk", filter=member & Q(inside)),
            others=Count("pk", filter=~member & Q(inside)),
        )
    )
    return {key: Joined(members, joined, others) for key, members, joined, others in rows}
