"""Scheduled tasks."""

from celery import shared_task
from django.utils import timezone

from activities.services.counting import report_differences
from activities.services.pauses import call_off_orphans
from activities.services.reminders import remind_participants
from activities.services.units import end_departed
from activities.services.waiting_hours import forget_strangers
from activities.services.waits import fill_all_lists


@shared_task
def send_reminders() -> None:
    """Remind people of their next activities."""
    remind_participants(now=timezone.now())


@shared_task
def end_lapsed_signups() -> None:
    """End sign-ups of people who may no longer come, call off what nothing brought back, and give free places on."""
    end_departed(now=timezone.now())
    call_off_orphans(now=timezone.now())
    fill_all_lists(now=timezone.now())


@shared_task
def forget_waiting_hours() -> None:
    """Delete rows of hours of people who have not come to the school within a year."""
    forget_strangers(now=timezone.now())


@shared_task
def check_counts() -> None:
    """Compare what is counted with the rule, and tell the school's admins of differences."""
    report_differences(day=timezone.localdate())
