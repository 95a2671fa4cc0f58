"""What hangs on a pairing: projects and activities at the street follow its moves, its release and its return."""

import pghistory

from activities.models import Activity, Project
from activities.services.pauses import lock_ahead_of, refresh_pauses
from activities.services.projects import move_project_to_street
from members.models import Street
from pairing.services.followers import PairingTurn, Turn

PLACE_LENGTH = Activity._meta.get_field("place").max_length


def follow_pairing(turn: PairingTurn) -> None:
    """Do what a change of the pairing means for its projects and activities, in the transaction of the change.

    A move puts the projects to the new street for agreement. Until it agrees, and as long as a pairing is released,
    activities ahead pause. Activities that have begun stay as they took place.
    """
    projects = Project.objects.filter(team__pairing=turn.pairing).exclude(state=Project.State.CLOSED)
    activities = lock_ahead_of(list(projects.values_list("pk", flat=True)), now=turn.now)
    why = ""
    with pghistory.context(user=getattr(turn.user, "pk", None), reason=turn.reason):
        if turn.turn == Turn.MOVED:
            why = f"对接街乡改为{turn.pairing.street}"
            _move_to_new_street(turn)
            activities = list(_read_again(activities))
        refresh_pauses(activities, now=turn.now, why=why)


def _move_to_new_street(turn: PairingTurn) -> None:
    """Put projects and plans to the new street; the former street's place and position are no longer true."""
    street = turn.pairing.street
    projects = Project.objects.filter(team__pairing=turn.pairing).exclude(state=Project.State.CLOSED)
    locked = projects.select_for_update(of=("self",)).select_related("street", "college__school")
    for project in locked.order_by("pk"):
        before = project.street
        _move_activities(project, street, turn)
        move_project_to_street(project, before=before, street=street, user=turn.user, now=turn.now)


def _move_activities(project: Project, street: Street, turn: PairingTurn) -> None:
    """Move all plans ahead, also those planned until the project was locked."""
    ahead = Activity.objects.filter(project=project, starts_at__gt=turn.now)
    ahead.update(
        street=street,
        place=f"{street}（具体地点待定）"[:PLACE_LENGTH],
        place_open=True,
        location_check=False,
        latitude=None,
        longitude=None,
    )


def _read_again(activities: list[Activity]):
    """Return the locked activities as they are written now."""
    return Activity.objects.filter(pk__in=[activity.pk for activity in activities]).order_by("pk")
