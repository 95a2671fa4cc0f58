"""QuerySets of the tables of `members`: which rows, for whom. `visible_to` narrows to what a user may see."""

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Replace
from django.utils import timezone

from members.permissions import may, scope

# Who counts towards the rate (requirements §3): League members of the branch that are here.
COUNTED = Q(stage="member", state="active")
# 二(一): activists and candidates are a population of their own, with a goal of 100 %.
ACTIVISTS = Q(stage__in=("activist", "candidate"), state="active")
REGISTERED = Q(registered_on__isnull=False)


class SchoolQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        seen = scope(user, action)
        return self.filter(
            seen.q(school="pk", college="colleges", branch="colleges__branches", member="members")
        ).distinct()


class CollegeQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(scope(user, action).q(school="school", college="pk"))


class BranchQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(scope(user, action).q(school="college__school", college="college", branch="pk"))


class StreetQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Streets are the city's: whoever has the action sees all of them, a liaison only the own one."""
        seen = scope(user, action)
        if seen.everything or seen.schools or seen.colleges:
            return self.all()
        return self.filter(pk__in=seen.streets)


class MemberQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(
            scope(user, action).q(school="school", college="branch__college", branch="branch", member="pk")
        )

    def counted(self):
        return self.filter(COUNTED)

    def activists(self):
        return self.filter(ACTIVISTS)

    def registered(self):
        return self.filter(REGISTERED)

    def missing(self):
        """Counted members without a verified registration."""
        return self.filter(COUNTED, registered_on__isnull=True)

    def absent_from(self, run):
        """Active people of the colleges that a roster names, whom the roster lacks.

        A roster bound to a college says nothing of others, though rows of others may stand in it.
        """
        # Asked by itself, so that few colleges stand in the query and not 50,000 rows that are new to the planner.
        named = (
            run.rows.filter(college_id__isnull=False)
            .order_by()
            .values_list("college_id", flat=True)
            .distinct()
        )
        colleges = [run.college_id] if run.college_id else list(named)
        people = self.filter(school=run.school_id, state="active", branch__college__in=colleges)
        # NOT EXISTS is an anti-join; NOT IN would look through the file once a person (50,000 rows: 22 s).
        return people.filter(~Exists(run.rows.filter(key=OuterRef("student_no"))))

    def in_list_order(self):
        return self.select_related("branch__college").order_by(
            F("branch__college__name"), F("branch__name"), F("sort_key"), F("student_no")
        )

    def search(self, words: str):
        """Name, pinyin ("zhang wei", "zhangwei", "zw") or number: every word must be found."""
        found = self.alias(pinyin=Replace("sort_key", Value(" "), Value("")))
        for word in words.split():
            found = found.filter(
                Q(name__icontains=word)
                | Q(pinyin__contains=word.lower())
                | _initials(word)
                | Q(student_no__startswith=word)
                | Q(volunteer_no=word)
            )
        return found


def _initials(word: str) -> Q:
    """ "zw" finds zhang wei. Letters only, so that nothing typed can be a pattern of its own."""
    if not (word.isascii() and word.isalpha() and 2 <= len(word) <= 6):
        return Q(pk__in=[])
    return Q(sort_key__regex="^" + " ".join(f"{letter}[a-z]*" for letter in word.lower()))


class VolunteerRecordQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(scope(user, action).q(school="school", college="college"))

    def unclear(self):
        return self.filter(state="unclear")


class ServiceYearQuerySet(models.QuerySet):
    def current(self, school, *, today=None):
        """The school's year that contains the local day; where there is none, the latest one opened; or None."""
        year = (today or timezone.localdate()).year
        first = Case(When(year=year, then=Value(0)), default=Value(1))
        return self.filter(school=school).order_by(first, "-year").first()

    def chosen(self, school, number: int | None):
        """The school's year of this number; without one, or where there is no such year, that of today."""
        asked = self.filter(school=school, year=number).first() if number else None
        return asked or self.current(school)

    def visible_to(self, user, action: str):
        return self.filter(scope(user, action).q(school="school", college="school__colleges")).distinct()


class ImportRunQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """A secretary sees the runs of the own college; the school sees all of its own."""
        return self.filter(scope(user, action).q(school="school", college="college"))


class GrantQuerySet(models.QuerySet):
    def active_on(self, today):
        """Grants in force on a local date; both ends belong to the term."""
        return self.filter(Q(starts_on__lte=today) & (Q(ends_on__isnull=True) | Q(ends_on__gte=today)))


class ExportJobQuerySet(models.QuerySet):
    """Exports made by a worker."""

    def visible_to(self, user, action: str):
        """Everybody sees the own ones only."""
        return self.filter(user=user) if may(user, action) else self.none()

    def at_work(self):
        return self.filter(state__in=self.model.OPEN)

    def like(self, *, kind: str, filters: dict):
        """Of the same list, narrowed and sorted the same."""
        return self.filter(kind=kind, filters=filters)


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Everybody reads the own ones only."""
        return self.filter(user=user) if may(user, action) else self.none()

    def unread(self):
        return self.filter(read_at=None)

    def narrow(self, state: str):
        """Those in this state: unread or read; all where it is empty."""
        match state:
            case "unread":
                return self.unread()
            case "read":
                return self.exclude(read_at=None)
        return self
