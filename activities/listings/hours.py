"""Lists of the ledger: waiting records, supplements, sums, records, differences and objections."""

from collections.abc import Iterator

from django.db.models import F, QuerySet
from django.utils import timezone

from activities.forms.hours import PendingFilter
from activities.forms.objections import ObjectionFilter
from activities.forms.supplements import SupplementFilter
from activities.forms.totals import GROUPS, KINDS, DifferenceFilter, RecordFilter, TotalsFilter
from activities.models import Objection, ServiceRecord
from activities.queries.differences import Differences, find_differences, read_records
from activities.queries.doubts import Line, list_pending_lines, load_line_records
from activities.queries.shortfalls import fold_services
from activities.queries.terms import add_terms
from activities.queries.totals import Total, sum_by_group
from activities.resources.ledger import (
    OBJECTION_HEADER,
    PENDING_HEADER,
    SUPPLEMENT_HEADER,
    build_objection_row,
    build_pending_row,
    build_supplement_row,
)
from activities.resources.totals import (
    COUNTED_HEADER,
    NUMBER_OF_DIFFERENCE,
    RECORD_HEADER,
    build_counted_cells,
    build_record_row,
    narrow_columns,
)
from activities.services.objections import describe_subject
from members.lists import (
    ExportSheet,
    ListColumn,
    Listing,
    ListQuery,
    Row,
    build_filename,
    build_sheet,
    read_in_chunks,
)
from members.models.years import Source
from members.permissions import may

# --- 待确认时长 -------------------------------------------------------------------------------------------------


def find_pending_records(user, action: str) -> QuerySet[ServiceRecord]:
    """Return the records on which the college has to decide."""
    return ServiceRecord.objects.decided_by(user, action).pending().from_portal()


def find_pending_lines(query: ListQuery) -> list[Line]:
    """Return the waiting records, each with its doubts, the most doubtful first."""
    if not query.is_valid:
        return []
    records = query.form.filter_by_people(find_pending_records(query.user, query.action))
    if source := query.wanted["source"]:
        records = records.filter(source=source)
    # `list_pending_lines` reads few columns of many records; these two are for sorting.
    records = records.annotate(person_key=F("member__sort_key"), branch_name=F("member__branch__name"))
    return list_pending_lines(user=query.user, records=records, wanted=query.wanted["doubt"])


PENDING = Listing(
    name="hours_pending",
    title="待确认时长",
    action="hours.decide",
    filter_form=PendingFilter,
    rows=find_pending_lines,
    columns=(
        ListColumn("name", "姓名", lambda line: line.record.person_key),
        ListColumn("branch", "团支部", lambda line: line.record.branch_name),
        ListColumn("title", "服务", lambda line: (line.record.title, line.record.served_on)),
        ListColumn("minutes", "时长", lambda line: line.record.minutes, numeric=True),
        ListColumn("source", "来源", lambda line: line.record.source),
        ListColumn("due", "确认期限", lambda line: line.due_on),
        ListColumn("doubts", "提醒", lambda line: (not line.verdict.blocked, not line.verdict.doubts)),
    ),
    sheet=lambda query: build_sheet(query, PENDING_HEADER, build_pending_row, complete=load_line_records),
)

# --- 补录 -------------------------------------------------------------------------------------------------------


def find_supplements(query: ListQuery) -> QuerySet[ServiceRecord]:
    """Return the supplements in the user's scope that match the filter."""
    records = ServiceRecord.objects.visible_to(query.user, query.action).filter(source=Source.SUPPLEMENT)
    return query.form.narrow(records).select_related("member__branch__college")


SUPPLEMENTS = Listing(
    name="supplements",
    title="补录",
    action="hours.supplement",
    filter_form=SupplementFilter,
    rows=find_supplements,
    columns=(
        ListColumn("title", "服务", ("title",)),
        # A member sees only the own supplements, so the column is hidden.
        ListColumn("name", "姓名", ("member__sort_key",), shown=lambda query: may(query.user, "hours.view")),
        ListColumn("served", "服务时间", ("served_on", "starts_at"), largest_first=True),
        ListColumn("minutes", "时长", ("minutes",), numeric=True),
        ListColumn("submitted", "提交时间", ("submitted_at",), largest_first=True),
        ListColumn("state", "状态", ("state", "signed_at")),
    ),
    default_sort="-submitted",
    tie_break=("-pk",),
    sheet=lambda query: build_sheet(query, SUPPLEMENT_HEADER, build_supplement_row),
)

# --- 异议 -------------------------------------------------------------------------------------------------------

STATES = list(Objection.State)


def find_objections(query: ListQuery) -> list[Objection]:
    """Return the objections, each with its deadline: open ones first, the oldest of them first."""
    found = query.form.narrow(Objection.objects.visible_to(query.user, query.action))
    rows = add_terms(found.with_subjects().open_first(), today=timezone.localdate())
    return [row for row in rows if row.late or query.wanted.get("state") != "late"]


OBJECTIONS = Listing(
    name="objections",
    title="异议",
    action="objection.view",
    export_action="objection.answer",
    filter_form=ObjectionFilter,
    rows=find_objections,
    columns=(
        ListColumn("subject", "异议对象", describe_subject),
        ListColumn(
            "name",
            "提出人",
            lambda objection: objection.member.sort_key,
            shown=lambda query: may(query.user, "objection.answer"),
        ),
        ListColumn("raised", "提出时间", lambda objection: objection.raised_at, largest_first=True),
        ListColumn("due", "答复期限", lambda objection: objection.due_on),
        ListColumn("state", "状态", lambda objection: (not objection.late, STATES.index(objection.state))),
    ),
    sheet=lambda query: build_sheet(query, OBJECTION_HEADER, build_objection_row),
)

