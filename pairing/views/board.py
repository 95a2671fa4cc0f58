"""结对进度: colleges × steps, for the school; and the same as 结对台账."""

from datetime import date

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from members.models import College, ServiceYear
from members.permissions import allow
from members.services.export_log import log_export
from members.sheets.workbooks import XLSX
from pairing.forms.pairings import BoardFilter
from pairing.queries.board import STEPS, Line, board
from pairing.workbooks import ledger_workbook

PER_PAGE = 25
ORDERS = {
    "college": lambda line: line.college.name,
    "steps": lambda line: line.steps_done,
    "due": lambda line: line.pairing.due_on if line.pairing else date.max,
}


@allow("pairing.board")
@require_safe
def stage_board(request):
    year = ServiceYear.objects.current(request.user.school)
    if year is None:
        return render(request, "members/year_none.html")
    lines = all_lines(request, year)
    form, found = chosen(request, lines)
    context = {
        "form": form,
        "year": year,
        "steps": [name for _, name in STEPS],
        "done": [
            (name, sum(line.cells[place].done for line in lines)) for place, (_, name) in enumerate(STEPS)
        ],
        "colleges": len(lines),
        "overdue": sum(line.overdue for line in lines),
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "pairing/board.html", context)


@allow("pairing.board")
@require_safe
def board_export(request):
    year = ServiceYear.objects.current(request.user.school)
    if year is None:
        raise Http404
    form, found = chosen(request, all_lines(request, year))
    filters = {name: value for name, value in request.GET.items() if value and name in form.fields}
    return ledger_answer(request, found, filters)


def all_lines(request, year: ServiceYear) -> list[Line]:
    colleges = College.objects.visible_to(request.user, "pairing.board").filter(school=year.school_id)
    return board(year, colleges=colleges, today=timezone.localdate())


def chosen(request, lines: list[Line]) -> tuple[BoardFilter, list[Line]]:
    """The filter of the address and the lines that it leaves, in the order of the address."""
    form = BoardFilter(request.GET)
    sort = request.GET.get("sort", "")
    key = ORDERS.get(sort.removeprefix("-"), ORDERS["college"])
    return form, sorted(form.narrow(lines), key=key, reverse=sort.startswith("-"))


def ledger_answer(request, lines: list[Line], filters: dict) -> HttpResponse:
    """结对台账 as a file; who took it out is noted."""
    log_export(user=request.user, kind="pairings", filters=filters, rows=len(lines))
    name = content_disposition_header(True, f"结对台账-{timezone.localdate():%Y%m%d}.xlsx")
    return HttpResponse(ledger_workbook(lines), content_type=XLSX, headers={"Content-Disposition": name})
