"""Long lists of this app as they leave: read by the filters of their page, with the rights of whoever asks."""

from collections.abc import Iterator, Mapping

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from members.models import Member, ServiceYear, User
from members.transfer.services.exports import CHUNK, UNREADABLE, Sheet, in_chunks
from reports.forms.eligibility import EligibilityFilter
from reports.queries.eligibility import JudgedMember, judge_members
from reports.queries.standings import standing_at
from reports.workbooks import VERDICT_HEADER, verdict_row


def eligibility_list(user: User, query: Mapping[str, str]) -> Sheet:
    """Verdicts, judged some people at a time; a standing is known only then, so all are looked at."""
    form = EligibilityFilter(query, user=user, action="eligibility.export")
    year = form.of_year
    if year is None or not form.is_valid():
        raise ValidationError(UNREADABLE)
    standing = form.cleaned_data["standing"]
    return Sheet(
        title="评优资格",
        filename=f"评优资格-{year.year}.xlsx",
        header=VERDICT_HEADER,
        filters={name: value for name, value in query.items() if value and name in form.fields},
        total=form.people.count(),
        batches=(
            (len(judged), [verdict_row(row) for row in standing_at(judged, standing)])
            for judged in judge_in_chunks(form.people, year)
        ),
    )


def judge_in_chunks(people: QuerySet, year: ServiceYear) -> Iterator[list[JudgedMember]]:
    """Verdicts, so many people at a time that a school of any size needs the same memory."""
    keys = people.values_list("pk", flat=True).iterator(chunk_size=CHUNK)
    for chunk in in_chunks(keys):
        judged = {row.pk: row for row in judge_members(Member.objects.filter(pk__in=chunk), year)}
        yield [judged[pk] for pk in chunk if pk in judged]
