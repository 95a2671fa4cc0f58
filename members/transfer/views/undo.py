"""撤销导入: say what would be taken back, or what was built on the import; then take it back."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from members.confirmation import ask_to_confirm
from members.models import ImportRun
from members.permissions import allow
from members.transfer.pages import SENSITIVE, build_import_breadcrumb, get_run_or_404
from members.transfer.services import imports
from members.transfer.tasks import undo_import

PER_PAGE = 50


@allow("import.view")
@require_http_methods(["GET", "POST"])
def import_undo(request, pk: int):
    run = get_run_or_404(request.user, pk)
    if run.kind in SENSITIVE and (asked := ask_to_confirm(request, request.path)):
        return asked
    if request.method == "POST":
        try:
            imports.begin_undo(run_id=pk, user=request.user)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
            return redirect("import_undo", pk)
        undo_import.delay(pk)
        return redirect(run)
    return render(request, "members/import_undo.html", _build_undo_context(request, run))


def _build_undo_context(request, run: ImportRun) -> dict:
    """Return what undoing would do, or one page of what stops it."""
    try:
        imports.check_undo_right(run=run, user=request.user)
        plan = imports.plan_undo(run=run)
    except ValidationError as refusal:
        plan = imports.Undoing(refusal=" ".join(refusal.messages))
    page = Paginator(plan.built_on, PER_PAGE).get_page(request.GET.get("page"))
    return {"run": run, "plan": plan, "page": page, "above": build_import_breadcrumb(run)}
