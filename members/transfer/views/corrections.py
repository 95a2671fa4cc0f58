"""Rejected rows corrected in the page, before the confirmation or after the result."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from members.models import ImportRow, ImportRun
from members.pages import build_list_context
from members.permissions import allow
from members.transfer.forms.corrections import CorrectionForm
from members.transfer.listings import REJECTED_ROWS
from members.transfer.pages import build_import_breadcrumb, get_run_or_404
from members.transfer.queries.imports import has_several_sheets
from members.transfer.resources import read_typed_rows
from members.transfer.services import imports


def get_own_run_or_404(user, pk: int) -> ImportRun:
    """Return an import of the user's own, whose rejected rows nobody else reads in full, or raise Http404."""
    run = get_run_or_404(user, pk)
    if run.created_by_id != user.pk:
        raise Http404
    return run


@allow("import.view")
@require_http_methods(["GET", "POST"])
def import_correct(request, pk: int):
    run = get_own_run_or_404(request.user, pk)
    if request.method == "GET" and run.state != ImportRun.State.PREVIEW:
        messages.info(request, f"这次导入{run.get_state_display()}，不能再改正。")
        return redirect(run)
    context = build_list_context(request, REJECTED_ROWS, given={"run": run}, run=run)
    rows = _find_sent_rows(request, run) if request.method == "POST" else list(context["page"])
    form = CorrectionForm(request.POST or None, run=run, rows=rows)
    if form.is_valid() and _send_corrections(request, run, form):
        return redirect(request.get_full_path() if run.rows.filter(status="error").exists() else run)
    context |= {"correction": form, "above": build_import_breadcrumb(run)}
    return render(
        request, "members/import_correct.html", context | {"several_sheets": has_several_sheets(run)}
    )


def _find_sent_rows(request, run: ImportRun) -> list[ImportRow]:
    """Return the rows of the run that the form sends, in the order of the file, whatever became of them."""
    sent = [int(pk) for pk in request.POST.getlist("row")[: REJECTED_ROWS.page_sizes[-1]] if pk.isdecimal()]
    return list(run.rows.filter(pk__in=sent).order_by("position"))


def _send_corrections(request, run: ImportRun, form: CorrectionForm) -> bool:
    """Save what was typed and tell what became of it; a refusal becomes an error of the form."""
    typed = form.list_typed()
    if not typed and run.state != ImportRun.State.PREVIEW:  # dropped: its rows are gone
        form.add_error(None, imports.NO_LONGER[ImportRun.State(run.state)])
        return False
    if not typed:
        messages.info(request, "没有改动。请改正标出的单元格，再点“保存并重新核对”。")
        return True
    try:
        good, rejected = imports.correct_rows(
            run_id=run.pk, user=request.user, rows=read_typed_rows(run, typed)
        )
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return False
    if good:
        messages.success(request, f"改好 {good} 行，已放进预览，确认导入后生效。")
    if rejected:
        messages.warning(request, f"{rejected} 行还有错，原因写在各行，填写的内容都已保留。")
    return True


@allow("import.view")
@require_POST
def import_reopen(request, pk: int):
    """Bring the rejected rows of a confirmed import again, as an import of their own, to be corrected."""
    run = get_own_run_or_404(request.user, pk)
    try:
        copy = imports.copy_rejected(run_id=run.pk, user=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(run)
    return redirect("import_correct", copy.pk)
