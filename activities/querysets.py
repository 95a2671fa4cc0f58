"""QuerySets of the tables of `activities`: which rows, for whom. `visible_to` narrows to what a user may see."""

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from members.permissions import scope


class ProjectQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """The school's and the college's own; a street's liaison what has been proposed to that street."""
        seen = scope(user, action)
        found = seen.q(school="college__school", college="college")
        if seen.streets:
            found |= Q(street__in=seen.streets) & ~Q(state="draft")
        return self.filter(found)

    def search(self, words: str):
        """Every word is found in the names of project, college or street."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(name__icontains=word)
                | Q(college__name__icontains=word)
                | Q(street__name__icontains=word)
                | Q(street__district__icontains=word)
            )
        return found


class ActivityQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """As projects; a person where named as steward; a street's liaison only what is published."""
        seen = scope(user, action)
        found = seen.q(school="project__college__school", college="project__college")
        if seen.streets:
            found |= Q(street__in=seen.streets) & ~Q(state="draft")
        if seen.member:
            found |= Q(
                pk__in=self.model.stewards.through.objects.filter(member=seen.member).values("activity")
            )
        return self.filter(found)

    def offered_to(self, member):
        """What a person sees on the phone: published activities of the own college."""
        return self.filter(project__college=member.branch.college_id).exclude(state="draft")

    def with_places(self):
        """`taken` and `waiting` of each: how many hold a seat, and how many wait for one."""
        return self.annotate(
            taken=self._count(Q(seat__isnull=False)), waiting=self._count(Q(state="waiting"))
        )

    def with_own(self, member_id: int):
        """`own_state`, `own_in` and `own_out` (times of check-in and check-out) of the person's sign-up, or None."""
        own = self._signups().filter(member=member_id)
        return self.annotate(
            own_state=Subquery(own.values("state")[:1]),
            own_in=Subquery(own.values("checked_in_at")[:1]),
            own_out=Subquery(own.values("checked_out_at")[:1]),
        )

    def search(self, words: str):
        """Every word is found in the activity's name or place, or in the project's name."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(name__icontains=word) | Q(place__icontains=word) | Q(project__name__icontains=word)
            )
        return found

    def _signups(self):
        """Sign-ups of the outer query's activity."""
        return self.model.signups.rel.related_model.objects.filter(activity=OuterRef("pk"))

    def _count(self, condition: Q) -> Coalesce:
        """A subquery, so that rows of the page are counted and not the whole list before it is cut."""
        counted = self._signups().filter(condition).order_by().values("activity").annotate(n=Count("pk"))
        return Coalesce(Subquery(counted.values("n")), 0)


class SignUpQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """The person's own; the school and college all of their activities; a steward those of the activity; a
        street's liaison those of activities at the street (names of participants only, requirements §1)."""
        seen = scope(user, action)
        found = seen.q(
            school="activity__project__college__school", college="activity__project__college", member="member"
        )
        if seen.streets:
            found |= Q(activity__street__in=seen.streets)
        return self.filter(found)

    def coming(self):
        return self.filter(state="signed_up")

    def waiting(self):
        """Whose turn it is first."""
        return self.filter(state="waiting").order_by("waiting_since", "pk")

    def came(self):
        return self.filter(checked_in_at__isnull=False)


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

    def with_subjects(self):
        """With whose it is, what it is about and who has answered it."""
        return self.select_related("member__branch__college", "record", "signup__activity", "answered_by")

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
