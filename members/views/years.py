"""年度规则: the dates and thresholds of the school's year, and the history of their changes."""

from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.calendar import duration_text
from members.forms.years import GROUPS, SEMESTERS
from members.models import ServiceYear
from members.permissions import allow, may
from members.queries.working_days import describe_missing_holidays
from members.queries.years import SOURCES, label_of, list_year_changes, make_labeller


@allow("year.view")
@require_safe
def current_year(request):
    """Redirect to the year of today; for a school without a year, show what to do."""
    current = ServiceYear.objects.current(request.user.school)
    if current is None:
        return render(request, "members/year_none.html")
    return redirect("year", current.year)


@allow("year.view")
@require_safe
def year(request, year: int):
    own = ServiceYear.objects.visible_to(request.user, "year.view").filter(school=request.user.school_id)
    shown = get_object_or_404(own, year=year)
    context = {
        "year": shown,
        "years": own.values_list("year", flat=True),
        "groups": group_rules(shown),
        "semesters": shown.semesters.all(),
        "semesters_head": SEMESTERS,
        "history": list_year_changes(shown),
        "may_edit": may(request.user, "year.edit"),
        "holidays_missing": describe_missing_holidays(shown.year),
    }
    return render(request, "members/year.html", context)


# What a rule without a value means, where it means something.
UNSET = {"bulletin_first_number": "未设置（默认第 1 期）"}


def group_rules(year: ServiceYear) -> list[tuple]:
    """Return the rules as (title, clause, text of the clause, [(label, value)]) for display."""
    return [
        (*head, [(label_of(year, name), format_rule(year, name)) for name in names])
        for *head, names in GROUPS
    ]


def format_rule(year: ServiceYear, name: str) -> str:
    """Return a rule's value for display; minutes are followed by hours in brackets."""
    value = getattr(year, name)
    if name in SOURCES:
        return make_labeller(year, name)(value)
    if name.endswith("_minutes"):
        return f"{value}（{duration_text(value)}）"
    if name.endswith("_at"):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    if value is None:
        return UNSET.get(name, "未设置")
    if isinstance(value, bool):
        return "是" if value else "否"
    display = getattr(year, f"get_{name}_display", None)
    return display() if display else str(value)
