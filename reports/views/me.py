"""我的: a person's own page on the phone. It shows no other person's data, except counts of the own branch."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from activities.models import ServiceRecord, SignUp
from activities.queries.mine import list_visits, sum_minutes_by_state
from activities.queries.shortfalls import attach_twins
from members.forms.registration import ReportForm
from members.models import Branch, Member, ServiceYear
from members.pages import build_list_context, submit_form
from members.permissions import allow
from members.queries.as_of import get_day_of
from members.queries.rates import compute_branch_rates
from members.rules import ON_THE_WAY, Rate
from members.services.registration import report_registration
from reports.listings.hours import OBJECTED, OWN_RECORDS
from reports.models import Admission, AppraisalGrade
from reports.queries.admission import build_report
from reports.queries.eligibility import get_year_span, judge_person
from reports.rules.admission import DAYS, build_steps

UPCOMING = 5


@allow("me.view")
@require_safe
def me(request):
    person = _get_me_or_404(request.user, "me.view")
    return render(request, "reports/me.html", _build_me_context(request, person, ReportForm(member=person)))


@allow("me.report")
@require_http_methods(["GET", "POST"])
def me_report(request):
    if request.method == "GET":  # links of the page that a refused report leaves
        return redirect(reverse("me", query=request.GET))
    person = _get_me_or_404(request.user, "me.report")
    form = ReportForm(request.POST, member=person)
    if form.is_valid() and submit_form(form, report_registration, user=request.user, **form.cleaned_data):
        messages.success(request, "已保存。感谢填写，核实后会在本页显示。")
        return redirect("me")
    return render(request, "reports/me.html", _build_me_context(request, person, form))


def _get_me_or_404(user, action: str) -> Member:
    people = Member.objects.visible_to(user, action).select_related("branch__college__school")
    return get_object_or_404(people, pk=user.member_id)


def _build_me_context(request, person: Member, form: ReportForm) -> dict:
    records = build_list_context(request, OWN_RECORDS)
    year, years = records["form"].of_year, [number for number, _ in records["form"].years]
    attach_twins(records["page"], "appraisal")
    context = records | {"person": person, "form": form, "year": year, "years": years}
    context |= {"deadline": _describe_deadline(year)} | _build_joining_context(person)
    if year is None:
        return context
    judged = judge_person(person, year)
    return (
        context
        | {"rate": _compute_branch_rate(judged.branch_id, year), "verdict": judged.verdict}
        | _build_signups_context(request.user, person)
        | _build_hours_context(request.user, person, year)
    )


def _compute_branch_rate(branch_id: int, year: ServiceYear) -> Rate:
    """Return the rate of the person's branch in the year."""
    own = Branch.objects.filter(pk=branch_id)
    (row,) = compute_branch_rates(own, floor_percent=year.floor_percent, day=get_day_of(year))
    return row.rate


def _build_hours_context(user, person: Member, year: ServiceYear) -> dict:
    """Return the figures of the ring: by the sources that count for the appraisal, by date of service."""
    own = ServiceRecord.objects.visible_to(user, "hours.own").filter(member=person)
    sums = sum_minutes_by_state(own.served_between(*get_year_span(year)), year)
    required = year.required_minutes
    return {
        **sums,
        "missing": max(0, required - sums["counted"]),
        "grade": AppraisalGrade.objects.settled().filter(member=person, appraisal__year=year).first(),
        "percent": min(100, sums["counted"] * 100 // required) if required else 100,
        "visits": list_visits(own, year),
    }


def _build_joining_context(person: Member) -> dict:
    """二(一) for a person on the way into the League: return steps, gate, and the hours for the meeting."""
    if person.stage not in ON_THE_WAY:
        return {}
    track = Admission.objects.filter(member=person).running().first()
    days = {name: getattr(track, name) for name, _, _ in DAYS} if track else {}
    return {
        "track": track,
        "way": build_steps(person.stage, days, admitted=False),
        "report": build_report(person, track),
    }


def _build_signups_context(user, person: Member) -> dict:
    """Return the person's coming sign-ups, and recorded absences, to which the person can object."""
    own = SignUp.objects.visible_to(user, "signup.own").filter(member=person).select_related("activity")
    ahead = own.filter(state__in=["signed_up", "waiting"], activity__ends_at__gte=timezone.now())
    return {
        "upcoming": ahead.order_by("activity__starts_at", "pk")[:UPCOMING],
        "absent": own.filter(no_show_at__isnull=False)
        .order_by("-activity__starts_at")
        .prefetch_related(OBJECTED)[:UPCOMING],
    }


def _describe_deadline(year: ServiceYear | None) -> str:
    """Return the sentence with the notice's last day of registration; without the day once it is past."""
    if year and timezone.localdate() <= year.registration_ends_on:
        last = year.registration_ends_on
        return f"分两步，大约需要五分钟，请在 {last.month}月{last.day}日前完成。"
    return "分两步，大约需要五分钟，请尽快完成。"
