"""A move of a pairing to another street: agreements with the former street do not bind the new one."""

from datetime import datetime

import pghistory
from django.db import transaction
from django.utils import timezone

from activities.models import Activity, Project
from activities.services.projects import move_project_to_street
from pairing.models import Pairing
from pairing.services import pairings


@transaction.atomic
def move_pairing(
    *, user, pairing_id: int, street_id: int, reason: str, now: datetime | None = None
) -> Pairing:
    """Move the pairing and put its projects to the new street for agreement.

    Activities that have begun stay with the street at which they took place.
    """
    now = now or timezone.now()
    pairing = pairings.move_to_street(
        user=user, pairing_id=pairing_id, street_id=street_id, reason=reason, now=now
    )
    ahead = Activity.objects.filter(project__team__pairing=pairing, starts_at__gt=now)
    list(ahead.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    projects = Project.objects.filter(team__pairing=pairing).exclude(state=Project.State.CLOSED)
    locked = projects.select_for_update(of=("self",)).select_related("street", "college").order_by("pk")
    with pghistory.context(user=user.pk, reason=reason):
        for project in locked:
            move_project_to_street(project, street=pairing.street, user=user, now=now)
        # Activities planned until the projects were locked are included.
        ahead.exclude(project__state=Project.State.CLOSED).update(street=pairing.street)
    return pairing
