"""Records with what the rule of `activities.rules.counting` makes of them, and the comparison with the table."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import astuple, dataclass
from datetime import date

from django.db.models import Exists, F, OuterRef

from activities.models import CountedRecord, OverlapDecision, ServiceRecord
from activities.rules.counting import Counted, GetRules, LedgerRecord, YearRules, count_records
from members.models import ServiceYear
from members.models.years import admission_sources, appraisal_sources

LIVE = (ServiceRecord.State.PENDING, ServiceRecord.State.CONFIRMED)
# Columns of CountedRecord that the rule decides, in the order of the fields of `Counted`.
COLUMNS = (
    "appraisal",
    "admission",
    "waiting",
    "appraisal_reason",
    "admission_reason",
    "appraisal_yields_to_id",
    "admission_yields_to_id",
)


@dataclass(frozen=True)
class CountedLine:
    """A record with what it counts."""

    record_id: int
    member_id: int
    served_on: date
    counted: Counted

    @property
    def cells(self) -> tuple:
        """Return the values of the row in the table: record, person, day, COLUMNS."""
        return self.record_id, self.member_id, self.served_on, *astuple(self.counted)


@dataclass(frozen=True)
class Stale:
    """A row that differs from the rule: what is stored and what the rule says (None: no such row)."""

    record_id: int
    member_id: int
    stored: tuple | None
    expected: tuple | None


def get_default_rules() -> YearRules:
    """Return the rules of a year that the school has never opened."""
    return YearRules(tuple(map(str, appraisal_sources())), tuple(map(str, admission_sources())))


def load_rules() -> dict[tuple[int, int], YearRules]:
    """Return {(school, year): rules} of all years."""
    rows = ServiceYear.objects.values_list(
        "school", "year", "appraisal_sources", "admission_sources", "longest_counts"
    )
    return {
        (school, year): YearRules(tuple(appraisal), tuple(admission), longest)
        for school, year, appraisal, admission, longest in rows
    }


def select_rules(rules: dict[tuple[int, int], YearRules], school_id: int) -> GetRules:
    """Return the function that gives the rules of a year of this school."""
    default = get_default_rules()
    return lambda year: rules.get((school_id, year), default)


def load_records(member_ids: Collection[int]) -> dict[tuple[int, int], list[LedgerRecord]]:
    """Return {(school, person): confirmed and pending records}, in one query."""
    rows = ServiceRecord.objects.filter(member__in=member_ids, state__in=LIVE).annotate(
        service=F("link__service"),
        apart=Exists(OverlapDecision.objects.filter(record=OuterRef("pk"))),
    )
    columns = ("pk", "source", "served_on", "minutes", "starts_at", "ends_at", "title", "outside_no", "state")
    found: dict[tuple[int, int], list[LedgerRecord]] = defaultdict(list)
    for row in rows.order_by("pk").values_list("school_id", "member_id", *columns, "service", "apart"):
        school, member, *facts, service, apart = row
        group = service if service is not None and service > 0 else None
        found[school, member].append(LedgerRecord(*facts, group=group, apart=apart))  # type: ignore[misc]  # nine facts
    return found


def count_people(member_ids: Collection[int]) -> Iterator[CountedLine]:
    """Yield what every confirmed or pending record of these people counts by the rule."""
    rules = load_rules()
    for (school, member), records in load_records(member_ids).items():
        counted = count_records(records, select_rules(rules, school))
        for record in records:
            yield CountedLine(record.pk, member, record.served_on, counted[record.pk])


def compare_people(member_ids: Collection[int]) -> list[Stale]:
    """Return the rows of these people that differ from the rule."""
    rows = CountedRecord.objects.filter(member__in=member_ids)
    stored = {row[0]: row for row in rows.values_list("record_id", "member_id", "served_on", *COLUMNS)}
    found = []
    for line in count_people(member_ids):
        row = stored.pop(line.record_id, None)
        if row != line.cells:
            found.append(Stale(line.record_id, line.member_id, row, line.cells))
    return found + [Stale(row[0], row[1], row, None) for row in stored.values()]
