"""入团: the list of everybody on the way into the League with what is missing, and each person's track."""

import itertools
from typing import TYPE_CHECKING

from django.contrib import messages
from django.forms import Form
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.models import Branch, Member, ServiceYear
from members.pages import build_list_context, submit_form
from members.permissions import allow, may
from members.queries.rates import compute_branch_rates, compute_college_rates, compute_total_rate
from members.rules import ON_THE_WAY, stage_gate_problem
from reports.forms.admission import (
    BackForm,
    DaysForm,
    EndForm,
    MeetingForm,
    StartForm,
    StepForm,
)
from reports.listings.admissions import ADMISSIONS
from reports.models import Admission
from reports.pages import get_applicant_or_404
from reports.queries.admission import add_reports, count_voters_at, filter_followed
from reports.rules.admission import BEFORE, DAYS, NEXT, Meeting, build_steps, compare_reports, restore_report
from reports.services.admission import (
    admit_member,
    advance_stage,
    end_track,
    save_days,
    start_track,
    step_stage_back,
)

if TYPE_CHECKING:
    from reports.queries.admission import ReportedMember


@allow("admission.view")
@require_safe
def admissions(request):
    context = build_list_context(request, ADMISSIONS)
    form = context["form"]
    context |= {
        "people": add_reports(context["page"]),
        "may_export": may(request.user, "admission.export"),
        "chosen": form.is_valid() and form.cleaned_data["branch"],
    }
    return render(request, "reports/admissions.html", context | _build_rates_context(request.user, form))


def _build_rates_context(user, form) -> dict:
    """二(一): return the registered among activists and candidates, in total and by college or branch."""
    branches = Branch.objects.visible_to(user, "admission.view")
    if college := form.is_valid() and form.cleaned_data["college"]:
        branches = branches.filter(college=college)
    year = ServiceYear.objects.current(user.school) if user.school else None
    floor = year.floor_percent if year else 95
    by_college = may(user, "overview.view") and not college
    rows = (compute_college_rates if by_college else compute_branch_rates)(branches, floor_percent=floor)
    units = [(*_describe_unit(row, by_college), row.rate) for row in rows if row.rate.activists]
    return {
        "rate": compute_total_rate(branches, floor_percent=floor),
        "units": units,
        "by_college": by_college,
    }


def _describe_unit(row, by_college: bool) -> tuple[str, str]:
    """Return the unit's name, and the query that filters the list by it."""
    if by_college:
        return row.college, f"college={row.college_id}"
    return row.branch, f"college={row.college_id}&branch={row.branch_id}"


@allow("admission.edit")
@require_http_methods(["GET", "POST"])
def admission_new(request):
    form = StartForm(request.POST or None)
    if form.is_valid() and submit_form(form, start_track, user=request.user, **form.cleaned_data):
        messages.success(request, "已登记入团申请。")
        track = Admission.objects.visible_to(request.user, "admission.edit")
        return redirect(
            track.filter(member__in=Member.objects.of_number(form.cleaned_data["student_no"].strip())).latest(
                "pk"
            )
        )
    context = {"form": form, "above": [("入团", reverse("admissions"))]}
    return render(request, "reports/admission_new.html", context)


# --- one person ------------------------------------------------------------------------------------------------


@allow("admission.view")
@require_safe
def admission(request, pk: int):
    return _render_admission(request, get_applicant_or_404(request.user, pk, "admission.view"))


@allow("admission.edit")
@require_POST
def admission_days(request, pk: int):
    person = get_applicant_or_404(request.user, pk, "admission.edit")
    form = DaysForm(request.POST, stage=person.stage, track=person.track)
    return _run_admission_step(
        request,
        person,
        "days",
        form,
        save_days,
        lambda: {"days": form.cleaned_data, "unchanged": form.require_unchanged},
        "日期已保存。",
    )


@allow("admission.edit")
@require_POST
def admission_step(request, pk: int):
    person = get_applicant_or_404(request.user, pk, "admission.edit")
    form = StepForm(request.POST, to=NEXT.get(person.stage, person.stage))
    return _run_admission_step(
        request, person, "step", form, advance_stage, lambda: form.cleaned_data, "发展阶段已更新。"
    )


@allow("admission.edit")
@require_POST
def admission_back(request, pk: int):
    person = get_applicant_or_404(request.user, pk, "admission.edit")
    form = BackForm(request.POST)
    return _run_admission_step(
        request, person, "back", form, step_stage_back, lambda: form.cleaned_data, "已退回上一阶段。"
    )


