"""The lists of 申请结对码, 结对进度 and 结对."""

from collections.abc import Callable
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from members.lists import (
    ExportSheet,
    ListColumn,
    Listing,
    ListQuery,
    build_sheet,
    never_shown,
)
from pairing.forms.codes import CodeFilter
from pairing.forms.pairings import BoardFilter, PairingFilter
from pairing.models import Pairing, PairingCode
from pairing.queries.board import STEPS, Line, build_ledger
from pairing.querysets import CodeQuerySet
from pairing.resources import CodeResource
from pairing.workbooks import LEDGER_HEADER, build_ledger_row

# --- 申请结对码 -------------------------------------------------------------------------------------------------


def find_codes_of_year(user, action: str) -> CodeQuerySet:
    """Return all codes of the school's current year that the user may see."""
    return PairingCode.objects.visible_to(user, action).filter(year=user.current_year)


def find_codes(query: ListQuery) -> QuerySet[PairingCode]:
    codes = find_codes_of_year(query.user, query.action).narrow(query.wanted)
    return codes.select_related("college", "revealed_by")


def build_codes_sheet(query: ListQuery) -> ExportSheet:
    resource = CodeResource()
    return build_sheet(query, resource.get_export_headers(), resource.export_resource)


CODES = Listing(
    name="codes",
    title="申请结对码",
    action="code.hand",
    filter_form=CodeFilter,
    rows=find_codes,
    columns=(
        ListColumn("code", "结对码", ("code",)),
        ListColumn("kind", "类型", ("kind",)),
        ListColumn("state", "状态", ("state",)),
        ListColumn("college", "学院", ("college__name",), empty_last=True),
        ListColumn("handed", "分配时间", ("handed_at",), largest_first=True, empty_last=True),
        ListColumn("revealed", "查看", ("revealed_at",), largest_first=True, empty_last=True),
    ),
    default_sort="kind",
    unit="个结对码",
    sheet=build_codes_sheet,
)

# --- 结对进度, 结对 -----------------------------------------------------------------------------------------------

TONES = ("bad", "warn", "quiet", "ok")


def find_lines(query: ListQuery) -> list[Line]:
    """Return the lines of the board that match all filters."""
    words, kind, state = (query.wanted.get(name) or "" for name in ("q", "kind", "state"))
    return [
        line
        for line in query.form.lines
        if all(word in line.search_text for word in words.split())
        and (not kind or line.kind == kind)
        and (not state or (line.overdue if state == "overdue" else line.current_step == state))
    ]


def sort_by_step(place: int) -> Callable[[Line], tuple]:
    """Return the sort key of a step: tone (most urgent first), date, share of people who joined, label.

    The share counts only in the step "joined"; the team with the smaller share comes first.
    """

    def order(line: Line) -> tuple:
        cell = line.cells[place]
        joined = 10_000 * line.joined.joined // (line.joined.members or 1) if cell.step == "joined" else 0
        return TONES.index(cell.tone), cell.on or date.max, joined, cell.label

    return order


# The audit log and the command have always used the name "pairings" for 结对台账, so the name stays.
BOARD = Listing(
    name="pairings",
    title="结对台账",
    action="pairing.board",
    filter_form=BoardFilter,
    rows=find_lines,
    columns=(
        ListColumn("college", "学院", lambda line: line.college.name),
        *(ListColumn(step, name, sort_by_step(place)) for place, (step, name) in enumerate(STEPS)),
        ListColumn("steps", "已完成", lambda line: line.steps_done, shown=never_shown),
        ListColumn(
            "due", "期限", lambda line: line.pairing.due_on if line.pairing else date.max, shown=never_shown
        ),
    ),
    default_sort="college",
    unit="个学院",
    sheet=lambda query: build_sheet(query, LEDGER_HEADER, build_ledger_row),
    on_command=True,
)


def find_pairings(query: ListQuery) -> QuerySet[Pairing]:
    today = timezone.localdate()
    found = Pairing.objects.visible_to(query.user, query.action).narrow(query.wanted, today=today)
    return found.with_state_order(today=today).select_related("college", "street", "year__school")


def build_pairings_sheet(query: ListQuery) -> ExportSheet:
    lines = build_ledger(query.rows, today=timezone.localdate())
    return build_sheet(query, LEDGER_HEADER, build_ledger_row, rows=lines)


PAIRINGS = Listing(
    name="pairing_list",
    title="结对台账",
    action="pairing.view",
    export_action="pairing.confirm",
    filter_form=PairingFilter,
    rows=find_pairings,
    columns=(
        ListColumn("college", "学院", ("college__name",)),
        ListColumn("street", "街乡", ("street__district", "street__name")),
        ListColumn("kind", "类型", ("street__kind",)),
        ListColumn("claimed", "结对时间", ("claimed_at",), largest_first=True),
        ListColumn("due", "线下结对期限", ("due_on",)),
        ListColumn("state", "状态", ("state_order", "due_on")),
    ),
    default_sort="-claimed",
    unit="个",
    sheet=build_pairings_sheet,
)
