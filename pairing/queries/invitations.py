"""Posts of street liaisons, and the colleges that a liaison sees at the own streets."""

from collections.abc import Collection
from datetime import date

from django.db import models
from django.db.models import Prefetch, Q

from members.models import Grant, School, ServiceYear
from members.permissions import COLLEGE, LIAISON
from members.sheets.cells import tidy_number
from pairing.models import Pairing
from pairing.querysets import PairingQuerySet, count_team_size


def filter_liaison_grants(grants: models.QuerySet, wanted: dict, *, today: date) -> models.QuerySet:
    """Return the liaisons' roles that match all given filters: q (street, district, name or number), state."""
    found = grants.filter(role=LIAISON)
    for word in (wanted.get("q") or "").split():
        found = found.filter(
            Q(street__name__contains=word)
            | Q(street__district__contains=word)
            | Q(user__name__contains=word)
            | Q(user__number__istartswith=tidy_number(word))
        )
    held = Q(starts_on__lte=today) & (Q(ends_on=None) | Q(ends_on__gte=today))
    match wanted.get("state"):
        case "active":
            return found.filter(held)
        case "ended":
            return found.exclude(held)
    return found


def list_posts(user, *, today: date) -> list[Grant]:
    """Return the posts that a liaison holds today, with street and school."""
    posts = Grant.objects.active_on(today).filter(user=user.pk, role=LIAISON)
    return list(posts.select_related("street", "school").order_by("school__name", "street", "pk"))


def list_posts_that_end_with(pairing: Pairing, *, today: date) -> list[Grant]:
    """Return the posts that end if the pairing leaves its street: none if the school has another pairing there."""
    others = Pairing.objects.active().held_in(today.year, date.max.year).exclude(pk=pairing.pk)
    school = pairing.year.school_id
    if others.filter(year__school=school, street=pairing.street_id).exists():
        return []
    posts = Grant.objects.open_on(today).filter(role=LIAISON, school=school, street=pairing.street_id)
    return list(posts.select_related("user").order_by("pk"))


def filter_present_years(pairings: PairingQuerySet, schools: Collection[School], *, today: date):
    """Return the pairings that hold in the present year of their own school; each school has its years."""
    found = pairings.none()
    for school in schools:
        year = ServiceYear.objects.current(school, today=today)
        own = pairings.of_year(year) if year else pairings.held_in(today.year)
        found |= own.filter(year__school=school)
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
