"""Functions that the views of all apps share: lists, calls of services, responses with workbooks, people."""

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import resolve, reverse

from members.lists import Listing, ListQuery
from members.models import Member
from members.queries.roster import annotate_phone_rule
from members.sent_text import describe_download
from members.services.export_log import log_export
from members.sheets.workbooks import XLSX


def submit_form(form: forms.BaseForm, service: Callable, **values) -> bool:
    """Call the service with a form's values and return True.

    A ValidationError of the service becomes an error of the form, which keeps all input, and the result is False.
    """
    try:
        service(**values)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return False
    return True


def build_list_context(
    request,
    listing: Listing,
    *,
    given: Mapping[str, Any] | None = None,
    defaults: Mapping[str, str] | None = None,
    **more,
) -> dict:
    """Return the context of a list's page: the query as `list`, its form and page, and whether it is `filtered`.

    `given`: filters from the path (`{"branch": pk}`). `defaults`: filters that apply if the address has no such key.
    """
    query = ListQuery(listing, user=request.user, params=request.GET, given=given, defaults=defaults)
    return {"list": query, "form": query.form, "page": query.page, "filtered": query.is_filtered, **more}


def workbook_response(content: bytes, filename: str) -> HttpResponse:
    """Return a download of a workbook; the file name may be Chinese."""
    name = describe_download(filename)
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": name})


def log_and_send_workbook(
    request, content: bytes, filename: str, *, kind: str, rows: int, filters: Mapping[str, str] | None = None
) -> HttpResponse:
    """Note a workbook about people that is no list in the audit log, then send it (requirements §6)."""
    require_school(request.user)
    log_export(user=request.user, kind=kind, filters=filters or {}, rows=rows)
    return workbook_response(content, filename)


def require_school(user) -> None:
    """Raise PermissionDenied (403) for a repair account: it has no school whose audit log could note its exports."""
    if user.school is None:
        raise PermissionDenied


def get_person_or_404(user, pk: int, action: str) -> Member:
    """Return the person with `phone_open` if the user may do `action` to them, or raise Http404."""
    people = annotate_phone_rule(Member.objects.visible_to(user, action), user)
    return get_object_or_404(people.select_related("branch__college", "school"), pk=pk)


def build_person_breadcrumb(person: Member) -> list[tuple[str, str]]:
    """Return the breadcrumb of the pages that change a person: (title, address) of each page above."""
    return [("花名册", reverse("roster")), (person.name, person.get_absolute_url())]


def can_open(request, address: str) -> bool:
    """Return whether the user of the request may open a page of the portal now; the page is asked itself, with GET."""
    target = urlsplit(address)
    asked = copy(request)
    asked.method, asked.path, asked.path_info = "GET", target.path, target.path
    asked.GET, asked.POST = QueryDict(target.query), QueryDict()
    asked.META = request.META | {"REQUEST_METHOD": "GET", "QUERY_STRING": target.query}
    try:
        found = resolve(target.path)
        asked.resolver_match = found
        return found.func(asked, *found.args, **found.kwargs).status_code < 400
    except (Http404, PermissionDenied):
        return False
