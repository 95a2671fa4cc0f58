"""Scheduled tasks of pairing."""

from celery import shared_task
from django.utils import timezone

from pairing.services.reminders import remind_offices


@shared_task
def send_reminders() -> None:
    """Send the reminders of today."""
    remind_offices(now=timezone.now())
