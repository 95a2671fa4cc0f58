"""评优资格: people who may be 优秀 or nominated, people at risk, and each person's verdict with its reasons."""

from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.models import Member, ServiceYear
from members.pages import build_list_context
from members.permissions import allow, may
from members.queries.as_of import get_day_of
from reports.listings.verdicts import ELIGIBILITY, ELIGIBILITY_BRANCHES
from reports.models import AppraisalGrade, ExcellentException, Nomination
from reports.pages import (
    find_year,
    get_judged_person_or_404,
    get_school_of_person_or_404,
    link_in_year,
)
from reports.queries.eligibility import JudgedMember, get_year_span, judge_person
from reports.queries.standings import Tally, count_standings


@allow("eligibility.view")
@require_safe
def eligibility(request):
    context = build_list_context(request, ELIGIBILITY)
    form = context["form"]
    if (year := form.of_year) is None:
        return render(request, "members/year_none.html")
    total = count_standings(form.judged, group=_choose_group(request.user, form.wanted))
    seen = ExcellentException.objects.visible_to(request.user, "eligibility.view")
    context |= {
        "year": year,
        "total": total,
        "reminder": write_reminder(total, year),
        "asked": seen.asked().filter(year=year).count(),
        "may_export": may(request.user, "eligibility.export"),
        "filters": _drop_standing(request),
    }
    return render(request, "reports/eligibility.html", context)


def _choose_group(user, wanted: dict):
    """Group by college if the people may belong to several, otherwise by branch."""
    one_college = wanted.get("college") or wanted.get("branch") or not may(user, "overview.view")
    return (lambda row: row.branch) if one_college else (lambda row: row.college)


def _drop_standing(request) -> str:
    """Return the address's filters without standing, page and sort, for the links of the figures."""
    query = request.GET.copy()
    for name in ("standing", "page", "sort"):
        query.pop(name, None)
    return query.urlencode()


def write_reminder(total: Tally, year: ServiceYear) -> str:
    """催办文案: write a reminder with counts only, and with the days left of the year."""
    last = get_year_span(year)[1]
    left = (last - timezone.localdate()).days
    context = {"total": total, "year": year, "last": last, "days_left": left if 0 <= left < 366 else None}
    return render_to_string("reports/eligibility_reminder.txt", context).strip()


@allow("eligibility.view")
@require_safe
def eligibility_member(request, pk: int):
    year = find_year(get_school_of_person_or_404(pk), request.GET.get("year"))
    person = get_judged_person_or_404(request.user, pk, year, "eligibility.view")
    if year is None:
        return render(request, "members/year_none.html")
    judged = judge_person(person, year)
    seen = ExcellentException.objects.visible_to(request.user, "eligibility.view")
    context = {
        "person": person,
        "year": year,
        "judged": judged,
        "verdict": judged.verdict,
        "open_today": Member.objects.visible_to(request.user, "member.view").filter(pk=pk).exists(),
        "exceptions": seen.filter(member=person, year=year),
        "grade": AppraisalGrade.objects.settled().filter(member=person, appraisal__year=year).first(),
        "nominations": _list_nominations(request.user, person, year),
        "may_ask": _may_ask_exception(request.user, judged, year),
        "above": [("评优资格", link_in_year("eligibility", year))],
    }
    return render(request, "reports/eligibility_member.html", context)


def _list_nominations(user, person: Member, year: ServiceYear):
    """Return the honours of the year for which this person was nominated."""
    seen = Nomination.objects.visible_to(user, "honour.view")
    return seen.filter(member=person, title__year=year).select_related("title")


def _may_ask_exception(user, judged: JudgedMember, year: ServiceYear) -> bool:
    needed = judged.verdict.excellent is False and judged.exception_id is None
    seen = Member.objects.visible_on(user, "exception.ask", get_day_of(year))
    return needed and seen.filter(pk=judged.pk).exists()


@allow("eligibility.view")
@require_safe
def eligibility_branches(request):
    context = build_list_context(request, ELIGIBILITY_BRANCHES)
    if (year := context["form"].of_year) is None:
        return render(request, "members/year_none.html")
    context |= {
        "year": year,
        "may_export": may(request.user, "eligibility.export"),
        "above": [("评优资格", link_in_year("eligibility", year))],
    }
    return render(request, "reports/eligibility_branches.html", context)
