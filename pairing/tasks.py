"""Work on a schedule."""

from celery import shared_task
from django.utils import timezone

from pairing.services.reminders import remind


@shared_task
def send_reminders() -> None:
    remind(now=timezone.now())
