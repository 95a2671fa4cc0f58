"""街乡: the city's streets with free places, the figures entered by hand, and the streets assigned to the school."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from members.models import Street
from members.pages import build_list_context, submit_form
from members.permissions import allow, may
from pairing.forms.streets import AssignForm, TakenForm
from pairing.listings import STREETS, STREETS_ASSIGNED
from pairing.models import Pairing
from pairing.queries.hall import list_places, list_streets_above_cap
from pairing.queries.streets import find_streets, get_year_or_usual, list_assigned_changes, list_taken_changes
from pairing.services.streets import assign_streets, set_taken_elsewhere


@allow("street.view")
@require_safe
def streets(request):
    year = get_year_or_usual(request.user)
    caps = {"urban": year.urban_cap, "suburban": year.suburban_cap}
    context = build_list_context(
        request,
        STREETS,
        year=year,
        over_full=list_streets_above_cap(list_places(year.year), caps),
        assigned_count=year.assigned_streets.count() if year.pk else 0,
        may_import=may(request.user, "import.streets"),
        may_edit=may(request.user, "street.edit"),
    )
    return render(request, "pairing/streets.html", context)


@allow("street.view")
@require_safe
def street(request, pk: int):
    year = get_year_or_usual(request.user)
    shown = get_object_or_404(find_streets(request.user, "street.view"), pk=pk)
    pairings = Pairing.objects.visible_to(request.user, "pairing.view").active()
    context = {
        "street": shown,
        "year": year,
        "pairings": pairings.held_in(year.year).filter(street=shown).select_related("college"),
        "history": list_taken_changes(shown, school_id=request.user.school_id),
        "may_edit": may(request.user, "street.edit"),
        "figure_note": f"{shown.taken_as_of:%Y-%m-%d}" if shown.taken_as_of else "时间未填",
        "above": [("街乡", reverse("streets"))],
    }
    return render(request, "pairing/street.html", context)


@allow("street.edit")
@require_http_methods(["GET", "POST"])
def street_taken(request, pk: int):
    shown = get_object_or_404(Street.objects.visible_to(request.user, "street.edit"), pk=pk)
    form = TakenForm(request.POST or None, street=shown)
    entered = {"user": request.user, "street_id": pk, "unchanged": form.require_unchanged}
    if form.is_valid() and submit_form(form, set_taken_elsewhere, **entered, **form.cleaned_data):
        messages.success(request, f"已更新{shown}的平台外已对接数。")
        return redirect("street", pk)
    above = [("街乡", reverse("streets")), (str(shown), reverse("street", args=[pk]))]
    return render(request, "pairing/street_taken.html", {"form": form, "street": shown, "above": above})


@allow("street.edit")
@require_http_methods(["GET", "POST"])
def streets_assigned(request):
    year = request.user.current_year
    if year is None:
        return render(request, "members/year_none.html")
    form = AssignForm(request.POST or None, streets=list(Street.objects.values_list("pk", flat=True)))
    if form.is_valid() and submit_form(
        form, assign_streets, user=request.user, year=year, **form.cleaned_data
    ):
        messages.success(request, "名单已保存。")
        return redirect(request.get_full_path())
    context = build_list_context(request, STREETS_ASSIGNED, year=year, above=[("街乡", reverse("streets"))])
    held = list(year.assigned_streets.values_list("street__kind", flat=True))
    context |= {
        "narrow": context["form"],
        "form": form,
        "counts": {kind: held.count(kind) for kind in ("urban", "suburban")},
        "history": list_assigned_changes(year),
    }
    return render(request, "pairing/streets_assigned.html", context)
