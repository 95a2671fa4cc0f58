"""Sign-ups in a calendar program, according to RFC 5545."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

import pghistory
from django.db import transaction
from icalendar import Calendar, Event

from activities.models import Activity, CalendarFeed, SignUp
from activities.rules.pauses import pause_problem
from members.models import Member
from members.sheets.xml_text import strip_forbidden

MAKER = "-//volunteer portal//activities//ZH"
# Never the host of the request: an activity under two addresses of the portal must be one calendar entry.
UID_DOMAIN = "activities.volunteer-portal.invalid"


def build_calendar(activities: Iterable[Activity], *, link, now: datetime, name: str = "") -> bytes:
    """Return the activities as a calendar file.

    `link(activity)` is each one's full address; times are UTC.
    """
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    if name:
        calendar.add("x-wr-calname", strip_forbidden(name))
    for activity in activities:
        calendar.add_component(_build_event(activity, url=link(activity), now=now))
    return calendar.to_ical()


def _build_event(activity: Activity, *, url: str, now: datetime) -> Event:
    event = Event()
    # The number never changes: a program that knows it takes the higher SEQUENCE for the newer plan.
    event.add("uid", f"activity-{activity.pk}@{UID_DOMAIN}")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("sequence", activity.sequence)
    event.add("dtstart", activity.starts_at.astimezone(UTC))
    event.add("dtend", activity.ends_at.astimezone(UTC))
    event.add("summary", strip_forbidden(activity.name))
    event.add("location", strip_forbidden(activity.place))
    event.add("url", url)
    cancelled = activity.state == Activity.State.CANCELLED
    event.add("status", "CANCELLED" if cancelled else "TENTATIVE" if activity.pause else "CONFIRMED")
    if activity.pause:
        event.add("description", pause_problem(activity.pause))
    if cancelled:
        event.add("description", strip_forbidden(f"活动已取消：{activity.cancel_reason}"))
    return event


def list_calendar_activities(member: Member) -> list[Activity]:
    """Return the activities the person is signed up for.

    Cancelled ones are included, so that calendars can remove them.
    """
    coming = SignUp.objects.signed_up().filter(member=member).exclude(activity__state=Activity.State.DRAFT)
    return [signup.activity for signup in coming.select_related("activity").order_by("activity__starts_at")]


@transaction.atomic
def renew_feed(*, user) -> CalendarFeed:
    """Give the person's calendar program a new private address; the former one stops working."""
    member = Member.objects.visible_to(user, "signup.own").select_for_update().get(pk=user.member_id)
    token = secrets.token_urlsafe(32)
    with pghistory.context(user=user.pk):
        feed, _ = CalendarFeed.objects.update_or_create(member=member, defaults={"token": token})
    return feed


def drop_feed(*, user) -> None:
    """Delete the private address of the person's calendar."""
    CalendarFeed.objects.filter(member__in=Member.objects.visible_to(user, "signup.own")).filter(
        member=user.member_id
    ).delete()
