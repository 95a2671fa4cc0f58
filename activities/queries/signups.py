"""Who comes to what, narrowed to what a user may see."""

from django.db import models
from django.db.models import Q

from members.permissions import scope


class SignUpQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """The person's own; the school and college all of their activities; a steward those of the activity; a
        street's liaison those of activities at the street (names of participants only, requirements §1)."""
        seen = scope(user, action)
        found = seen.q(
            school="activity__project__college__school", college="activity__project__college", member="member"
        )
        if seen.streets:
            found |= Q(activity__street__in=seen.streets)
        return self.filter(found)

    def coming(self):
        return self.filter(state="signed_up")

    def waiting(self):
        """Whose turn it is first."""
        return self.filter(state="waiting").order_by("waiting_since", "pk")

    def came(self):
        return self.filter(checked_in_at__isnull=False)
