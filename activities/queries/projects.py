"""Projects and their activities, narrowed to what a user may see."""

from django.db import models
from django.db.models import Q

from members.permissions import scope


class ProjectQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """The school's and the college's own; a street's liaison what has been proposed to that street."""
        seen = scope(user, action)
        found = seen.q(school="college__school", college="college")
        if seen.streets:
            found |= Q(team__pairing__street__in=seen.streets) & ~Q(state="draft")
        return self.filter(found)


class ActivityQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """As projects; a person where named as steward; a street's liaison only what is published."""
        seen = scope(user, action)
        found = seen.q(school="project__college__school", college="project__college")
        if seen.streets:
            found |= Q(project__team__pairing__street__in=seen.streets) & ~Q(state="draft")
        if seen.member:
            found |= Q(
                pk__in=self.model.stewards.through.objects.filter(member=seen.member).values("activity")
            )
        return self.filter(found)

    def offered_to(self, member):
        """What a person sees on the phone: published activities of the own college."""
        return self.filter(project__college=member.branch.college_id).exclude(state="draft")