@allow("admission.edit")
@require_POST
def admission_end(request, pk: int):
    person = get_applicant_or_404(request.user, pk, "admission.edit")
    form = EndForm(request.POST)
    return _run_admission_step(
        request, person, "end", form, end_track, lambda: form.cleaned_data, "已终止培养。"
    )


@allow("admission.admit")
@require_POST
def admission_admit(request, pk: int):
    person = get_applicant_or_404(request.user, pk, "admission.admit")
    form = MeetingForm(request.POST)
    done = "已登记为共青团员，报告单已存档。"
    return _run_admission_step(
        request, person, "meeting", form, admit_member, lambda: {"meeting": form.meeting}, done
    )


def _run_admission_step(request, person, name: str, form, service, values, told: str):
    """Submit the form to its service; if refused, show the page again with the reason and the values entered.

    If the page no longer has that form, because another window was first, a message at the top gives the
    reason.
    """
    if form.is_valid() and submit_form(form, service, user=request.user, member_id=person.pk, **values()):
        messages.success(request, told)
        seen = Member.objects.visible_to(request.user, "admission.view")
        still = filter_followed(seen).filter(pk=person.pk).exists()
        return redirect("admission", person.pk) if still else redirect("admissions")
    person = get_applicant_or_404(request.user, person.pk, "admission.view")
    if name in _build_open_forms(request.user, person):
        return _render_admission(request, person, **{name: form})
    for problem in itertools.chain.from_iterable(form.errors.values()):
        messages.error(request, problem)
    return redirect("admission", person.pk)


def _render_admission(request, person: "ReportedMember", **forms):
    """Render the days, what is missing, the report, and the user's next forms; `forms`: refused ones."""
    slip = person.track and person.track.slip
    context = {
        "person": person,
        "track": person.track,
        "above": [("入团", reverse("admissions"))],
        "earlier": person.tracks[1:],
        "places": _compare_with_slip(person),
        "way": build_steps(person.stage, _read_track_days(person.track), admitted=bool(slip)),
        "shown": restore_report(slip) if slip else person.report,
        "vote": Meeting(**slip["meeting"]).text if slip else "",
    }
    return render(
        request, "reports/admission.html", context | _build_open_forms(request.user, person) | forms
    )


def _read_track_days(track: Admission | None) -> dict:
    return {name: getattr(track, name) for name, _, _ in DAYS} if track else {}


def _compare_with_slip(person: "ReportedMember") -> list:
    """Return 当时 and 现在 of a frozen slip."""
    if not person.track or not person.track.slip:
        return []
    slip, branch = person.track.slip, person.branch
    places = [
        ("姓名", slip.get("name", person.name), person.name),
        ("学院", slip["college"], branch.college.name),
        ("团支部", slip["branch"], branch.name),
    ]
    return compare_reports(restore_report(slip), person.report, places=places)


def _is_gated(person: Member, to: str) -> bool:
    """Return whether registration is missing: then the page says so and does not offer the step."""
    return bool(stage_gate_problem(person.stage, to, registered=person.is_registered))


def _build_open_forms(user, person: "ReportedMember") -> dict:
    """Return the forms for the next steps that the user may take."""

    def may_do(action: str) -> bool:
        return Member.objects.visible_to(user, action).filter(pk=person.pk).exists()

    track = person.track if person.track and person.track.state in ("open", "outside") else None
    forms: dict[str, Form] = {}
    if user.member_id == person.pk or person.state != "active":
        return forms
    if person.stage in ON_THE_WAY and may_do("admission.edit"):
        forms["days"] = DaysForm(stage=person.stage, track=track)
        if track:
            forms["end"] = EndForm()
        if track and person.stage in NEXT and not _is_gated(person, NEXT[person.stage]):
            forms["step"] = StepForm(to=NEXT[person.stage])
        if track and person.stage in BEFORE:
            forms["back"] = BackForm(initial={"since": person.stage})
    at_the_end = person.stage in ("candidate", "member") and not _is_gated(person, "member")
    if track and at_the_end and may_do("admission.admit"):
        entitled = count_voters_at(person, track.meeting_on or timezone.localdate())
        forms["meeting"] = MeetingForm(initial={"on": track.meeting_on, "entitled": entitled})
    return forms
