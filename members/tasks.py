"""Scheduled tasks of accounts. Those of imports and exports are in members.transfer.tasks."""

from celery import shared_task
from django.utils import timezone

from members.services import activation_entry


@shared_task
def tell_of_void_codes() -> None:
    """Tell the offices of activation codes that were entered wrongly too often."""
    activation_entry.tell_of_void_codes(now=timezone.now())
