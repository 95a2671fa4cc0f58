"""Work on a schedule."""

from celery import shared_task
from django.utils import timezone

from activities.services.departures import end_lapsed
from activities.services.reminders import remind


@shared_task
def send_reminders() -> None:
    remind(now=timezone.now())


@shared_task
def end_lapsed_signups() -> None:
    end_lapsed(now=timezone.now())
