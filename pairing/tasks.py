"""Scheduled tasks of pairing."""

from celery import shared_task
from django.utils import timezone

from pairing.services.posts import end_posts_of_past_years
from pairing.services.reminders import remind_offices


@shared_task
def send_reminders() -> None:
    """Send the reminders of today, and end posts of street liaisons that ended with a past year's pairing."""
    now = timezone.now()
    end_posts_of_past_years(now=now)
    remind_offices(now=now)
