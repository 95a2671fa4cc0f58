"""Projects and their activities, narrowed to what a user may see."""

from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from members.permissions import scope


class ProjectQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """The school's and the college's own; a street's liaison what has been proposed to that street."""
        seen = scope(user, action)
        found = seen.q(school="college__school", college="college")
        if seen.streets:
            found |= Q(street__in=seen.streets) & ~Q(state="draft")
        return self.filter(found)

    def search(self, words: str):
        """Every word is found in the names of project, college or street."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(name__icontains=word)
                | Q(college__name__icontains=word)
                | Q(street__name__icontains=word)
                | Q(street__district__icontains=word)
            )
        return found


class ActivityQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """As projects; a person where named as steward; a street's liaison only what is published."""
        seen = scope(user, action)
        found = seen.q(school="project__college__school", college="project__college")
        if seen.streets:
            found |= Q(street__in=seen.streets) & ~Q(state="draft")
        if seen.member:
            found |= Q(
                pk__in=self.model.stewards.through.objects.filter(member=seen.member).values("activity")
            )
        return self.filter(found)

    def offered_to(self, member):
        """What a person sees on the phone: published activities of the own college."""
        return self.filter(project__college=member.branch.college_id).exclude(state="draft")

    def with_places(self):
        """`taken` and `waiting` of each: how many hold a seat, and how many wait for one."""
        return self.annotate(
            taken=_count(self.model, Q(seat__isnull=False)), waiting=_count(self.model, Q(state="waiting"))
        )

    def with_own(self, member_id: int):
        """`own_state`, `own_in` and `own_out` (times of check-in and check-out) of the person's sign-up, or None."""
        own = _signups(self.model).filter(member=member_id)
        return self.annotate(
            own_state=Subquery(own.values("state")[:1]),
            own_in=Subquery(own.values("checked_in_at")[:1]),
            own_out=Subquery(own.values("checked_out_at")[:1]),
        )

    def search(self, words: str):
        """Every word is found in the activity's name or place, or in the project's name."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(name__icontains=word) | Q(place__icontains=word) | Q(project__name__icontains=word)
            )
        return found


def _signups(activity_model):
    """Sign-ups of the outer query's activity."""
    return activity_model.signups.rel.related_model.objects.filter(activity=OuterRef("pk"))


def _count(activity_model, condition: Q) -> Coalesce:
    """A subquery, so that rows of the page are counted and not the whole list before it is cut."""
    counted = _signups(activity_model).filter(condition).order_by().values("activity").annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n")), 0)
