"""What the rules find about records that wait, a whole page of them in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.utils import timezone

from activities.models import ServiceRecord
from activities.rules.hours import Case, Piece, Verdict, is_late, judge, working_day_after
from members.models import ServiceYear

State = ServiceRecord.State
PIECE = ("pk", "member", "source", "served_on", "minutes", "starts_at", "ends_at", "state", "link__service")


class Ground:
    """The person's other records, the years' rules and the evidence used, for a number of records that wait.

    Records accepted one after the other count for those that follow (`accept`).
    """

    def __init__(self, records: Sequence[ServiceRecord], *, now: datetime):
        self.today = timezone.localdate(now)
        self._years = _years({record.school_id for record in records})
        self._pieces = _pieces(records)
        self._used = _evidence_used(records)

    def verdict(self, record: ServiceRecord, user) -> Verdict:
        year, activity = self.year(record), record.activity
        case = Case(
            piece=_piece(record),
            others=[piece for pk, piece in self._pieces[record.member_id].items() if pk != record.pk],
            cap=year.daily_cap_minutes,
            planned=(activity.starts_at, activity.ends_at) if activity else None,
            evidence_used=bool(self._used[record.evidence_digest] - {record.pk, record.corrects_id}),
            own=user.member_id == record.member_id,
            late=is_late(record.submitted_at, year.confirm_working_days, self.today),
        )
        return judge(case)

    def due_on(self, record: ServiceRecord) -> date:
        """The last day of the term in which the college decides."""
        term = self.year(record).confirm_working_days
        return working_day_after(timezone.localdate(record.submitted_at), term)

    def accept(self, record: ServiceRecord) -> None:
        """From now on it counts as confirmed."""
        self._pieces[record.member_id][record.pk] = replace(_piece(record), confirmed=True)

    def year(self, record: ServiceRecord) -> ServiceYear:
        """The rules of the year of service; where the school has not opened that year, of its latest."""
        years = self._years[record.school_id]
        return years.get(record.served_on.year) or years[max(years)]


def _years(schools: set[int]) -> dict[int, dict[int, ServiceYear]]:
    found = defaultdict(dict)
    for year in ServiceYear.objects.filter(school__in=schools):
        found[year.school_id][year.year] = year
    for school in schools - found.keys():  # nothing set up yet: the notice's own values
        found[school][0] = ServiceYear(school_id=school, year=0)
    return found


def _pieces(records: Sequence[ServiceRecord]) -> dict[int, dict[int, Piece]]:
    """{person: {record: piece}} of all that may touch the time or the day of one of the records."""
    days = {day for record in records for day in _days_near(record)}
    near = ServiceRecord.objects.filter(
        member__in={record.member_id for record in records},
        served_on__in=days,
        state__in=[State.PENDING, State.CONFIRMED],
    )
    found = defaultdict(dict)
    for pk, member, source, served_on, minutes, start, end, state, service in near.values_list(*PIECE):
        confirmed = state == State.CONFIRMED
        found[member][pk] = Piece(pk, source, served_on, minutes, start, end, confirmed, service)
    return found


def _days_near(record: ServiceRecord) -> list[date]:
    """Days on which something may have begun that meets the record: nothing lasts longer than a day."""
    first = record.served_on - timedelta(days=1)
    last = timezone.localdate(record.ends_at)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _piece(record: ServiceRecord) -> Piece:
    return Piece(
        record.pk, record.source, record.served_on, record.minutes, record.starts_at, record.ends_at, False
    )


def _evidence_used(records: Sequence[ServiceRecord]) -> dict[str, set[int]]:
    """{digest of a file: records that rest on it}, rejected ones left out: they may be handed in again."""
    digests = {record.evidence_digest for record in records} - {""}
    schools = {record.school_id for record in records}
    rows = ServiceRecord.objects.filter(school__in=schools, evidence_digest__in=digests)
    found = defaultdict(set)
    for digest, pk in rows.exclude(state=State.REJECTED).values_list("evidence_digest", "pk"):
        found[digest].add(pk)
    return found
