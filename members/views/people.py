"""花名册: the roster, a person's page, and changing a person's data."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from members.cells import mask_phone
from members.forms.people import MemberForm, RosterFilter
from members.models import Member
from members.permissions import allow, may
from members.queries.history import changes
from members.queries.roster import filtered, ordered, with_phone_rule
from members.resources import export_roster
from members.services.exports import log_export
from members.services.people import edit_member, version_of
from members.views.writing import written
from members.workbooks import XLSX, workbook_bytes

PER_PAGE = 25


def person_or_404(user, pk: int, action: str) -> Member:
    """The person, where the user may do `action` to them; with `phone_open`."""
    people = with_phone_rule(Member.objects.visible_to(user, action), user)
    return get_object_or_404(people.select_related("branch__college", "school"), pk=pk)


def open_actions(user, person: Member, *actions: str) -> set[str]:
    """Which of the actions the user may do to this person."""
    return {
        action for action in actions if Member.objects.visible_to(user, action).filter(pk=person.pk).exists()
    }


def way_to(person: Member) -> list[tuple[str, str]]:
    """The pages above those that change a person."""
    return [("花名册", reverse("roster")), (person.name, person.get_absolute_url())]


def listed(request, action: str):
    """The filter form and the people it leaves; nobody where the address holds a filter that is not valid."""
    people = Member.objects.visible_to(request.user, action)
    form = RosterFilter(request.GET, user=request.user, members=people, action=action)
    found = filtered(people, form.cleaned_data) if form.is_valid() else people.none()
    return form, ordered(found, request.GET.get("sort", ""))


@allow("member.view")
@require_safe
def roster(request):
    form, people = listed(request, "member.view")
    page = Paginator(with_phone_rule(people, request.user), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "filtered": any(request.GET.get(name) for name in form.fields),
        "may_export": may(request.user, "member.export"),
        "may_import": may(request.user, "import.roster"),
    }
    return render(request, "members/roster.html", context)


@allow("member.export")
@require_safe
def roster_export(request):
    form, people = listed(request, "member.export")
    if not form.is_valid():
        raise Http404
    if request.user.school is None:
        raise PermissionDenied  # a repair account belongs to no school: there is no audit trail to note it in
    filters = {name: value for name, value in request.GET.items() if value and name in form.fields}
    log_export(user=request.user, kind="roster", filters=filters, rows=people.count())
    content = workbook_bytes([export_roster(people, user=request.user)])
    name = content_disposition_header(True, f"花名册-{timezone.localdate():%Y%m%d}.xlsx")
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": name})


@allow("member.view")
@require_safe
def member(request, pk: int):
    person = person_or_404(request.user, pk, "member.view")
    opened = open_actions(request.user, person, "member.edit", "registration.confirm", "member.history")
    context = {
        "person": person,
        "above": [("花名册", reverse("roster")), (person.branch.name, person.branch.get_absolute_url())],
        "may_edit": "member.edit" in opened,
        "may_confirm": "registration.confirm" in opened,
        "history": _history(person) if "member.history" in opened else None,
    }
    return render(request, "members/member.html", context)


@allow("member.edit")
@require_http_methods(["GET", "POST"])
def member_edit(request, pk: int):
    person = person_or_404(request.user, pk, "member.edit")
    form = MemberForm(request.POST or None, user=request.user, member=person, version=version_of(person))
    if form.is_valid() and written(form, edit_member, user=request.user, member_id=pk, **form.for_service):
        messages.success(request, "资料已保存。")
        return (
            redirect("member", pk)
            if open_actions(request.user, person, "member.view")
            else redirect("roster")
        )
    if form.stale:
        form.accept_latest(version_of(person))
    return render(
        request, "members/member_edit.html", {"form": form, "person": person, "above": way_to(person)}
    )


def _history(person: Member):
    events = Member.pgh_event_model.objects.filter(pgh_obj=person)
    return changes(events, shown={} if person.phone_open else {"phone": mask_phone})
