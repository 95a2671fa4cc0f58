"""Which rows of a past day: the spells that cover it, and whom a user saw then. Below the other QuerySets."""

from django.apps import apps
from django.db import models
from django.db.models import DateField, Exists, Func, OuterRef, Q, Value

from members.permissions import get_scope


class SpellQuerySet(models.QuerySet):
    def covering(self, day):
        """Return the spells that say what their people were on a local day, one of each person.

        `day` may be a date or an expression of the outer query.
        """
        return self.filter(build_covering_q(day))


def build_covering_q(day, *, path: str = "") -> Q:
    """Return the filter of the spell that covers a day; `path` leads to the spell ("spells__").

    The first spell reaches back for ever, or to the entry of somebody who came later; the open one on for ever.
    """
    reaches = Q(**{f"{path}not_before__isnull": True}) | Q(**{f"{path}not_before__lte": day})
    begun = Q(**{f"{path}starts_on__lte": day}) | Q(**{f"{path}first": True}) & reaches
    return begun & (Q(**{f"{path}ends_on__isnull": True}) | Q(**{f"{path}ends_on__gt": day}))


def build_covering_sql(day: str) -> str:
    """Return the condition of `build_covering_q` in SQL; `s` is the spell, `day` the placeholder of the day."""
    return (
        f"(s.starts_on <= {day} OR s.first AND coalesce(s.not_before, '-infinity') <= {day})"
        f" AND (s.ends_on IS NULL OR s.ends_on > {day})"
    )


def build_scope_then_q(
    user, action: str, *, day, member: str = "member", school: str = "member__school"
) -> Q:
    """Return the filter of rows about people who belonged to the user's scope on a day: the one rule for it.

    `day`: a date, or an expression of the outer query. `member`, `school`: the row's lookups to the person and the
    person's school, which never changes; a spell in another school opens nothing.
    """
    seen = get_scope(user, action)
    found = seen.q(school=school, member=member)
    if seen.colleges or seen.branches:
        spells = apps.get_model("members", "Spell").objects.covering(day)
        place = seen.q(college="branch__college", branch="branch")
        own = {"member": OuterRef(member), "branch__college__school": OuterRef(school)}
        found |= Q(Exists(spells.filter(place, **own)))
    return found


def build_year_end(year: str = "year__year") -> Func:
    """Return 31 December of the outer row's year; `year` is the lookup to its number.

    The spell that covers it is the place of a person in that year; in a running year it is the open one.
    """
    return Func(OuterRef(year), Value(12), Value(31), function="make_date", output_field=DateField())
