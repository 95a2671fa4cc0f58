"""Doubts that the rules find about waiting records, for a whole page in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils import timezone

from activities.models import RecordLink, ServiceRecord
from activities.models.ledger import TWO_SIGNATURES_ABOVE_MINUTES
from activities.queries.terms import Years
from activities.rules.hours import Case, Doubt, Piece, Verdict, judge_case
from activities.rules.linking import Entry, get_ledger, group_entries

State = ServiceRecord.State
# Columns of a record that is compared with others.
COLUMNS = ("pk", "member_id", "source", "state", "served_on", "minutes", "title", "starts_at", "ends_at")
# Columns of a record that is judged.
JUDGED = (
    "school_id",
    "member_id",
    "activity_id",
    "corrects_id",
    "source",
    "state",
    "served_on",
    "minutes",
    "title",
    "starts_at",
    "ends_at",
    "evidence_digest",
    "submitted_at",
    "signed_by_id",
    "street_confirmed_at",
)


class Ground:
    """The person's other records, the years' rules and the used evidence, for a number of waiting records.

    `count_as_confirmed` lets an accepted record count for the records after it.
    """

    def __init__(self, records: Sequence[ServiceRecord], *, now: datetime):
        self._today = timezone.localdate(now)
        self._years = Years(record.school_id for record in records)
        self._pieces = _load_pieces(records)
        self._used = _find_evidence_uses(records)

    def judge(self, record: ServiceRecord, user) -> Verdict:
        """Return the doubts about a waiting record, as this user would decide on it."""
        cap = self._years.get_year(record.school_id, record.served_on).daily_cap_minutes
        activity = record.activity
        pieces = self._pieces[record.member_id]
        case = Case(
            piece=pieces[record.pk],
            others=[piece for pk, piece in pieces.items() if pk != record.pk],
            cap=cap,
            planned=(activity.starts_at, activity.ends_at) if activity else None,
            evidence_used=bool(self._used[record.evidence_digest] - {record.pk, record.corrects_id}),
            not_seen=bool(activity and activity.street_confirmed_at and not record.street_confirmed_at),
            own=user.member_id == record.member_id,
            late=self._today > self.due_on(record),
        )
        return judge_case(case)

    def due_on(self, record: ServiceRecord) -> date:
        """Return the last day on which the college can decide in time."""
        return self._years.due_on(record.school_id, record.submitted_at)

    def count_as_confirmed(self, record: ServiceRecord) -> None:
        """Count the record as confirmed from now on."""
        pieces = self._pieces[record.member_id]
        pieces[record.pk] = replace(pieces[record.pk], confirmed=True)


def _load_pieces(records: Sequence[ServiceRecord]) -> dict[int, dict[int, Piece]]:
    """Return {person: {record: piece}} of these records and all that may meet their time or their day."""
    people = {record.member_id for record in records}
    near = ServiceRecord.objects.filter(
        member__in=people,
        served_on__in={day for record in records for day in _list_days_near(record)},
        state__in=[State.PENDING, State.CONFIRMED],
    )
    # Columns, not objects, and links in a query of their own: a school may have thousands of waiting records.
    rows = defaultdict(list)
    for row in near.order_by("pk").values_list(*COLUMNS, named=True):
        rows[row.member_id].append(row)
    links = RecordLink.objects.by_hand().filter(member__in=people).values_list("record", "service")
    by_hand = dict(links)
    found = {}
    for member_id, own in rows.items():
        services = group_entries([_build_entry(row, by_hand) for row in own]) if len(own) > 1 else {}
        found[member_id] = {row.pk: _build_piece(row, services.get(row.pk)) for row in own}
    return found


def _build_entry(row, by_hand: dict[int, int]) -> Entry:
    ledger, group = get_ledger(row.source), by_hand.get(row.pk)
    return Entry(row.pk, ledger, row.served_on, row.minutes, row.title, row.starts_at, row.ends_at, group)


def _build_piece(row, service: int | None) -> Piece:
    confirmed = row.state == State.CONFIRMED
    return Piece(
        row.pk, row.source, row.served_on, row.minutes, row.starts_at, row.ends_at, confirmed, service
    )


def _list_days_near(record: ServiceRecord) -> list[date]:
    """Return the days on which a record may begin that meets this one: no record lasts longer than a day."""
    first = record.served_on - timedelta(days=1)
    last = timezone.localdate(record.ends_at)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _find_evidence_uses(records: Sequence[ServiceRecord]) -> dict[str, set[int]]:
    """Return {digest of a file: ids of records that use it}.

    Rejected records are left out, since they may be handed in again.
    """
    digests = {record.evidence_digest for record in records} - {""}
    schools = {record.school_id for record in records}
    rows = ServiceRecord.objects.filter(school__in=schools, evidence_digest__in=digests)
    found = defaultdict(set)
    for digest, pk in rows.exclude(state=State.REJECTED).values_list("evidence_digest", "pk"):
        found[digest].add(pk)
    return found


# --- the list of waiting records ------------------------------------------------------------------------------


@dataclass
class Line:
    """A waiting record, the doubts about it, and the deadline for the decision."""

    record: ServiceRecord
    verdict: Verdict
    due_on: date
    needs_two: bool

    @property
    def late(self) -> bool:
        return Doubt.LATE in self.verdict.doubts

    def matches(self, wanted: str) -> bool:
        """Does the line belong to the list narrowed to `wanted`?

        "blocked", "any" doubt, "late", "none", or "" for all.
        """
        doubts = self.verdict.doubts
        kinds = {"blocked": self.verdict.blocked, "any": bool(doubts), "late": self.late, "none": not doubts}
        return kinds.get(wanted, True)


def list_pending_lines(*, user, records, wanted: str = "", now: datetime | None = None) -> list[Line]:
    """Return lines for these pending records: blocked ones first, then other doubts, then the oldest."""
    # Each activity is read once for all its records; `load_line_records` reads what the page shows of its own
    # lines.
    found = list(records.only(*JUDGED).prefetch_related("activity"))
    ground = Ground(found, now=now or timezone.now())
    lines = (
        Line(record, ground.judge(record, user), ground.due_on(record), needs_two_signatures(record))
        for record in found
    )
    return sorted(
        (line for line in lines if line.matches(wanted)),
        key=lambda line: (
            not line.verdict.blocked,
            not line.verdict.doubts,
            line.record.submitted_at,
            line.record.pk,
        ),
    )


def needs_two_signatures(record: ServiceRecord) -> bool:
    """Is it a supplement of more than four hours?"""
    return record.source == ServiceRecord.Source.SUPPLEMENT and record.minutes > TWO_SIGNATURES_ABOVE_MINUTES


def load_line_records(lines: Sequence[Line]) -> Sequence[Line]:
    """Load the records of one page's lines with all that is shown of them, in one query."""
    shown = ServiceRecord.objects.select_related(
        "member__branch__college", "activity", "street", "signup", "signed_by", "submitted_by"
    ).in_bulk([line.record.pk for line in lines])
    for line in lines:
        line.record = shown[line.record.pk]
    return lines