# --- 时长汇总 ---------------------------------------------------------------------------------------------------


def find_totals(query: ListQuery) -> list[Total]:
    """Return the sums that the filter asks for; none if the filter is invalid."""
    if not query.is_valid:
        return []
    first, last = query.form.dates
    return sum_by_group(
        query.form.people,
        first,
        last,
        query.form.purpose,
        by=query.wanted["by"] or "college",
        day=query.form.day,
    )


def name_group(query: ListQuery) -> str:
    """Return the word for the group that the sums are taken by."""
    return dict(GROUPS).get(query.wanted.get("by") or "", "学院")


def name_total(query: ListQuery, total: Total) -> str:
    """Return the name of a sum's group; a group without project or street has a name too."""
    by = query.wanted["by"]
    if by == "source":
        return Source(str(total.key)).label
    return total.name or {"project": "没有项目", "street": "没有街乡"}.get(by, "—")


def totals_sheet(query: ListQuery) -> ExportSheet:
    def to_row(total: Total) -> Row:
        return [name_total(query, total), total.people, total.records, total.minutes]

    by = name_group(query)
    return build_sheet(query, [by, "人数", "记录数", "时长（分钟）"], to_row, title=f"时长汇总（按{by}）")


TOTALS = Listing(
    name="hours_totals",
    title="时长汇总",
    action="hours.view",
    filter_form=TotalsFilter,
    rows=find_totals,
    columns=(
        ListColumn("name", "学院", lambda total: total.sort_key, heading=name_group),
        ListColumn("people", "人数", lambda total: total.people, numeric=True),
        ListColumn("records", "服务次数", lambda total: total.records, numeric=True),
        ListColumn("minutes", "时长", lambda total: total.minutes, numeric=True),
    ),
    default_sort="-minutes",
    unit="行",
    sheet=totals_sheet,
)

# --- 服务记录 ---------------------------------------------------------------------------------------------------


def records_sheet(query: ListQuery) -> ExportSheet:
    """Return a sheet of all records, one row each, with what they count and why not more."""
    purpose = query.form.purpose
    return build_sheet(
        query,
        [*RECORD_HEADER, *COUNTED_HEADER],
        lambda record: [*build_record_row(record), *build_counted_cells(record, purpose)],
        rows=narrow_columns(query.rows, purpose),
    )


RECORDS = Listing(
    name="hours_records",
    title="服务记录",
    action="hours.view",
    filter_form=RecordFilter,
    rows=lambda query: query.form.filter_records(),
    columns=(
        ListColumn("title", "服务", ("title",)),
        ListColumn("name", "姓名", ("member__sort_key",)),
        ListColumn("branch", "团支部", ("member__branch__college__name", "member__branch__name")),
        ListColumn("served", "服务时间", ("served_on",), largest_first=True),
        ListColumn("minutes", "时长", ("minutes",), numeric=True),
        ListColumn("counts", "计入", ("counts",), numeric=True),
        ListColumn("source", "来源", ("source",)),
        ListColumn("state", "状态", ("state",)),
    ),
    default_sort="-served",
    tie_break=("-pk",),
    fold=lambda query: fold_services(query.rows, query.form.purpose),
    # The headers that the import of hours reads, then what counts.
    sheet=records_sheet,
    on_command=True,
)

# --- 台账核对 ---------------------------------------------------------------------------------------------------


def compare_ledgers(query: ListQuery) -> Differences | list:
    """Return the differences of the chosen kind: each is a list of record ids of one person."""
    if not query.is_valid:
        return []
    first, last = query.form.dates
    settled = query.wanted["settled"] == "yes"
    return find_differences(query.form.people, first, last, query.wanted["kind"], settled=settled)


def differences_sheet(query: ListQuery) -> ExportSheet:
    """Return a sheet with a row for each record; records of one difference have the same number."""
    found = query.rows
    title = dict(KINDS)[found.kind]
    return ExportSheet(
        title=title,
        filename=build_filename(title),
        header=[NUMBER_OF_DIFFERENCE, *RECORD_HEADER],
        total=len(found),
        batches=read_numbered_records(found),
    )


def read_numbered_records(found: Differences) -> Iterator[tuple[int, list[Row]]]:
    """Yield (number of differences, their rows) in chunks."""
    for chunk in read_in_chunks(enumerate(found, start=1)):
        numbers, lines = zip(*chunk, strict=True)
        numbered = zip(numbers, read_records(lines), strict=True)
        yield (
            len(chunk),
            [[number, *build_record_row(record)] for number, line in numbered for record in line],
        )


DIFFERENCES = Listing(
    name="hours_differences",
    title="台账核对",
    action="hours.decide",
    filter_form=DifferenceFilter,
    rows=compare_ledgers,
    columns=(
        ListColumn("name", "姓名", ("name",)),
        ListColumn("branch", "团支部", ("college", "branch")),
        ListColumn("served", "记录", ("served_on",), largest_first=True),
        ListColumn("link", "核对"),
    ),
    default_sort="-served",
    tie_break=("member", "records"),
    unit="项",
    sheet=differences_sheet,
)
