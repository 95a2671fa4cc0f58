"""Links and rules of a year for tests of sums, each followed by what counts, as the services do."""

from datetime import date

from django.utils import timezone

from activities.models import RecordLink, ServiceRecord
from activities.queries.totals import sum_minutes_by_member
from activities.services.counting import count_members, recount_school
from members.models import School, ServiceYear

YEAR = (date(2018, 1, 1), date(2018, 12, 31))


def link_as_one_service(*records: ServiceRecord) -> None:
    """Link records, on nobody's decision, under the number of the first one made."""
    service = min(record.pk for record in records)
    RecordLink.objects.bulk_create(
        RecordLink(record=record, member=record.member, service=service, linked_at=timezone.now())
        for record in records
    )
    count_members([record.member_id for record in records])


def set_sources(school: School, *sources: str, purpose: str = "appraisal") -> None:
    """Let these sources count in every year of the school, the first preferred."""
    for year in ServiceYear.objects.filter(school=school):
        setattr(year, f"{purpose}_sources", list(sources))
        year.save()
    recount_school(school)


def sum_by_sources(school: School, sources, first: date = YEAR[0], last: date = YEAR[1]) -> dict[int, int]:
    """Return {person: minutes} as they are where these sources count for the appraisal."""
    set_sources(school, *sources)
    return sum_minutes_by_member(school, first, last, "appraisal")
