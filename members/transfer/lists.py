"""Long lists of this app as they leave: read by the filters of their page, with the rights of whoever asks."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils import timezone

from members.forms.people import RosterFilter
from members.models import Member, User
from members.resources.roster import export_roster
from members.transfer.services.exports import UNREADABLE, Sheet, in_chunks


def roster_list(user: User, query: Mapping[str, str]) -> Sheet:
    members = Member.objects.visible_to(user, "member.export")
    form = RosterFilter(query, user=user, members=members, action="member.export")
    if not form.is_valid():
        raise ValidationError(UNREADABLE)
    people = form.found(query.get("sort", ""))
    title, header, rows = export_roster(people, user=user)
    return Sheet(
        title=title,
        filename=f"{title}-{timezone.localdate():%Y%m%d}.xlsx",
        header=header,
        filters={name: value for name, value in query.items() if value and name in form.fields},
        total=people.count(),
        batches=((len(chunk), chunk) for chunk in in_chunks(rows)),
    )
