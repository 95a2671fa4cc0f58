"""Reminders on the evening before: people who come tomorrow are told when and where."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from activities.models import Activity
from activities.queries.recipients import find_accounts
from activities.services.notices import describe_when_and_where
from members.services.notify import notify

EVENING = 18  # o'clock in Beijing


def remind_participants(*, now: datetime) -> None:
    """Remind everybody who is signed up for tomorrow; a missed evening is made up on the day itself.

    Safe to call at any time: one message per person, told again only if the name, time or place has changed since,
    also if the change leads back to what was before.
    """
    local = timezone.localtime(now)
    today = local.replace(hour=0, minute=0, second=0, microsecond=0)
    until = today + timedelta(days=2 if local.hour >= EVENING else 1)
    soon = Activity.objects.filter(
        state=Activity.State.OPEN, pause="", starts_at__gt=now, starts_at__lt=until
    )
    for activity in soon:
        starts = timezone.localtime(activity.starts_at)
        day = "今天" if starts.date() == local.date() else "明天"
        notify(
            find_accounts(activity.signups.signed_up().values("member")),
            "activity_soon",
            reverse("offer", args=[activity.pk]),
            key=f"activity:{activity.pk}:soon:{activity.sequence}:{starts:%Y%m%d%H%M}",
            day=day,
            activity=activity,
            place_and_time=describe_when_and_where(activity),
        )
