"""Scheduled tasks of pairing."""

from celery import shared_task
from django.utils import timezone

from pairing.services.reminders import remind


@shared_task
def send_reminders() -> None:
    """Send the reminders of today."""
    remind(now=timezone.now())
