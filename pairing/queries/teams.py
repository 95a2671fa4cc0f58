"""Service teams, their members, and the people who have not joined yet."""

from collections.abc import Sequence

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from members.models import Member
from members.querysets import MemberQuerySet
from pairing.models import ServiceTeam, TeamMembership
from pairing.rules import Joined

Teams = QuerySet | Sequence[ServiceTeam] | Sequence[int]


def filter_own_membership(teams: Teams) -> QuerySet:
    """Return a person's active membership in the team of their own college, for a subquery on Member."""
    return TeamMembership.objects.of_teams(teams).filter(
        member=OuterRef("pk"), team__pairing__college=OuterRef("branch__college")
    )


def list_roll(people: MemberQuerySet, teams: QuerySet) -> MemberQuerySet:
    """Return the active people of colleges with a team.

    Each has `membership` and `joined_at`, both None before joining, and `removal`: the membership whose end bars
    them from joining again. `people` and `teams` are those that the user may see.
    """
    barring = TeamMembership.objects.barring().filter(
        team__in=teams, member=OuterRef("pk"), team__pairing__college=OuterRef("branch__college")
    )
    mine = filter_own_membership(teams)
    return people.filter(state="active", branch__college__in=teams.values("pairing__college")).annotate(
        membership=Subquery(mine.values("pk")[:1]),
        joined_at=Subquery(mine.values("joined_at")[:1]),
        removal=Subquery(barring.values("pk")[:1]),
    )


def filter_roll(people: MemberQuerySet, teams: QuerySet, wanted) -> QuerySet:
    """Return the rows of the roll that match all given filters: q, college, branch, who, joined."""
    found = people.search(wanted.get("q") or "")
    for name, lookup in (("college", "branch__college"), ("branch", "branch")):
        if value := wanted.get(name):
            found = found.filter(**{lookup: value})
    if wanted.get("who") == "members":
        found = found.filter(stage="member")
    elif wanted.get("who") == "others":
        found = found.exclude(stage="member")
    if wanted.get("joined"):
        inside = Exists(filter_own_membership(teams))
        found = found.filter(inside if wanted["joined"] == "yes" else ~inside)
    return found


def count_joined_by(group: str, people: QuerySet, teams: Teams) -> dict[int, Joined]:
    """Return {key of `group`: Joined} in one query; `group` is "branch" or "branch__college"."""
    inside, member = Exists(filter_own_membership(teams)), Q(stage="member")
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


def find_team(person: Member) -> ServiceTeam | None:
    """Return the team of the person's college, or None before the pairing.

    Its `membership` is the person's, or None before joining.
    """
    teams = ServiceTeam.objects.joinable().filter(pairing__college=person.branch.college_id)
    team = teams.select_related("pairing__college__school", "pairing__street").first()
    if team:
        team.membership = TeamMembership.objects.active().filter(team=team, member=person).first()
    return team
