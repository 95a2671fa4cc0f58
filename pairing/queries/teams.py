"""Service teams and their members."""

from django.db import models

from members.permissions import scope


class TeamQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        seen = scope(user, action)
        found = seen.q(school="pairing__year__school", college="pairing__college")
        if seen.streets:
            found |= models.Q(pairing__street__in=seen.streets)
        return self.filter(found)


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
