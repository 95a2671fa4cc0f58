"""QuerySets of the tables of `activities`: which rows, for whom.

`visible_to` narrows to the rows a user may see.
"""

from collections.abc import Collection

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from members.models import Member, Spell
from members.permissions import get_scope
from members.queries.as_of import find_place_on

FILES = ("league", "volunteer_beijing")
# Actions on a single record, not on the figures of people.
OF_ONE_RECORD = frozenset({"record.view", "hours.decide"})


class ProjectQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Narrow to the user's school or college.

        A street's liaison sees projects proposed to that street by colleges of the liaison's school.
        """
        seen = get_scope(user, action)
        found = seen.q(school="college__school", college="college")
        if seen.posts:
            found |= seen.q_posts(street="street", school="college__school") & ~Q(state="draft")
        return self.filter(found)

    def search(self, words: str):
        """Keep projects in whose name, college, street or street's district each word occurs."""
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
        """Narrow as for projects.

        A steward who is active at the school sees the activity, a street's liaison only published activities.
        """
        seen = get_scope(user, action)
        found = seen.q(school="project__college__school", college="project__college")
        if seen.posts:
            posts = seen.q_posts(street="street", school="project__college__school")
            found |= posts & ~Q(state="draft")
        if seen.member:
            runs = self._stewardships().filter(member=seen.member, member__state="active")
            found |= Q(pk__in=runs.values("activity"))
        return self.filter(found)

    def _stewardships(self):
        """Return the pairs of activity and steward."""
        return self.model.stewards.through.objects  # type: ignore[attr-defined]  # field of Activity, above this layer

    def offered_to(self, member):
        """Keep published activities of the person's own college, which the person sees on the phone."""
        return self.filter(project__college=member.branch.college_id).exclude(state="draft")

    def shown_to(self, member):
        """Keep published activities that concern a person.

        They are those of the person's college, and those that the person signed up for or runs, whatever college the
        person is in now.
        """
        own = self._signups().filter(member=member)
        runs = self._stewardships().filter(activity=OuterRef("pk"), member=member)
        found = Q(project__college=member.branch.college_id) | Exists(own) | Exists(runs)
        return self.filter(found).exclude(state="draft")

    def with_places(self):
        """Add `taken` and `waiting` to each: people who hold a seat, and people who wait for one."""
        return self.annotate(
            taken=self._count(Q(seat__isnull=False)), waiting=self._count(Q(state="waiting"))
        )

    def with_own(self, member_id: int):
        """Add the person's own sign-up to each activity.

        `own_state`, `own_in` and `own_out` (times of check-in and check-out); None without a sign-up.
        """
        own = self._signups().filter(member=member_id)
        return self.annotate(
            own_state=Subquery(own.values("state")[:1]),
            own_in=Subquery(own.values("checked_in_at")[:1]),
            own_out=Subquery(own.values("checked_out_at")[:1]),
        )

    def search(self, words: str):
        """Keep activities where each word is in the activity's name or place, or in the project's name."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(name__icontains=word) | Q(place__icontains=word) | Q(project__name__icontains=word)
            )
        return found

    def _signups(self):
        """Return the sign-ups of the outer query's activity."""
        signups = self.model.signups  # type: ignore[attr-defined]  # field of Activity, above this layer
        return signups.rel.related_model.objects.filter(activity=OuterRef("pk"))

    def _count(self, condition: Q) -> Coalesce:
        """Count in a subquery: only for rows of the page, not for the whole list before it is cut."""
        counted = self._signups().filter(condition).order_by().values("activity").annotate(n=Count("pk"))
        return Coalesce(Subquery(counted.values("n")), 0)


class SignUpQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Narrow to sign-ups in the user's scope.

        A person sees the own ones; school and college those of all their activities; a steward those of the
        activity; a street's liaison those of one school's activities at the street (names of participants
        only, requirements §1).
        """
        seen = get_scope(user, action)
        found = seen.q(
            school="activity__project__college__school", college="activity__project__college", member="member"
        )
        if seen.posts:
            found |= seen.q_posts(street="activity__street", school="activity__project__college__school")
        return self.filter(found)

    def signed_up(self):
        """Keep sign-ups with a place."""
        return self.filter(state="signed_up")

    def waiting(self):
        """Keep waiting sign-ups, the next person first."""
        return self.filter(state="waiting").order_by("waiting_since", "pk")

    def checked_in(self):
        """Keep sign-ups of people who checked in."""
        return self.filter(checked_in_at__isnull=False)


def build_deciding_q(colleges: Collection[int], *, record: str = "") -> Q:
    """Return the filter of the records on which these colleges decide; `record` leads to the record ("record__").

    Attendance belongs to the college of the activity, a supplement to the person's college of the day of service, and
    a record of a file to the person's college of today: a change of college takes no hours away from those who know
    of them.
    """
    if not colleges:
        return Q(pk__in=[])
    then = Spell.objects.covering(OuterRef(f"{record}served_on")).filter(
        member=OuterRef(f"{record}member"), branch__college__in=colleges
    )
    attended = Q(**{f"{record}activity__project__college__in": colleges})
    supplement = Q(**{f"{record}source": "supplement"}) & Q(Exists(then))
    of_file = Q(**{f"{record}source__in": FILES, f"{record}member__branch__college__in": colleges})
    return attended | supplement | of_file


class RecordQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Narrow to records in the user's scope: by school, college, branch or person.

        The college that decides on a record sees it too, wherever the person is now.
        """
        seen = get_scope(user, action)
        found = seen.q(
            school="school", college="member__branch__college", branch="member__branch", member="member"
        )
        if action in OF_ONE_RECORD:
            found |= build_deciding_q(seen.colleges)
        return self.filter(found)

    def decided_by(self, user, action: str = "hours.decide"):
        """Keep the records on which the user decides: those of the school, or of the colleges that decide."""
        seen = get_scope(user, action)
        return self.filter(seen.q(school="school") | build_deciding_q(seen.colleges))

    def decided_in(self, college: int):
        """Keep the records on which a college decides."""
        return self.filter(build_deciding_q([college]))

    def confirmed(self):
        return self.filter(state="confirmed")

    def pending(self):
        return self.filter(state="pending")

    def from_portal(self):
        """Keep records for which the portal is the ledger: the college decides about them."""
        return self.filter(source__in=["attendance", "supplement"])

    def submitted_until(self, day):
        """Keep records handed in on the local day or before."""
        return self.filter(submitted_at__date__lte=day)

    def served_between(self, first, last):
        """Filter by local date of service, both ends included; never by date of approval."""
        return self.filter(served_on__gte=first, served_on__lte=last)

    def at_street_of(self, pairings, year):
        """Keep service at the street that the person's college of that day was paired with on that day.

        Adds `college_then`, that college. `pairings`: the pairings to look in; those of `year` are asked.
        """
        placed = self.exclude(street=None).annotate(college_then=find_place_on("served_on"))
        paired = pairings.at_street_on(
            college=OuterRef("college_then"),
            street=OuterRef("street"),
            on=OuterRef("served_on"),
            year=year.year,
        )
        return placed.filter(Exists(paired))


class LinkQuerySet(models.QuerySet):
    def by_hand(self):
        """Keep links made by a person; the rule does not change them."""
        return self.filter(linked_by__isnull=False)


class WaitingHoursQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Narrow to the user's scope: the school's rows; for a college its own files and its own people."""
        people = Member.objects.visible_to(user, action).filter(school=OuterRef("school"))
        # by every number that a file may have: the person's student numbers, former ones too
        number = OuterRef("person_no")
        own = people.filter(
            Q(student_no__iexact=number) | Q(numbers__number__iexact=number) | Q(volunteer_no__iexact=number)
        )
        seen = get_scope(user, action).q(school="school", college="import_run__college")
        return self.filter(seen | Q(Exists(own)))

    def waiting(self):
        return self.filter(state="waiting")


class ObjectionQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Narrow to objections in the user's scope: the college that decides on the subject; a person sees the own ones."""
        seen = get_scope(user, action)
        return self.filter(
            seen.q(school="member__school", member="member") | self._build_answering_q(seen.colleges)
        )

    def answered_in(self, college: int):
        """Keep the objections that a college answers."""
        return self.filter(self._build_answering_q([college]))

    @staticmethod
    def _build_answering_q(colleges: Collection[int]) -> Q:
        absence = Q(signup__activity__project__college__in=colleges)
        return absence | build_deciding_q(colleges, record="record__")

    def open(self):
        return self.filter(state="open")

    def with_subjects(self):
        """Load the person, the subject and the person who answered with each objection."""
        return self.select_related("member__branch__college", "record", "signup__activity", "answered_by")

    def open_first(self):
        """Sort open objections first, the oldest first; then the others, the latest first."""
        waits = Case(When(state="open", then=F("raised_at")))
        return self.order_by(waits.asc(nulls_last=True), "-raised_at", "-pk")


class SlipQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Narrow to slips in the user's scope: by school, college, branch or person."""
        return self.filter(
            get_scope(user, action).q(
                school="member__school",
                college="member__branch__college",
                branch="member__branch",
                member="member",
            )
        )


class ChangedTotalQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Narrow to the totals of people in the user's scope: by school, college, branch or person."""
        return self.filter(
            get_scope(user, action).q(
                school="member__school",
                college="member__branch__college",
                branch="member__branch",
                member="member",
            )
        )
