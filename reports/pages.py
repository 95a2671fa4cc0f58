"""What the views of this app share: the year of a page, and the address of a page in a year."""

from django.shortcuts import get_object_or_404
from django.urls import reverse

from members.models import ServiceYear


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
