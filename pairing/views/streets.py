"""街乡: the city's streets with the places that are left, its figures by hand, and the streets assigned to us."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from members.models import ServiceYear, Street
from members.pages import submit_form
from members.permissions import allow, may
from members.resources.streets import export_streets
from members.services.export_log import log_export
from members.sheets.workbooks import XLSX, workbook_bytes
from pairing.forms.streets import AssignedFilter, AssignForm, StreetRoomFilter, TakenForm
from pairing.models import Pairing
from pairing.queries.hall import over_full_streets, places
from pairing.queries.streets import (
    assigned_history,
    filtered,
    ordered,
    taken_history,
    with_assigned,
    with_room,
)
from pairing.services.streets import assign_streets, set_taken

PER_PAGE = 25


def year_of(user) -> ServiceYear:
    """The school's year; without any, one that was never saved, with the city's usual caps."""
    return ServiceYear.objects.current(user.school) or ServiceYear(year=timezone.localdate().year)


def all_streets(user, year: ServiceYear):
    streets = Street.objects.visible_to(user, "street.view")
    return with_room(streets, year)


def listed(request, year: ServiceYear, form_class=StreetRoomFilter):
    """The filter form and the streets it leaves; none where the address holds a filter that is not valid."""
    streets = all_streets(request.user, year)
    districts = list(Street.objects.order_by("district").values_list("district", flat=True).distinct())
    form = form_class(request.GET, districts=districts)
    if year.pk:
        streets = with_assigned(streets, year)
    found = filtered(streets, form.cleaned_data) if form.is_valid() else streets.none()
    return form, ordered(found, request.GET.get("sort", ""))


@allow("street.view")
@require_safe
def streets(request):
    year = year_of(request.user)
    form, found = listed(request, year)
    caps = {"urban": year.urban_cap, "suburban": year.suburban_cap}
    context = {
        "form": form,
        "year": year,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "over_full": over_full_streets(places(year.year), caps),
        "assigned_count": year.assigned_streets.count() if year.pk else 0,
        "filtered": any(request.GET.get(name) for name in form.fields),
        "may_import": may(request.user, "import.streets"),
        "may_edit": may(request.user, "street.edit"),
    }
    return render(request, "pairing/streets.html", context)


@allow("street.view")
@require_safe
def streets_export(request):
    form, found = listed(request, year_of(request.user))
    if not form.is_valid():
        raise Http404
    if request.user.school is None:
        raise PermissionDenied  # a repair account belongs to no school: there is no audit trail to note it in
    filters = {name: value for name, value in request.GET.items() if value and name in form.fields}
    log_export(user=request.user, kind="streets", filters=filters, rows=found.count())
    content = workbook_bytes([export_streets(found, phones_open=may(request.user, "import.streets"))])
    name = content_disposition_header(True, f"街乡名录-{timezone.localdate():%Y%m%d}.xlsx")
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": name})


@allow("street.view")
@require_safe
def street(request, pk: int):
    year = year_of(request.user)
    shown = get_object_or_404(all_streets(request.user, year), pk=pk)
    pairings = Pairing.objects.visible_to(request.user, "pairing.view").active()
    context = {
        "street": shown,
        "year": year,
        "pairings": pairings.held_in(year.year).filter(street=shown).select_related("college"),
        "history": taken_history(shown, school_id=request.user.school_id),
        "may_edit": may(request.user, "street.edit"),
        "figure_note": f"{shown.taken_as_of:%Y-%m-%d}" if shown.taken_as_of else "时间未填",
        "above": [("街乡", reverse("streets"))],
    }
    return render(request, "pairing/street.html", context)


@allow("street.edit")
@require_http_methods(["GET", "POST"])
def street_taken(request, pk: int):
    shown = get_object_or_404(Street.objects.visible_to(request.user, "street.edit"), pk=pk)
    initial = {"taken": shown.taken_elsewhere, "as_of": timezone.localdate()}
    form = TakenForm(request.POST or None, initial=initial)
    if form.is_valid() and submit_form(form, set_taken, user=request.user, street_id=pk, **form.cleaned_data):
        messages.success(request, f"已更新{shown}的平台外已对接数。")
        return redirect("street", pk)
    above = [("街乡", reverse("streets")), (str(shown), reverse("street", args=[pk]))]
    return render(request, "pairing/street_taken.html", {"form": form, "street": shown, "above": above})


@allow("street.edit")
@require_http_methods(["GET", "POST"])
def streets_assigned(request):
    year = ServiceYear.objects.current(request.user.school)
    if year is None:
        return render(request, "members/year_none.html")
    narrow, found = listed(request, year, AssignedFilter)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    form = AssignForm(request.POST or None, streets=list(Street.objects.values_list("pk", flat=True)))
    if form.is_valid() and submit_form(
        form, assign_streets, user=request.user, year=year, **form.cleaned_data
    ):
        messages.success(request, "名单已保存。")
        return redirect(request.get_full_path())
    held = year.assigned_streets.values_list("street__kind", flat=True)
    counts = {kind: list(held).count(kind) for kind in ("urban", "suburban")}
    above = [("街乡", reverse("streets"))]
    context = {"form": form, "narrow": narrow, "page": page, "year": year, "counts": counts, "above": above}
    context["filtered"] = any(request.GET.get(name) for name in narrow.fields)
    context["history"] = assigned_history(year)
    return render(request, "pairing/streets_assigned.html", context)
