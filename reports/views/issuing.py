"""Issue bulletins: preview of the next issue, publishing by hand, and corrections."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from members.models import School, ServiceYear
from members.permissions import allow
from reports.forms.bulletins import CorrectionForm, PublishForm
from reports.models import Bulletin
from reports.queries.bulletins import get_numbering, list_open_dates
from reports.services import bulletins


@allow("bulletin.publish")
def bulletin_next(request):
    """Show what the next issue would say now, and publish a due date up to today that has no issue."""
    schools = School.objects.visible_to(request.user, "bulletin.publish")
    school = get_object_or_404(schools, pk=request.user.school_id)
    now = timezone.now()
    year = ServiceYear.objects.current(school)
    dates = list_open_dates(school=school, year=year, today=timezone.localdate(now)) if year else []
    form = PublishForm(request.POST or None, dates=dates, numbering=get_numbering(year) if year else None)
    if request.method == "POST" and form.is_valid():
        asked = {"school": school, "user": request.user, **form.cleaned_data}
        if issue := issue_from_form(form, bulletins.publish_bulletin, **asked):
            messages.success(request, f"{issue.title}通报已发布。")
            return redirect(issue)
    issue, lines = bulletins.preview_bulletin(school=school, now=now) or (None, [])
    context = {"form": form, "dates": dates, "year": year, "bulletin": issue, "lines": lines}
    return render(request, "reports/bulletin_next.html", context, status=422 if form.is_bound else 200)


def issue_from_form(form: Form, service: Callable[..., Bulletin], **asked) -> Bulletin | None:
    """Return the issue that the service makes; None if it refuses, with the error added to the form."""
    try:
        return service(**asked)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return None


@allow("bulletin.publish")
def bulletin_correct(request, pk):
    issues = Bulletin.objects.visible_to(request.user, "bulletin.publish").select_related(
        "school", "corrects"
    )
    issue = get_object_or_404(issues, pk=pk)
    draft, lines = bulletins.build_correction_draft(bulletin=issue, now=timezone.now())
    form = CorrectionForm(request.POST or None, initial={"expected_no": draft.correction_no})
    if request.method == "POST" and form.is_valid():
        asked = {"bulletin": issue, "user": request.user, **form.cleaned_data}
        if correction := issue_from_form(form, bulletins.correct_bulletin, **asked):
            messages.success(request, f"{correction.title}通报已发布。")
            return redirect(correction)
    context = {"bulletin": issue, "form": form, "draft": draft, "lines": lines, "compared": [issue, draft]}
    context["changed"] = any(line.correction for line in lines)
    return render(request, "reports/bulletin_correct.html", context, status=422 if form.is_bound else 200)
