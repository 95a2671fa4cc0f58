"""Scheduled tasks."""

from celery import shared_task
from django.utils import timezone

from activities.services.departures import end_lapsed
from activities.services.reminders import remind


@shared_task
def send_reminders() -> None:
    """Remind people of their next activities."""
    remind(now=timezone.now())


@shared_task
def end_lapsed_signups() -> None:
    """End the sign-ups of people who may no longer come."""
    end_lapsed(now=timezone.now())
