"""Facts for the rules of sign-up: times, places, the team, and a person's other activities."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from activities.models import Activity, Post, SignUp
from activities.rules.signups import (
    HeldPlace,
    Person,
    Places,
    Window,
    person_problem,
    post_problem,
    signup_window_problem,
    spans_overlap,
)
from members.models import Member
from pairing.models import TeamMembership

State = SignUp.State


def already_signed_up_problem(signup: SignUp | None) -> str:
    """Return that the person is already signed up, waits or was removed; "" if none of these."""
    if signup is None or signup.state == State.CANCELLED:
        return ""
    if signup.state == State.REMOVED:
        return f"负责人已将您移出名单：{signup.cancel_reason}。如要参加，请联系负责人恢复您的报名资格，电话见活动页面的“联系人”。"
    return "您已在候补名单中。" if signup.state == State.WAITING else "您已报名这次活动。"


def signup_problem(
    activity: Activity, member: Member, places: Places, post_id: int | None, now: datetime
) -> str:
    """Return why this person cannot sign up now; "" if possible."""
    is_open = activity.state == Activity.State.OPEN
    people = {member.pk: member}
    facts = build_person_facts(
        activity, member, find_people_in_team(activity, people), find_clashes(activity, people)
    )
    return (
        signup_window_problem(now, get_signup_window(activity), is_open=is_open, pause=activity.pause)
        or person_problem(facts)
        or post_problem(places, post_id)
    )


def get_signup_window(activity: Activity) -> Window:
    """Return the times of signing up, cancelling and moving up, in local time."""
    times = (
        activity.signup_opens_at,
        activity.signup_closes_at,
        activity.cancel_until,
        activity.starts_at,
        activity.check_in_closes_at,
    )
    return Window(*(timezone.localtime(at) for at in times))


def describe_held_place(signup: SignUp) -> HeldPlace:
    """Return what decides until when this place can be given back."""
    return HeldPlace(
        signed_up_at=signup.signed_up_at,
        waiting=signup.state == State.WAITING,
        checked_in=signup.checked_in_at is not None,
        moved_at=signup.moved_at,
    )


def get_free_places(activity: Activity) -> Places:
    """Return the free seats of the activity, and the free places of each post."""
    seated = activity.signups.exclude(seat=None).values_list("post", flat=True)
    held = list(seated)
    posts = {
        pk: capacity - held.count(pk)
        for pk, capacity in Post.objects.filter(activity=activity).values_list("pk", "capacity")
    }
    return Places(free=activity.capacity - len(held), posts=posts)


def build_person_facts(activity: Activity, member: Member, team: set[int], clashes: dict[int, str]) -> Person:
    """Return the facts about a person for the rules; `team` and `clashes` are read by the functions below."""
    college = activity.project.college
    return Person(
        active=member.state == Member.State.ACTIVE,
        other_college="" if member.branch.college_id == college.pk else college.name,
        needs_team=activity.project.team_id is not None,
        in_team=member.pk in team,
        clash=clashes.get(member.pk, ""),
    )


def find_people_in_team(activity: Activity, members: Iterable[int]) -> set[int]:
    """Return the ids of these people who are in the activity's team now."""
    if activity.project.team_id is None:
        return set()
    inside = TeamMembership.objects.active().filter(team=activity.project.team_id, member__in=list(members))
    return set(inside.values_list("member", flat=True))


def find_clashes(activity: Activity, members: Iterable[int]) -> dict[int, str]:
    """Return {person: name of another activity that the person is signed up for and that overlaps}."""
    others = SignUp.objects.signed_up().filter(
        member__in=list(members),
        activity__state=Activity.State.OPEN,
        activity__starts_at__lt=activity.ends_at,
        activity__ends_at__gt=activity.starts_at,
    )
    others = others.exclude(activity=activity).select_related("activity").order_by("activity__starts_at")
    return {
        signup.member_id: signup.activity.name
        for signup in others
        if spans_overlap(
            activity.starts_at, activity.ends_at, signup.activity.starts_at, signup.activity.ends_at
        )
    }
