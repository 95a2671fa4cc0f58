"""注册: rates of the branches in scope, and pages that verify or revoke people's registrations."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from members.forms.registration import ConfirmForm, RatesFilter, ReportsForm, RevokeForm
from members.listings import RATES, REPORTS
from members.models import Member, ServiceYear
from members.pages import build_list_context, build_person_breadcrumb, get_person_or_404, submit_form
from members.permissions import allow, get_scope, may
from members.queries.rates import compute_total_rate
from members.queries.registration import find_behind
from members.queries.roster import list_unverified_reports
from members.services.registration import confirm_registration, confirm_reports, revoke_registration


@allow("registration.view")
@require_safe
def registration(request):
    year = request.user.current_year
    if year is None:
        return render(request, "members/registration_no_year.html")
    context = build_list_context(request, RATES, year=year)
    context |= _figures(context["form"])
    context["whose"] = _describe_scope(request.user, context)
    context |= {
        "may_confirm": may(request.user, "registration.confirm"),
        "may_export": may(request.user, "member.export"),
        "reminder": _render_registration_reminder(context, year),
    }
    return render(request, "members/registration.html", context)


def _figures(form: RatesFilter) -> dict:
    """Return the total of all branches, and links to the lists of the people who are counted."""
    total = compute_total_rate(form.counted_branches, floor_percent=form.floor_percent)
    college = form.chosen_college or form.only_college
    return {
        "total": total,
        "links": _build_roster_links(college),
        "activists": f"{total.activists_registered} / {total.activists}",
        "above": [("注册进度", reverse("registration"))],
        "by_college": form.by_college,
        "college": college,
        "every": form.rates,
    }


def _describe_scope(user, context: dict) -> str:
    """Return the name of the part that the figures cover: for a secretary the branch, not the college."""
    college, every, seen = context["college"], context["every"], get_scope(user, "registration.view")
    if seen.everything or seen.schools or (college and college.pk in seen.colleges):
        return college.name if college else "全校"
    return every[0].branch if len(every) == 1 and not context["by_college"] else "所负责的团支部"


def _build_roster_links(college) -> dict[str, str]:
    """Return the addresses of the roster that list the people who are counted."""
    narrowed = {"college": college.pk} if college else {}
    active = {"stage": "member", "state": "active"}
    filters = {
        "missing": active | {"registration": "missing"},
        "reported": active | {"registration": "reported"},
        "activists": {"stage": "activists", "state": "active"},
        "out": {"stage": "member", "state": "out"},
    }
    return {name: f"{reverse('roster')}?{urlencode(narrowed | wanted)}" for name, wanted in filters.items()}


def _render_registration_reminder(context: dict, year: ServiceYear) -> str:
    """Return a text for the secretaries' chat group: organisations and counts, no names of people."""
    figures = {
        "behind": find_behind(context["every"]),
        "year": year,
        "in_time": timezone.localdate() <= year.registration_ends_on,
    }
    return render_to_string("members/registration_reminder.txt", context | figures).strip()


@allow("registration.confirm")
@require_http_methods(["GET", "POST"])
def registration_reports(request):
    people = Member.objects.visible_to(request.user, "registration.confirm")
    form = ReportsForm(request.POST or None, people=list_unverified_reports(people))
    if form.is_valid() and submit_form(form, confirm_reports, user=request.user, **form.for_service):
        messages.success(request, f"已核实 {len(form.for_service['member_ids'])} 人的注册。")
        return redirect(request.get_full_path())
    context = build_list_context(request, REPORTS, above=[("注册进度", reverse("registration"))])
    context |= {"narrow": context["form"], "form": form}
    return render(request, "members/registration_reports.html", context)


@allow("registration.confirm")
@require_http_methods(["GET", "POST"])
def registration_confirm(request, pk: int):
    person = get_person_or_404(request.user, pk, "registration.confirm")
    form = ConfirmForm(request.POST or None, member=person)
    entered = {"user": request.user, "member_id": pk}
    if form.is_valid() and submit_form(form, confirm_registration, **entered, **form.for_service):
        messages.success(request, f"已核实{person.name}的注册。")
        return redirect("member", pk)
    return render(
        request,
        "members/registration_confirm.html",
        {"form": form, "person": person, "above": build_person_breadcrumb(person)},
    )


@allow("registration.confirm")
@require_http_methods(["GET", "POST"])
def registration_revoke(request, pk: int):
    person = get_person_or_404(request.user, pk, "registration.confirm")
    form = RevokeForm(request.POST or None)
    entered = {"user": request.user, "member_id": pk}
    if form.is_valid() and submit_form(form, revoke_registration, **entered, **form.cleaned_data):
        messages.success(request, f"已撤销{person.name}的注册核实。")
        return redirect("member", pk)
    return render(
        request,
        "members/registration_revoke.html",
        {"form": form, "person": person, "above": build_person_breadcrumb(person)},
    )
