"""Records of service, narrowed to what a user may see."""

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, When

from members.permissions import scope


class RecordQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(
            scope(user, action).q(
                school="school",
                college="member__branch__college",
                branch="member__branch",
                member="member",
            )
        )

    def confirmed(self):
        return self.filter(state="confirmed")

    def pending(self):
        return self.filter(state="pending")

    def from_portal(self):
        """Of which the portal is the ledger: what the college decides."""
        return self.filter(source__in=["attendance", "supplement"])

    def submitted_until(self, day):
        """Handed in on the local day or before."""
        return self.filter(submitted_at__date__lte=day)

    def served_between(self, first, last):
        """By local date of service, both ends included; never by date of approval."""
        return self.filter(served_on__gte=first, served_on__lte=last)

    def at_street_of(self, pairings, year):
        """Service at the street that the own college was paired with on that day, by these pairings of the year."""
        paired = pairings.served(
            college=OuterRef("member__branch__college"),
            street=OuterRef("street"),
            on=OuterRef("served_on"),
            year=year.year,
        )
        return self.filter(Exists(paired))


class LinkQuerySet(models.QuerySet):
    def by_hand(self):
        """Somebody's word, which the rule leaves alone."""
        return self.filter(linked_by__isnull=False)


class ObjectionQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(
            scope(user, action).q(school="member__school", college="member__branch__college", member="member")
        )

    def open(self):
        return self.filter(state="open")

    def open_first(self):
        """Those that wait, the oldest first; then the rest, the latest first."""
        waits = Case(When(state="open", then=F("raised_at")))
        return self.order_by(waits.asc(nulls_last=True), "-raised_at", "-pk")


class SlipQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(
            scope(user, action).q(
                school="member__school",
                college="member__branch__college",
                branch="member__branch",
                member="member",
            )
        )
