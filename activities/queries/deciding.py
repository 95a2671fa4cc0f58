"""Which college decides on a record or answers an objection, whatever college the person is in now."""

from activities.models import Objection, ServiceRecord
from activities.querysets import FILES
from members.models import Branch, Member
from members.queries.as_of import find_place_on


def find_answering_college(objection: Objection) -> int:
    """Return the id of the college that answers: that of the activity, or the one that decides on the record."""
    if objection.signup is not None:
        return objection.signup.activity.project.college_id
    assert objection.record is not None  # the constraint asks for one of the two
    return find_deciding_college(objection.record)


def find_deciding_college(record: ServiceRecord) -> int:
    """Return the id of the college that decides on a record, as `build_deciding_q` finds it."""
    if record.activity is not None:
        return record.activity.project.college_id
    if record.source not in FILES:
        day = ServiceRecord.objects.filter(pk=record.pk).annotate(college_then=find_place_on("served_on"))
        if (then := day.values_list("college_then", flat=True).get()) is not None:
            return then
    branch = Member.objects.filter(pk=record.member_id).values("branch")
    return Branch.objects.values_list("college", flat=True).get(pk__in=branch)
