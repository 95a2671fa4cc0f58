"""结对进度: a table of colleges × steps for the school, which is exported as 结对台账."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.pages import build_list_context
from members.permissions import allow
from pairing.listings import BOARD
from pairing.queries.board import STEPS


@allow("pairing.board")
@require_safe
def stage_board(request):
    year = request.user.current_year
    if year is None:
        return render(request, "members/year_none.html")
    context = build_list_context(request, BOARD)
    lines = context["form"].lines
    context |= {
        "year": year,
        "done": [
            (name, sum(line.cells[place].done for line in lines)) for place, (_, name) in enumerate(STEPS)
        ],
        "colleges": len(lines),
        "overdue": sum(line.overdue for line in lines),
    }
    return render(request, "pairing/board.html", context)
