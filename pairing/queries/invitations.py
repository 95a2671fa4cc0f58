"""Invitations of street liaisons, and what a liaison sees of the colleges at the own street."""

from datetime import datetime

from django.db import models
from django.db.models import Count, Prefetch, Q

from members.permissions import COLLEGE, scope


class InvitationQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """The school sees every one of its own, a college those that it wrote itself."""
        return self.filter(scope(user, action).q(school="year__school", college="college"))

    def in_state(self, state: str, *, now: datetime):
        """open, used, withdrawn or expired; an unknown state gives all."""
        unused = Q(used_at=None, withdrawn_at=None)
        found = {
            "open": unused & Q(expires_at__gt=now),
            "expired": unused & Q(expires_at__lte=now),
            "used": Q(used_at__isnull=False),
            "withdrawn": Q(withdrawn_at__isnull=False),
        }
        return self.filter(found.get(state, Q()))


def colleges_at_street(pairings: models.QuerySet, grants: models.QuerySet) -> models.QuerySet:
    """Pairings with team, number of its members and the college's secretaries (`college.in_charge`): two queries.

    `grants`: those in force. Nothing of the roster, no name of a member.
    """
    in_charge = grants.filter(role=COLLEGE, user__is_active=True)
    in_charge = in_charge.select_related("user").order_by("starts_on", "pk")
    return (
        pairings.select_related("college__school", "street", "team")
        .annotate(joined=Count("team__memberships", filter=Q(team__memberships__left_at=None)))
        .prefetch_related(Prefetch("college__grant_set", in_charge, to_attr="in_charge"))
        .order_by("street__district", "street__name", "college__school__name", "college__name", "pk")
    )
