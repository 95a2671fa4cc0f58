"""What the views of this app share: the year of a page, and objects by their key or 404."""

from django.shortcuts import get_object_or_404
from django.urls import reverse

from members.models import Member, ServiceYear
from reports.models import Admission, Appraisal
from reports.queries.admission import followed, with_tracks
from reports.services.admission import reported


def parse_year(text: str | None) -> int | None:
    """A year of four digits, as an address holds it; None where it is something else."""
    return int(text) if text and text.isdecimal() and len(text) == 4 else None


def find_year(school, text: str | None) -> ServiceYear | None:
    """The school's year that the address names; without one, or where there is no such year, that of today."""
    return ServiceYear.objects.chosen(school, parse_year(text))


def get_acting_year(request, school) -> ServiceYear | None:
    """The year that a form was opened for: its own field says so, before that its address, else it is that of today.

    Nothing is written into another year than the one on the page, also where the years have turned meanwhile.
    """
    asked = request.POST.get("year") or request.GET.get("year")
    if not asked:
        return ServiceYear.objects.current(school)
    return get_object_or_404(ServiceYear, school=school, year=parse_year(asked))


def link_in_year(name: str, year: ServiceYear, *args) -> str:
    """The address of a page that shows a year."""
    return f"{reverse(name, args=args)}?year={year.year}"


def get_applicant_or_404(user, pk: int, action: str) -> Member:
    """Somebody on the way into the League, or who came this way, with `track` and `report`."""
    tracks = Admission.objects.select_related("admitted_by")
    people = followed(Member.objects.visible_to(user, action), tracks)
    people = with_tracks(people.select_related("branch__college__school", "school"), tracks)
    return reported([get_object_or_404(people, pk=pk)])[0]


def get_appraisal_or_404(user, pk: int, action: str) -> Appraisal:
    seen = Appraisal.objects.visible_to(user, action)
    related = seen.select_related("branch__college", "year", "submitted_by", "approved_by")
    return get_object_or_404(related, pk=pk)
