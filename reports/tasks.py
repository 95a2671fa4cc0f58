"""Tasks on a schedule or after the response."""

from celery import shared_task
from django.utils import timezone

from reports.models import Delivery
from reports.services import bulletins, channels


@shared_task
def publish_due_bulletins() -> None:
    """Publish every due bulletin, then send waiting deliveries again."""
    bulletins.publish_all_due()
    channels.resend_waiting(now=timezone.now())


@shared_task(bind=True, max_retries=channels.MAX_ATTEMPTS)
def push_bulletin(self, delivery_id: int) -> None:
    """Send a bulletin to a channel; retry after 1, 2, 4 … minutes as long as the delivery waits."""
    delivery = channels.deliver_message(delivery_id=delivery_id, now=timezone.now())
    if delivery and delivery.state == Delivery.State.WAITING:
        raise self.retry(countdown=60 * 2**self.request.retries)
