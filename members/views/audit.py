"""审计: who took data out of the portal, and who changed rules, roles and accounts (requirements §6)."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from members.forms.audit import EXPORTS, AuditFilter, export_lines
from members.permissions import allow, scope
from members.queries.audit import SUBJECTS, by_person, entries, events_of, exports_of
from members.resources.audit import changes_sheet, exports_sheet
from members.services.export_log import log_export
from members.sheets.workbooks import XLSX, workbook_bytes

PER_PAGE = 25
CHUNK = 500  # rows of an export that are put into words at once


def listed(request):
    """The filter form, the chosen kind and its rows, the latest first; none where the address is not valid."""
    form = AuditFilter(request.GET)
    kind = form.cleaned_data["kind"] if form.is_valid() else EXPORTS
    seen = scope(request.user, "audit.view")
    if kind == EXPORTS:
        rows, author, people = exports_of(seen), "user", ()
    else:
        rows, author = events_of(SUBJECTS[kind], seen), "author"
        people = SUBJECTS[kind].people
    if not form.is_valid():
        return form, kind, rows.none()
    words = form.cleaned_data["q"]
    return form, kind, by_person(rows, words, author=author, people=people)


def in_words(kind: str, rows) -> list:
    """A page of rows as they are read."""
    if kind == EXPORTS:
        return export_lines(rows)
    return list(entries(list(rows), SUBJECTS[kind]))


@allow("audit.view")
@require_safe
def audit(request):
    form, kind, rows = listed(request)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "exports": kind == EXPORTS,
        "lines": in_words(kind, page.object_list),
        "filtered": bool(request.GET.get("q")),
        "may_export": request.user.school is not None,
    }
    return render(request, "members/audit.html", context)


@allow("audit.view")
@require_safe
def audit_export(request):
    form, kind, rows = listed(request)
    if not form.is_valid():
        raise Http404
    if request.user.school is None:
        raise PermissionDenied  # a repair account belongs to no school: there is no audit trail to note it in
    filters = {name: value for name, value in request.GET.items() if value and name in form.fields}
    pages = Paginator(rows, CHUNK)
    lines = [line for page in pages for line in in_words(kind, page.object_list)]
    log_export(user=request.user, kind="audit", filters=filters, rows=len(lines))
    content = workbook_bytes([(exports_sheet if kind == EXPORTS else changes_sheet)(lines)])
    name = content_disposition_header(True, f"审计-{timezone.localdate():%Y%m%d}.xlsx")
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": name})
