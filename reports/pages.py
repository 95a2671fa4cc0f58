"""Helpers shared by the views: the year of a page, objects by their key or 404, the page of a title."""

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from members.models import Member, School, ServiceYear
from members.pages import build_list_context
from members.permissions import may
from members.queries.as_of import get_day_of
from reports.listings.honours import NOMINATIONS
from reports.models import Appraisal, HonourTitle
from reports.queries.admission import add_reports, filter_followed, prefetch_tracks
from reports.queries.honours import list_nominees

if TYPE_CHECKING:
    from reports.queries.admission import ReportedMember


def parse_year(text: str | None) -> int | None:
    """Return the year of four digits in an address; None for any other text."""
    return int(text) if text and text.isdecimal() and len(text) == 4 else None


def find_year(school, text: str | None) -> ServiceYear | None:
    """Return the school's year that the address names; today's year if it names none or an unknown one."""
    return ServiceYear.objects.get_or_current(school, parse_year(text))


def get_acting_year(request, school) -> ServiceYear | None:
    """Return the year that a form was opened for: its field `year`, else that of the address, else today's.

    A form never writes into another year than the one on the page, even if the year has changed meanwhile.
    404 for a year that does not exist.
    """
    asked = request.POST.get("year") or request.GET.get("year")
    if not asked:
        return ServiceYear.objects.current(school)
    return get_object_or_404(ServiceYear, school=school, year=parse_year(asked))


def link_in_year(name: str, year: ServiceYear, *args) -> str:
    """Return the address of a page that shows the year."""
    return f"{reverse(name, args=args)}?year={year.year}"


def get_school_of_person_or_404(pk: int) -> School:
    """Return the school of a person, to choose the year in which the person is shown."""
    return get_object_or_404(School, members=pk)


def get_judged_person_or_404(user, pk: int, year: ServiceYear | None, action: str) -> Member:
    """Return a person whom the user may see in the figures of the year (None: today), or 404."""
    people = Member.objects.visible_on(user, action, get_day_of(year) if year else None)
    return get_object_or_404(people.select_related("branch__college", "school"), pk=pk)


def get_applicant_or_404(user, pk: int, action: str) -> "ReportedMember":
    """Return a person who is or was on the way into the League, with `track` and `report`, or 404."""
    people = filter_followed(Member.objects.visible_to(user, action))
    people = prefetch_tracks(people.select_related("branch__college__school", "school"))
    return add_reports([get_object_or_404(people, pk=pk)])[0]


def get_appraisal_or_404(user, pk: int, action: str) -> Appraisal:
    seen = Appraisal.objects.visible_to(user, action)
    related = seen.select_related("branch__college", "year", "submitted_by", "approved_by")
    return get_object_or_404(related, pk=pk)


def get_title_or_404(user, pk: int, action: str) -> HonourTitle:
    """Return a title that the user manages (honour.manage) or may nominate people of the own scope for."""
    titles = HonourTitle.objects.select_related("year__school", "college", "decided_by")
    own = action == "honour.manage"
    return get_object_or_404(
        titles.visible_to(user, action) if own else titles.offered_to(user, action), pk=pk
    )


def build_title_breadcrumb(title: HonourTitle) -> list[tuple[str, str]]:
    return [("荣誉", link_in_year("honours", title.year)), (title.name, title.get_absolute_url())]


def render_title(request, pk: int, errors: list[str] | None = None) -> HttpResponse:
    """Render a title with its nominations, also after a refused step: `errors` say why."""
    context = build_list_context(request, NOMINATIONS, given={"honour": pk})
    rows = context["list"].rows
    if (title := context["form"].of_title) is None:
        raise Http404
    context |= {
        "honour": title,
        "chosen": title.nominations.won().count(),
        "barred_now": sum(1 for row in rows if row.barred and row.nomination.is_live),
        "managed": HonourTitle.objects.visible_to(request.user, "honour.manage").filter(pk=pk).exists(),
        "may_nominate": title.state == "open" and list_nominees(request.user, title).exists(),
        "may_export": may(request.user, "honour.export"),
        "errors": errors,
        "above": build_title_breadcrumb(title)[:1],
    }
    return render(request, "reports/honour.html", context)
