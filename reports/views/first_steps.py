"""起步: the steps of a new school, each with its figure and the page on which it is done."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.models import ServiceYear
from members.permissions import allow
from reports.steps import list_school_steps


@allow("steps.view")
@require_safe
def first_steps(request):
    year = ServiceYear.objects.current(request.user.school)
    if year is None:
        return render(request, "members/year_none.html")
    steps = list_school_steps(year, timezone.localdate())
    context = {"year": year, "steps": steps, "finished": sum(step.finished for step in steps)}
    return render(request, "reports/first_steps.html", context)
