"""Long lists of this app as they leave: read by the filters of their page, with the rights of whoever asks."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils import timezone

from activities.forms.totals import RecordFilter
from activities.resources.totals import records_sheet
from members.models import User
from members.transfer.services.exports import CHUNK, UNREADABLE, Sheet, in_chunks


def records_list(user: User, query: Mapping[str, str]) -> Sheet:
    form = RecordFilter(query, user=user, action="hours.view")
    if not form.is_valid():
        raise ValidationError(UNREADABLE)
    records = form.found()
    title, header, rows = records_sheet(records.iterator(chunk_size=CHUNK))
    return Sheet(
        title=title,
        filename=f"{title}-{timezone.localdate():%Y%m%d}.xlsx",
        header=header,
        filters={name: value for name, value in query.items() if value and name in form.fields},
        total=records.count(),
        batches=((len(chunk), chunk) for chunk in in_chunks(rows)),
    )
