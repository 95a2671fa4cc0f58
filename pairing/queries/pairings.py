"""Pairings, and how many places a street has left."""

from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce, TruncDate

from members.permissions import scope


class PairingQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """The school's and the college's own; a street's liaison sees those of the street."""
        seen = scope(user, action)
        found = seen.q(school="year__school", college="college")
        if seen.streets:
            found |= Q(street__in=seen.streets)
        return self.filter(found)

    def active(self):
        return self.filter(state="active")

    def of_year(self, year):
        """Those of a school's year: made in it, or carried into it (三(五))."""
        carried = Q(calendar_year__lt=year.year, carried_to__gte=year.year)
        return self.filter(Q(year=year.pk) | carried & Q(year__school=year.school_id))

    def held_in(self, first: int, last: int | None = None):
        """Those of every school that hold a place at their street in any of these calendar years."""
        held_to = Coalesce("carried_to", "calendar_year")
        return self.alias(held_to=held_to).filter(calendar_year__lte=last or first, held_to__gte=first)

    def overdue(self, today):
        """三(三)1: active pairings without the offline part after 24:00 of the due date."""
        return self.active().filter(offline_on=None, due_on__lt=today)

    def pending(self, today):
        """Active pairings whose offline part is still to come, in time."""
        return self.active().filter(offline_on=None, due_on__gte=today)

    def over_full(self):
        """Active pairings at a street that is above the city's cap: they stay, and it is an alarm (三(三))."""
        last = Coalesce(OuterRef("carried_to"), OuterRef("calendar_year"))
        there = self.model.objects.active().held_in(last).filter(street=OuterRef("street"))
        ours = Subquery(there.order_by().values("street").annotate(ours=Count("pk")).values("ours"))
        cap = Case(When(street__kind="urban", then="year__urban_cap"), default="year__suburban_cap")
        return (
            self.active()
            .alias(allowed=cap, ours=ours)
            .filter(allowed__lt=F("ours") + F("street__taken_elsewhere"))
        )

    def confirmed(self):
        return self.active().exclude(offline_on=None)

    def search(self, words: str):
        """Every word is found in the name of college or street, or in the district."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(college__name__icontains=word)
                | Q(street__name__icontains=word)
                | Q(street__district__icontains=word)
            )
        return found

    def served(self, *, college, street, on, year: int):
        """From the history of these pairings, for Exists: the street that the college had, not yet left on that day.

        A street is left by a move or a release. The beginning of a pairing does not matter: who served at the street
        in the year before the hall opened has served at it. To where it moves in a later year, into which it was
        carried, is no matter of this `year`.
        """
        history = self.model.pgh_event_model.objects
        elsewhere = history.filter(pgh_obj=OuterRef("pgh_obj"), pgh_id__gt=OuterRef("pgh_id"))
        moves = elsewhere.exclude(street=OuterRef("street")).order_by("pgh_id")
        own = Q(carried_to=None) | Q(carried_to__lte=year)
        stays = history.filter(own, pgh_obj__in=self.values("pk"), college=college, street=street)
        return stays.alias(moved_on=Subquery(moves.values(day=TruncDate("pgh_created_at"))[:1])).filter(
            Q(moved_on=None) | Q(moved_on__gte=on),
            Q(pgh_obj__ended_at=None) | Q(pgh_obj__ended_at__date__gte=on),
        )

    def places_taken(self, *, calendar_year: int, street_id: int, until: int | None = None) -> set[int]:
        """Numbers of a street's places that pairings of every school hold in that year, or in any `until` another."""
        held = self.active().held_in(calendar_year, until).filter(street=street_id)
        return set(held.values_list("place", flat=True))
