"""Titles of honour and nominations, narrowed to what a user may see."""

from django.db import models
from django.db.models import Case, Count, IntegerField, Q, Value, When

from members.permissions import scope
from reports.rules.eligibility import LEVELS

LIVE = ("nominated", "chosen")
# What a title's nominations are sorted by; without one of these as they hold their places.
NOMINATION_ORDERS = {
    "name": ("member__sort_key", "branch__name"),
    "branch": ("member__branch__college__name", "member__branch__name", "branch__college__name"),
    "state": ("state", "place"),
    "at": ("nominated_at",),
}


class HonourTitleQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Whose they are: the school's, and a college's own."""
        return self.filter(scope(user, action).q(school="year__school", college="college"))

    def offered_to(self, user, action: str):
        """Those for which a user's people may stand: the own college's, and every one of the school."""
        seen = scope(user, action)
        found = seen.q(school="year__school", college="college", branch="college__branches")
        if user.school_id and (seen.schools or seen.colleges or seen.branches):
            found |= Q(college=None, year__school=user.school_id)
        return self.filter(found).distinct()

    def ranked(self):
        """`rank`: the level's place, the highest first."""
        levels = [When(level=level, then=Value(rank)) for rank, level in enumerate(reversed(LEVELS))]
        return self.annotate(rank=Case(*levels, output_field=IntegerField()))

    def with_counts(self):
        """`nominated`: how many stand; `chosen`: how many hold a place."""
        return self.annotate(
            nominated=Count("nominations", filter=Q(nominations__state__in=LIVE), distinct=True),
            chosen=Count("nominations", filter=Q(nominations__state="chosen"), distinct=True),
        )


class NominationQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        seen = scope(user, action)
        person = seen.q(
            school="title__year__school", college="member__branch__college", branch="member__branch"
        )
        return self.filter(person | seen.q(college="branch__college", branch="branch"))

    def live(self):
        return self.filter(state__in=LIVE)

    def chosen(self):
        return self.filter(state="chosen")

    def arranged(self, sort: str):
        """`sort` as in the address: a name of NOMINATION_ORDERS, with - for the other way round."""
        keys = NOMINATION_ORDERS.get(sort.removeprefix("-"))
        if keys is None:
            return self
        way = "-" if sort.startswith("-") else ""
        return self.order_by(*(f"{way}{key}" for key in keys), "pk")

    def with_names(self):
        return self.select_related(
            "title__year", "title__college", "member__branch__college", "branch__college", "nominated_by"
        )


def people_for(people: models.QuerySet, title, user) -> models.QuerySet:
    """Of the people given, those whom the user may nominate for the title: by the level that the title asks, in the
    college that gives it. Whether the verdict lets them stand is another question."""
    found = people.visible_to(user, "honour.nominate").filter(school=title.year.school_id)
    return found.filter(_level(title, user, "branch__college"))


def branches_for(branches: models.QuerySet, title, user) -> models.QuerySet:
    """As `people_for`, of branches."""
    found = branches.visible_to(user, "honour.nominate").filter(college__school=title.year.school_id)
    return found.filter(_level(title, user, "college"))


def _level(title, user, college: str) -> Q:
    seen, wanted = scope(user, "honour.nominate"), Q()
    if title.nominated_by == "college" and not seen.everything:
        wanted &= Q(**{f"{college}__in": seen.colleges})
    if title.college_id:
        wanted &= Q(**{college: title.college_id})
    return wanted
