"""The list 待认领, with suggestions of people for each record."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from members.sheets.cells import tidy_number

SUGGESTIONS = 5


def filter_claims(records: QuerySet, wanted: Mapping[str, Any]) -> QuerySet:
    """Return the records that match all given filters: state (default: unclear), q (name or number)."""
    found = records.filter(state=wanted.get("state") or "unclear")
    if word := (wanted.get("q") or "").strip():
        found = found.filter(Q(name__icontains=word) | Q(volunteer_no__iexact=tidy_number(word)))
    return found


def add_suggestions(records: Sequence, people: QuerySet) -> None:
    """Give each record `suggestions`: people of the same name, those without registration first.

    One query serves all records. The portal shows suggestions and never applies them: a name alone decides
    nothing.
    """
    by_name = defaultdict(list)
    names = {record.name_key for record in records}
    for member in people.filter(name_key__in=names).select_related("branch__college").order_by(
        "branch__college__name", "branch__name", "student_no"
    ):  # fmt: skip
        by_name[member.school_id, member.name_key].append(member)
    for record in records:
        same = by_name[record.school_id, record.name_key]
        same.sort(key=lambda member: member.is_registered)
        record.suggestions, record.more_suggestions = same[:SUGGESTIONS], len(same) > SUGGESTIONS
