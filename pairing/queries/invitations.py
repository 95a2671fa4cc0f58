"""Roles of street liaisons, and the colleges that a liaison sees at their own street."""

from datetime import date

from django.db import models
from django.db.models import Prefetch, Q

from members.models import Grant
from members.permissions import COLLEGE, LIAISON
from pairing.querysets import count_team_size


def filter_liaison_grants(grants: models.QuerySet, wanted: dict, *, today: date) -> models.QuerySet:
    """Return the liaisons' roles that match all given filters: q (street, district, name or number), state."""
    found = grants.filter(role=LIAISON)
    for word in (wanted.get("q") or "").split():
        found = found.filter(
            Q(street__name__contains=word)
            | Q(street__district__contains=word)
            | Q(user__name__contains=word)
            | Q(user__number__startswith=word)
        )
    held = Q(starts_on__lte=today) & (Q(ends_on=None) | Q(ends_on__gte=today))
    match wanted.get("state"):
        case "active":
            return found.filter(held)
        case "ended":
            return found.exclude(held)
    return found


def list_colleges_at_street(pairings: models.QuerySet, *, today: date) -> models.QuerySet:
    """Return pairings with team, size of the team and secretaries of the college, in two queries.

    The size is `joined`, the secretaries are `college.in_charge`. The result has no data of the roster and no
    name of a member.
    """
    in_charge = Grant.objects.active_on(today).filter(role=COLLEGE, user__is_active=True)
    in_charge = in_charge.select_related("user").order_by("starts_on", "pk")
    return (
        pairings.select_related("college__school", "street", "team")
        .annotate(joined=count_team_size("college", "team__"))
        .prefetch_related(Prefetch("college__grant_set", in_charge, to_attr="in_charge"))
        .order_by("street__district", "street__name", "college__school__name", "college__name", "pk")
    )
