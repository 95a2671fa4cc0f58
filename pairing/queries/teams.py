"""Service teams, their members, and who has not joined yet."""

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from pairing.rules import Joined


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
