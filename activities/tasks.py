"""Scheduled tasks."""

from celery import shared_task
from django.utils import timezone

from activities.services.departures import end_all_lapsed
from activities.services.reminders import remind_participants


@shared_task
def send_reminders() -> None:
    """Remind people of their next activities."""
    remind_participants(now=timezone.now())


@shared_task
def end_lapsed_signups() -> None:
    """End the sign-ups of people who may no longer come."""
    end_all_lapsed(now=timezone.now())
