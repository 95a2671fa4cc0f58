"""校内志愿服务时长确认单: made from the present ledger, and compared with it later."""

import secrets
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities.models import HoursSlip
from activities.queries.slips import list_slip_lines
from activities.rules.slips import build_printed_lines, compute_digest, range_problem
from members.models import Member
from members.services.export_log import log_export

# 32 random characters: nobody finds a slip by trying.
TOKEN_BYTES = 24
OUT_OF_SCOPE = "您不能为此人出具确认单。"
NOTHING = "这段时间没有已确认的服务时长，请换一个日期范围。"


@transaction.atomic
def make_slip(*, user, member_id: int, first: date, last: date, now: datetime | None = None) -> HoursSlip:
    """Make a slip of the confirmed service of those days, both included. Raises ValidationError.

    A second slip on one day with nothing changed is the same slip.
    """
    now = now or timezone.now()
    people = Member.objects.select_for_update(of=("self",)).select_related("school")
    member = people.visible_to(user, "slip.make").filter(pk=member_id).first()
    if member is None:
        raise ValidationError(OUT_OF_SCOPE)
    today = timezone.localdate(now)
    if problem := range_problem(first, last, today=today):
        raise ValidationError({"last": problem})
    lines = list_slip_lines(member.pk, first, last)
    if not lines:
        raise ValidationError(NOTHING)
    before = HoursSlip.objects.filter(
        member=member, starts_on=first, ends_on=last, digest=compute_digest(lines)
    ).first()
    if before and timezone.localdate(before.made_at) == today:
        return before
    filters = {"student_no": member.student_no, "first": first.isoformat(), "last": last.isoformat()}
    log_export(user=user, kind="slip", filters=filters, rows=len(lines), school=member.school)
    return HoursSlip.objects.create(
        member=member,
        token=secrets.token_urlsafe(TOKEN_BYTES),
        starts_on=first,
        ends_on=last,
        lines=build_printed_lines(lines),
        minutes=sum(line[-1] for line in lines),
        digest=compute_digest(lines),
        made_at=now,
    )
