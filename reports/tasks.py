"""Tasks on a schedule or after the response."""

from celery import shared_task
from django.utils import timezone

from members.sheets.reading import read_file
from members.sheets.sheets import SheetError
from members.transfer.resources import list_notes
from reports.models import Delivery
from reports.resources.appraisal import AppraisalResource
from reports.services import appraisal_readings, bulletins, channels, result_changes


@shared_task
def publish_due_bulletins() -> None:
    """Publish every due bulletin, then send waiting deliveries again."""
    bulletins.publish_all_due()
    channels.resend_waiting(now=timezone.now())


@shared_task
def note_changed_results() -> None:
    """Ask the offices about results whose verdict does not hold any more."""
    result_changes.note_all_changes()


@shared_task(bind=True, max_retries=channels.MAX_ATTEMPTS)
def push_bulletin(self, delivery_id: int) -> None:
    """Send a bulletin to a channel; retry after 1, 2, 4 … minutes as long as the delivery waits."""
    delivery = channels.deliver_message(delivery_id=delivery_id, now=timezone.now())
    if delivery and delivery.state == Delivery.State.WAITING:
        raise self.retry(countdown=60 * 2**self.request.retries)


@shared_task
def read_appraisal_sheet(appraisal_id: int, user_id: int, token: str) -> None:
    """Read an uploaded sheet of an appraisal; the page then compares its rows."""
    reading = appraisal_readings.begin_reading(user_id=user_id, appraisal_id=appraisal_id, token=token)
    if reading is not None:
        with appraisal_readings.tell_failure(reading, refusals=(SheetError,)):
            resource = AppraisalResource()
            sheet = resource.open(read_file(reading.content, reading.filename))
            appraisal_readings.finish_reading(reading, rows=resource.rows(sheet), notes=list_notes(sheet))
