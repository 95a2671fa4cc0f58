"""Change the city's figure of a street, and the list of streets that the level above assigned to the school."""

from collections.abc import Iterable
from datetime import date

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members.models import ServiceYear, Street
from members.services.unchanged import Check, accept_all
from pairing.models import AssignedStreet
from pairing.queries.hall import forget_places


@transaction.atomic
def set_taken_elsewhere(
    *,
    user,
    street_id: int,
    taken: int,
    as_of: date,
    source: str,
    unchanged: Check = accept_all,
) -> Street:
    """Save the number of places that schools outside the portal hold at a street, with its date and source.

    A claim locks the street too, so it uses the figure before or after this change. Existing pairings stay,
    even if the street is now above its cap. Raises ValidationError for a date after today or a missing
    source. `unchanged` refuses if the page showed another number.
    """
    street = Street.objects.visible_to(user, "street.edit").select_for_update().filter(pk=street_id).first()
    if street is None:
        raise ValidationError("没有找到这个街乡。")
    unchanged(street)
    if as_of > timezone.localdate():
        raise ValidationError({"as_of": "数据时间不能晚于今天。"})
    if not source.strip():
        raise ValidationError({"source": "请写明数据来源。"})
    street.taken_elsewhere, street.taken_as_of, street.taken_source = taken, as_of, source.strip()
    with pghistory.context(user=user.pk):
        street.save(update_fields=["taken_elsewhere", "taken_as_of", "taken_source"])
    transaction.on_commit(forget_every_hall)
    return street


@transaction.atomic
def assign_streets(
    *, user, year: ServiceYear, shown: Iterable[int], ticked: Iterable[int], chosen: Iterable[int]
) -> tuple[int, int]:
    """Assign the chosen streets of those shown on a page (二(三)); return (added, removed).

    Only ticks that the user changed are written, so that two windows do not undo each other: what was `ticked` and is
    not chosen is removed. Pairings with a removed street stay: the list decides new claims only.
    """
    own = ServiceYear.objects.visible_to(user, "street.edit").values("pk")
    locked = ServiceYear.objects.select_for_update(no_key=True).filter(pk__in=own, pk=year.pk).first()
    if locked is None:
        raise ValidationError("只有本校团委可以修改街乡名单。")
    year = locked
    shown, ticked, chosen = set(shown), set(ticked), set(chosen)
    held = set(year.assigned_streets.values_list("street", flat=True))
    new = set(Street.objects.filter(pk__in=chosen & shown - ticked - held).values_list("pk", flat=True))
    with pghistory.context(user=user.pk):
        dropped, _ = year.assigned_streets.filter(street__in=shown & ticked - chosen).delete()
        AssignedStreet.objects.bulk_create(AssignedStreet(year=year, street_id=pk) for pk in sorted(new))
    transaction.on_commit(lambda: forget_places(year.year))
    return len(new), dropped


def forget_every_hall() -> None:
    """Mark the figures of all halls as stale.

    Each year has its own hall, and schools can be in different years for some days.
    """
    for calendar_year in ServiceYear.objects.order_by().values_list("year", flat=True).distinct():
        forget_places(calendar_year)
