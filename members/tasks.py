"""Scheduled tasks of accounts. Those of imports and exports are in members.transfer.tasks."""

from celery import shared_task
from django.utils import timezone

from members.services import activation_entry, working_days


@shared_task
def tell_of_void_codes() -> None:
    """Tell the offices of activation codes that were entered wrongly too often."""
    activation_entry.tell_of_void_codes(now=timezone.now())


@shared_task
def ask_for_holidays() -> None:
    """Ask schools for the holidays of a year that the portal does not know."""
    working_days.ask_for_holidays(today=timezone.localdate())
