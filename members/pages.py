"""What the views of all apps share: lists, forms handed to services, workbooks as answers, a person's page."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header

from members.models import Member
from members.queries.roster import with_phone_rule
from members.services.export_log import log_export
from members.sheets.workbooks import XLSX
from members.tables import Listing, ListQuery


def submit_form(form: forms.BaseForm, service: Callable, **values) -> bool:
    """Call the service with a form's values; what it refuses becomes an error of the form, with all input kept."""
    try:
        service(**values)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return False
    return True


def list_context(
    request,
    listing: Listing,
    *,
    given: Mapping[str, Any] | None = None,
    defaults: Mapping[str, str] | None = None,
    **more,
) -> dict:
    """The context of a list's page: the query as `list`, its form and page, and whether a filter is in use.

    `given`: filters that the path says (`{"branch": pk}`). `defaults`: filters where the address says nothing of them.
    """
    query = ListQuery(listing, user=request.user, params=request.GET, given=given, defaults=defaults)
    return {"list": query, "form": query.form, "page": query.page, "filtered": query.is_filtered, **more}


def workbook_response(content: bytes, filename: str) -> HttpResponse:
    """A workbook to save, under a name that may be Chinese."""
    name = content_disposition_header(True, filename)
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": name})


def log_and_send_workbook(
    request, content: bytes, filename: str, *, kind: str, rows: int, filters: Mapping[str, str] | None = None
) -> HttpResponse:
    """A workbook about people that is no list: noted in the audit log, then sent (requirements §6)."""
    require_school(request.user)
    log_export(user=request.user, kind=kind, filters=filters or {}, rows=rows)
    return workbook_response(content, filename)


def require_school(user) -> None:
    """Refuse (403) a repair account, which belongs to no school: there is no audit log to note its exports in."""
    if user.school is None:
        raise PermissionDenied


def get_person_or_404(user, pk: int, action: str) -> Member:
    """The person, where the user may do `action` to them; with `phone_open`."""
    people = with_phone_rule(Member.objects.visible_to(user, action), user)
    return get_object_or_404(people.select_related("branch__college", "school"), pk=pk)


def build_person_breadcrumb(person: Member) -> list[tuple[str, str]]:
    """The pages above those that change a person."""
    return [("花名册", reverse("roster")), (person.name, person.get_absolute_url())]
