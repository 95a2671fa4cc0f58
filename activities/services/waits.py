"""Waiting lists: the lists that a change concerns, their locks, and who gets the places that are free.

Lock order: activities by key, then people by key. Somebody whose obstacle ends (a clash, a team, an absence) is looked
at on every list on which the person waits; somebody who moves up ends nobody's obstacle, so one look is enough.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from activities.models import Activity, SignUp
from activities.queries.signups import (
    build_person_facts,
    find_clashes,
    find_people_in_team,
    get_free_places,
    get_signup_window,
)
from activities.rules.signups import find_obstacle, is_moving_up_open, list_free_seats
from activities.services import notices
from members.models import Member

State = SignUp.State


def lock_activity(activities: QuerySet, pk: int) -> Activity | None:
    """Lock one activity of the set, and load its project, team and college; None if it is not in the set."""
    locked = activities.select_for_update(of=("self",)).select_related("project__team", "project__college")
    return locked.filter(pk=pk).first()


def lock_members(ids: Iterable[int]) -> list[Member]:
    """Lock people by key. NO KEY UPDATE: rows that merely refer to a person may be written meanwhile."""
    people = Member.objects.select_for_update(of=("self",), no_key=True).select_related("branch")
    return list(people.filter(pk__in=list(ids)).order_by("pk"))


def lock_with_waits(activities: Iterable[int], people: Iterable[int], *, now: datetime) -> list[Activity]:
    """Lock these activities and those for which these people wait, then these people and all who wait there.

    To be called before an obstacle of the people ends; `fill_lists` then gives free places on.
    """
    people = list(people)
    waits = SignUp.objects.waiting().filter(
        member__in=people, activity__state=Activity.State.OPEN, activity__starts_at__gt=now
    )
    ids = {*activities, *waits.values_list("activity", flat=True)}
    found = Activity.objects.select_for_update(of=("self",))
    found = found.select_related("project__team", "project__college")
    locked = list(found.filter(pk__in=ids).order_by("pk"))
    waiting = SignUp.objects.waiting().filter(activity__in=locked)
    lock_members({*waiting.values_list("member", flat=True), *people})
    return locked


def fill_lists(activities: Iterable[Activity], *, now: datetime) -> list[SignUp]:
    """Give the free places of locked activities to waiting people; return the sign-ups that moved up."""
    return [signup for activity in activities for signup in fill_free_seats(activity, now=now)]


def fill_all_lists(*, now: datetime) -> int:
    """Give free places on where an obstacle ended without a service that looks: somebody came back or joined the team.

    Returns how many people moved up.
    """
    ahead = Activity.objects.filter(state=Activity.State.OPEN, pause="", starts_at__gt=now).with_places()
    free = ahead.filter(waiting__gt=0, taken__lt=F("capacity"))
    moved = 0
    for pk in list(free.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            moved += len(fill_lists(lock_with_waits([pk], [], now=now), now=now))
    return moved


def fill_free_seats(activity: Activity, *, now: datetime) -> list[SignUp]:
    """Give free places to waiting people in their order; return the sign-ups that moved up.

    A person who cannot come now stays waiting and is told why.
    """
    goes_on = activity.state == Activity.State.OPEN and not activity.pause
    if not is_moving_up_open(now, get_signup_window(activity), is_open=goes_on):
        return []
    places = get_free_places(activity)
    if not places.free:
        return []
    waiting = list(activity.signups.waiting())
    people = {member.pk: member for member in lock_members(signup.member_id for signup in waiting)}
    clashes, team = find_clashes(activity, people), find_people_in_team(activity, people)
    moved = []
    for signup in waiting:
        if not places.has_room_for(signup.post_id):
            continue
        person = build_person_facts(activity, people[signup.member_id], team, clashes)
        if find_obstacle(person):
            notices.notify_passed_over(signup, activity, person)
            continue
        places = places.take_place(signup.post_id)
        signup.state, signup.seat, signup.moved_at = State.SIGNED_UP, get_lowest_seat(activity), now
        signup.save(update_fields=["state", "seat", "moved_at"])
        notices.notify_moved_up(signup, activity)
        moved.append(signup)
    return moved


def get_lowest_seat(activity: Activity) -> int:
    """Return the lowest free seat of a locked activity that has one."""
    taken = set(filter(None, activity.signups.exclude(seat=None).values_list("seat", flat=True)))
    return list_free_seats(activity.capacity, taken)[0]
