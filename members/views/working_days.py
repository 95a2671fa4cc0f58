"""校历: the holidays of a year, and the school's own table over them."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from members.forms.working_days import CalendarDayForm, CalendarRemovalForm
from members.listings import CALENDAR
from members.models import CalendarDay, School
from members.pages import build_list_context, submit_form
from members.permissions import allow, may
from members.queries.working_days import KNOWN_YEARS, describe_missing_holidays
from members.services.working_days import enter_calendar_days, remove_calendar_days


@allow("year.view")
@require_http_methods(["GET", "HEAD"])
def school_calendar(request, year: int):
    _get_school_or_404(request.user, "year.view", year)
    return _show_calendar(request, year, CalendarDayForm(year=year))


@allow("year.edit")
@require_http_methods(["GET", "POST"])
def calendar_enter(request, year: int):
    """Enter days; GET shows the page of the year, where the form is."""
    school = _get_school_or_404(request.user, "year.edit", year)
    if request.method != "POST":
        return redirect("school_calendar", year)
    form = CalendarDayForm(request.POST, year=year)
    if form.is_valid() and submit_form(
        form, enter_calendar_days, school=school, user=request.user, **form.values
    ):
        messages.success(request, "已登记，按工作日计算的期限从现在起按新的校历计算。")
        return redirect("school_calendar", year)
    return _show_calendar(request, year, form, status=422)


@allow("year.edit")
@require_POST
def calendar_remove(request, year: int):
    school = _get_school_or_404(request.user, "year.edit", year)
    rows = CalendarDay.objects.filter(school=school, day__year=year).values_list("pk", flat=True)
    form = CalendarRemovalForm(request.POST, rows=rows)
    if form.is_valid():
        asked = {"school": school, "rows": form.cleaned_data["chosen"], "user": request.user}
        if submit_form(form, remove_calendar_days, **asked):
            messages.success(request, "已移除，这些日期恢复为原来的安排。")
            return redirect("school_calendar", year)
    messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("school_calendar", year)


def _get_school_or_404(user, action: str, year: int) -> School:
    """Return the user's school; years far from today have no calendar."""
    if not KNOWN_YEARS.start <= year <= timezone.localdate().year + 2:
        raise Http404
    return get_object_or_404(School.objects.visible_to(user, action), pk=user.school_id)


def _show_calendar(request, year: int, form: CalendarDayForm, *, status: int = 200):
    today = timezone.localdate().year
    context = build_list_context(request, CALENDAR, given={"year": year})
    context |= {
        "entry": form,
        "year": year,
        "has_own": any(special.own for special in context["list"].rows),
        "years": sorted({year, *range(today - 1, today + 2)}, reverse=True),
        "holidays_missing": describe_missing_holidays(year),
        "may_edit": may(request.user, "year.edit"),
    }
    return render(request, "members/school_calendar.html", context, status=status)
