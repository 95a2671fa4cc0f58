"""导入: upload → preview → confirm → result."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.confirmation import ask_to_confirm
from members.models import ImportRow, ImportRun, User
from members.pages import build_list_context, log_and_send_workbook, workbook_response
from members.permissions import allow, may
from members.queries.activation import count_officers_to_activate
from members.resources.templates import build_template
from members.sheets.workbooks import build_workbook
from members.transfer.forms.imports import KINDS, ConfirmForm, UploadForm
from members.transfer.listings import IMPORT_ROWS, IMPORTS, MISSING_BRANCHES, MISSING_PEOPLE, REVERTING
from members.transfer.pages import SENSITIVE, build_import_breadcrumb, get_run_or_404, may_undo, show_rows
from members.transfer.queries.imports import SEVERITY, has_several_sheets
from members.transfer.queries.links import RESULT_PAGES
from members.transfer.resources import RESOURCES, build_rejected_sheet
from members.transfer.services import imports
from members.transfer.tasks import read_import, write_import

Status = ImportRow.Status
# A worker has it.
BUSY = frozenset({ImportRun.State.READING, ImportRun.State.WRITING, ImportRun.State.UNDOING})


@allow("import.view")
@require_safe
def import_list(request):
    return render(request, "members/imports.html", build_list_context(request, IMPORTS))


@allow("import.view")
@require_http_methods(["GET", "POST"])
def import_new(request):
    if request.user.school is None:
        raise PermissionDenied  # a repair account has no school into which the file could be imported
    follows = _get_followed(request)
    kind = follows.kind if follows else request.GET.get("kind")
    # Only where nothing is sent yet: a file would be lost by the proof.
    if request.method == "GET" and kind in SENSITIVE and (asked := ask_to_confirm(request, request.path)):
        return asked
    first = {"kind": kind} | (
        {"college": follows.college_id, "as_of": follows.as_of or timezone.localdate()} if follows else {}
    )
    form = UploadForm(request.POST or None, request.FILES or None, user=request.user, initial=first)
    if form.is_valid() and (run := _start_from_form(form, request.user, follows)):
        read_import.delay(run.pk)
        return redirect(run)
    context = {"form": form, "above": build_import_breadcrumb(), "follows": follows}
    return render(request, "members/import_new.html", context | {"templates": _list_templates(request.user)})


def _get_followed(request) -> ImportRun | None:
    """Return the import of `?follows=` whose rejected rows the upload brings again; None without one."""
    followed = request.GET.get("follows", "")
    return get_run_or_404(request.user, int(followed)) if followed.isdecimal() else None


def _list_templates(user: User) -> list[tuple[str, str, str]]:
    """Return (kind, its label, its columns in words) for each kind that the user may import."""
    return [
        (kind.value, str(kind.label), RESOURCES[kind]().describe_columns())
        for kind in KINDS
        if may(user, f"import.{kind}")
    ]


@allow("import.view")
@require_safe
def import_template(request, kind: str):
    """Send an empty sheet of a kind, with its columns, an example and an explanation."""
    if kind not in RESOURCES or not may(request.user, f"import.{kind}"):
        raise Http404
    label = str(ImportRun.Kind(kind).label)
    return workbook_response(build_workbook(build_template(RESOURCES[kind](), label)), f"{label}-模板.xlsx")


def _start_from_form(form: UploadForm, user: User, follows: ImportRun | None) -> ImportRun | None:
    """Return the run of an uploaded file; a refusal of the service becomes an error of the form, and None."""
    data = form.cleaned_data
    assert user.school is not None  # roles are granted to accounts of a school only
    try:
        return imports.start_run(
            school=user.school,
            kind=data["kind"],
            filename=data["file"].name,
            content=data["file"].read(),
            user=user,
            college=data.get("college"),
            as_of=data["as_of"],
            follows=follows if follows and follows.kind == data["kind"] else None,
        )
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return None


@allow("import.view")
@require_safe
def import_run(request, pk: int):
    run = get_run_or_404(request.user, pk)
    if run.state in BUSY:
        # The browser reloads the page by itself, without JavaScript.
        waiting = {"run": run, "above": build_import_breadcrumb()}
        answer = render(request, "members/import_waiting.html", waiting)
        answer.headers["Refresh"] = "2"
        return answer
    return render(request, "members/import.html", _build_run_context(request, run, ConfirmForm(run=run)))


def _build_run_context(request, run: ImportRun, confirm: ConfirmForm) -> dict:
    """Return the context of a preview or result; `confirm` is the form under the preview."""
    context = _rows_context(request, run)
    context |= {"run": run, "above": build_import_breadcrumb(), "several_sheets": has_several_sheets(run)}
    context |= {"confirm": confirm, "missing_page": imports.MISSING_PAGES.get(run.kind, "")}
    context |= {"unclear": imports.UNCLEAR.get(run.kind), "own": run.created_by_id == request.user.pk}
    if run.state == ImportRun.State.DONE:
        context |= _list_results(request.user, run)
    context["may_undo"] = may_undo(run, request.user)
    if (run.kind, run.state) == (ImportRun.Kind.ACCOUNTS, ImportRun.State.DONE):
        context["waiting"] = count_officers_to_activate(request.user, today=timezone.localdate())
    return context


def _list_results(user: User, run: ImportRun) -> dict:
    """Return the pages of what the import has written, as far as the user may open them, and the imports after it."""
    seen = ImportRun.objects.visible_to(user, "import.view").filter(follows=run)
    links: dict = {"followers": seen.order_by("created_at")}
    if run.kind == ImportRun.Kind.ROSTER and may(user, "member.view"):
        links["people_page"] = reverse("roster", query={"imported": run.pk})
    if (page := RESULT_PAGES.get(run.kind)) and may(user, page.action):
        links["written_page"] = page.label, page.address
    return links


def _rows_context(request, run: ImportRun) -> dict:
    """Return one page of the rows, of the chosen status or of all, those with errors first."""
    context = build_list_context(request, IMPORT_ROWS, given={"run": run})
    context["page"].object_list = show_rows(context["page"].object_list, run, request.user)
    status = request.GET.get("status", "")
    context |= {"status": status, "tabs": _build_status_tabs(run, status)}
    if status == REVERTING:
        return context | {"heading": "将回到以前状态的行"}
    label = imports.get_status_label(run.kind, status) if status in Status.values else ""
    return context | {"heading": f"{label}的行" if label else "文件中的行"}


@allow("import.view")
@require_POST
def import_confirm(request, pk: int):
    run = get_run_or_404(request.user, pk)
    if run.kind in SENSITIVE and (asked := ask_to_confirm(request, run.get_absolute_url())):
        return asked
    form = ConfirmForm(request.POST, run=run)
    if run.state == ImportRun.State.PREVIEW and not form.is_valid():
        return render(request, "members/import.html", _build_run_context(request, run, form))
    force, state = bool(request.POST.get("force")), form.data.get("state", "")
    known = bool(request.POST.get("columns_known"))
    try:
        imports.confirm_run(run_id=run.pk, user=request.user, force=force, state=state, columns_known=known)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        write_import.delay(run.pk)
    return redirect(run)


@allow("import.view")
@require_POST
def import_drop(request, pk: int):
    run = get_run_or_404(request.user, pk)
    try:
        imports.drop_run(run_id=run.pk)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(run)
    messages.success(request, f"已放弃“{run.filename}”，没有录入任何内容。")
    return redirect("imports")


@allow("import.view")
@require_safe
def import_rejects(request, pk: int):
    """Send the rejected rows as in the file, with a column 录入结果; only to the uploader."""
    run = get_run_or_404(request.user, pk)
    if run.created_by_id != request.user.pk or not run.figures.get(Status.ERROR):
        raise Http404
    stem = run.filename.rpartition(".")[0] or run.filename
    return log_and_send_workbook(
        request,
        build_workbook([build_rejected_sheet(run)]),
        f"{stem}-未录入.xlsx",
        kind="rejects",
        rows=run.figures[Status.ERROR],
        filters={"import": str(pk)},
    )


@allow("import.view")
@require_safe
def import_missing(request, pk: int):
    """List the people or branches of the portal that the file lacks; nobody is deleted."""
    run = get_run_or_404(request.user, pk)
    listing = MISSING_BRANCHES if run.kind == ImportRun.Kind.ORGANISATION else MISSING_PEOPLE
    context = build_list_context(
        request, listing, given={"run": run}, run=run, above=build_import_breadcrumb(run)
    )
    return render(request, "members/import_missing.html", context)


def _build_status_tabs(run: ImportRun, status: str) -> list[dict]:
    """Return one tab per status with its number of rows, in the order of the rows."""
    return [
        {
            "status": value,
            "label": imports.get_status_label(run.kind, value),
            "count": run.figures.get(value, 0),
            "active": value == status,
        }
        for value in SEVERITY
    ]
