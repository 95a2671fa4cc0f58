"""The ledger's own records: made from attendance, put right while they wait, voided and corrected afterwards."""

from collections.abc import Collection
from datetime import datetime

import pghistory
from django.db import transaction
from django.utils import timezone

from activities.models import ServiceRecord, SignUp
from activities.rules.hours import cut, whole_minutes

State = ServiceRecord.State


@transaction.atomic
def make_from_signup(
    *, signup: SignUp, start: datetime, end: datetime, user, now: datetime | None = None
) -> ServiceRecord | None:
    """The record of somebody's attendance, waiting for the college: the time given, cut to the planned span.

    None where no whole minute is left. Called again while the record waits, it changes the record; a record that
    is decided stays, and is returned as it is. The caller has locked activity and sign-up and checked the scope.
    """
    activity = signup.activity
    span = cut(start, end, activity.starts_at, activity.ends_at)
    if span is None or not (minutes := whole_minutes(*span)):
        return None
    open_records = ServiceRecord.objects.select_for_update(of=("self",)).filter(signup=signup)
    record = open_records.exclude(state__in=[State.VOIDED, State.REJECTED]).first()
    if record is not None and record.state != State.PENDING:
        return record
    project = activity.project
    if record is None:
        record = ServiceRecord(
            school_id=signup.member.school_id,
            member=signup.member,
            source=ServiceRecord.Source.ATTENDANCE,
            title=activity.name,
            signup=signup,
            activity=activity,
            project=project,
            street=project.team.pairing.street if project.team else None,
            submitted_at=now or timezone.now(),
            submitted_by=user,
            street_confirmed_at=signup.street_confirmed_at,
            street_confirmed_by=signup.street_confirmed_by,
        )
    record.starts_at, record.ends_at = span
    record.served_on, record.minutes = timezone.localdate(span[0]), minutes
    with pghistory.context(user=user.pk):
        record.save()
    return record


@transaction.atomic
def mark_street(*, signup_ids: Collection[int], user, now: datetime | None = None) -> int:
    """Note on the records that wait that the street confirms these people came; how many were marked.

    On a record already decided the mark stands with the sign-up, and its story shows it from there.
    """
    waiting = ServiceRecord.objects.pending().filter(signup__in=signup_ids, street_confirmed_at=None)
    locked = waiting.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True)
    with pghistory.context(user=user.pk):
        return ServiceRecord.objects.filter(pk__in=list(locked)).update(
            street_confirmed_at=now or timezone.now(), street_confirmed_by=user
        )
