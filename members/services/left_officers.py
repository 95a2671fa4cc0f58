"""Offices of people who leave the school end with them, as nobody who has left can be appointed."""

from collections.abc import Sequence
from datetime import date

import pghistory
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from members.models import Grant
from members.permissions import LIAISON
from members.queries.receivers import build_college_office, build_school_office
from members.querysets import LEFT_STATES
from members.services.notify import notify
from members.services.spells import Move


def follow_leavers(moves: Sequence[Move]) -> None:
    """End the offices of people who have left: today is the last day; the office above is asked for a successor.

    A term that has not begun is taken back. What is open stays with the office.
    """
    left = [move.member_id for move in moves if move.new.state in LEFT_STATES]
    if not left:
        return
    today = timezone.localdate()
    with pghistory.context(reason="已转出或毕业"):
        _filter_offices(Grant.objects.filter(starts_on__gt=today), left).delete()
        for grant in _lock_longer_terms(left, today):
            grant.ends_on = today
            grant.save(update_fields=["ends_on"])
            _ask_for_successor(grant)


def _filter_offices(grants: QuerySet[Grant], people: list[int]) -> QuerySet[Grant]:
    """Keep the offices of these people at the school; a post at a street belongs to the street."""
    return grants.filter(user__member__in=people).exclude(role=LIAISON)


def _lock_longer_terms(people: list[int], today: date) -> QuerySet[Grant]:
    longer = _filter_offices(Grant.objects.open_on(today).exclude(ends_on=today), people)
    locked = longer.order_by("pk").select_for_update(of=("self",))
    return locked.select_related("user__member", "branch", "college", "school")


def _ask_for_successor(grant: Grant) -> None:
    """Tell the office that appoints: the college of a 团支书, the school of everybody else."""
    member = grant.user.member
    assert member is not None  # the term was found by its person
    if grant.branch is not None:
        above = build_college_office(grant.branch.college_id)
    else:
        above = build_school_office(member.school_id)
    notify(
        above,
        "officer_left",
        reverse("accounts"),
        key=f"grant:{grant.pk}:left:{timezone.localdate():%Y%m%d}",
        grant=grant,
        person=member,
    )
