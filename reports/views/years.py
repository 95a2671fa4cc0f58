"""The form of a year's rules. It is in this app because issued bulletins lock some of them."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from members.forms.years import SEMESTERS, SemesterFormSet, YearForm, require_year_unchanged
from members.models import ServiceYear
from members.pages import submit_form
from members.permissions import allow
from reports.services.years import change_rules, list_locked_fields


@allow("year.edit", recent=True)
@require_http_methods(["GET", "POST"])
def year_edit(request, year: int):
    own = ServiceYear.objects.visible_to(request.user, "year.edit").filter(school=request.user.school_id)
    edited = get_object_or_404(own, year=year)
    data = request.POST if request.method == "POST" else None
    form = YearForm(data, instance=edited, locked=list_locked_fields(edited))
    semesters = SemesterFormSet(data, instance=edited, prefix="semesters")
    if all([form.is_valid(), semesters.is_valid()]):
        changed = {
            "values": form.changes,
            "semesters": semesters.changes,  # type: ignore[attr-defined]  # of our formset
            "unchanged": lambda locked: require_year_unchanged(locked, form, semesters),
        }
        if submit_form(form, change_rules, year=edited, user=request.user, **changed):
            messages.success(request, f"{year} 年度规则已保存，修改记录见页面下方。")
            return redirect("year", year)
    context = {"year": year, "form": form, "semesters": semesters, "semesters_head": SEMESTERS}
    return render(request, "members/year_edit.html", context)
