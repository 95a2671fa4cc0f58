"""QuerySets of the tables of `members`.

`visible_to(user, action)` keeps the rows on which a user may do an action.
"""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Replace, Upper
from django.utils import timezone

from members.permissions import OWN_ROLES, Role, get_scope, may
from members.sheets.cells import tidy_number
from members.spell_querysets import build_scope_then_q
from members.unit_names import make_branch_key, make_college_key

# People who count in the rate (requirements §3): League members of the branch in state `active`.
COUNTED = Q(stage="member", state="active")
# 二(一): activists and candidates are a population of their own, with a goal of 100 %.
ACTIVISTS = Q(stage__in=("activist", "candidate"), state="active")
# Verified registrations; their date may be unknown (`registered_on` is empty then).
REGISTERED = Q(counts_from__isnull=False)
# States of people who are no longer at the school; on leave, abroad or in the army they still belong to it.
LEFT_STATES = ("transferred", "graduated")


class SchoolQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        seen = get_scope(user, action)
        return self.filter(
            seen.q(school="pk", college="colleges", branch="colleges__branches", member="members")
        ).distinct()


class CollegeQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(get_scope(user, action).q(school="school", college="pk"))

    def named(self, name: str, school):
        """Return the school's college of this name; without one, the college whose name means the same unit."""
        found = self.filter(school=school)
        exact = found.filter(name=name)
        return exact if exact else found.filter(name_key=make_college_key(name, school.name), twin=False)


class BranchQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(
            get_scope(user, action).q(school="college__school", college="college", branch="pk")
        )

    def named(self, name: str, school, college: str | None = None):
        """Return the school's branches of this name, in a college of this name if one is told; without any, those
        whose name means the same unit.
        """
        found = self.filter(college__school=school)
        if college:
            key = make_college_key(college, school.name)
            same_name = found.filter(college__name=college)
            found = same_name if same_name else found.filter(college__name_key=key, college__twin=False)
        exact = found.filter(name=name)
        if exact:
            return exact
        return found.filter(name_key=make_branch_key(name, college or "", school.name), twin=False)


class StreetQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Return all streets of the city, because no school owns them; a liaison sees only the streets of own posts."""
        seen = get_scope(user, action)
        if seen.everything or seen.schools or seen.colleges:
            return self.all()
        return self.filter(pk__in={street for street, _ in seen.posts})


class MemberQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(
            get_scope(user, action).q(
                school="school", college="branch__college", branch="branch", member="pk"
            )
        )

    def in_scope_on(self, user, action: str, day):
        """Return the people who belonged to the user's scope on a past day; None: who belong to it today.

        These are the people behind a figure of that day, so a list of them adds up to it.
        """
        if day is None:
            return self.visible_to(user, action)
        return self.filter(build_scope_then_q(user, action, day=day, member="pk", school="school"))

    def visible_on(self, user, action: str, day):
        """Return the people whom the user may see in the figures of a past day: those of today and of then."""
        if day is None:
            return self.visible_to(user, action)
        then = build_scope_then_q(user, action, day=day, member="pk", school="school")
        return self.filter(Q(pk__in=MemberQuerySet(self.model).visible_to(user, action).values("pk")) | then)

    def counted(self):
        """Return the people who count in the rate: active League members (requirements §3)."""
        return self.filter(COUNTED)

    def activists(self):
        """Return the active 入团积极分子 and 发展对象, who have a goal of 100 % of their own (二(一))."""
        return self.filter(ACTIVISTS)

    def registered(self):
        """Return the people with a verified registration as volunteer."""
        return self.filter(REGISTERED)

    def missing(self):
        """Return the counted members without a verified registration."""
        return self.filter(COUNTED, ~REGISTERED)

    def absent_from(self, run):
        """Return the active people of a roster's colleges who are missing from the roster.

        The colleges are those that the roster names. A roster bound to one college says nothing about other
        colleges, even if it has rows of them.
        """
        # A query of its own gives a few college ids; the planner has no statistics yet on the 50,000 new
        # rows.
        named = (
            run.rows.filter(college_id__isnull=False)
            .order_by()
            .values_list("college_id", flat=True)
            .distinct()
        )
        colleges = [run.college_id] if run.college_id else list(named)
        people = self.filter(school=run.school_id, state="active", branch__college__in=colleges)
        # NOT EXISTS is an anti-join; NOT IN would scan the file once for each person (50,000 rows: 22 s).
        # Somebody whose number has changed is in the roster under another one.
        return people.filter(
            ~Exists(run.rows.filter(key=Upper(OuterRef("student_no")))),
            ~Exists(run.rows.filter(target=OuterRef("pk"))),
        )

    def in_list_order(self):
        """Order by college, branch, pinyin of the name, student number."""
        return self.select_related("branch__college").order_by(
            F("branch__college__name"), F("branch__name"), F("sort_key"), F("student_no")
        )

    def of_number(self, number: str):
        """Return the people who have this student number now, or had it formerly; case and width do not matter."""
        number = tidy_number(number)
        return self.filter(
            Q(student_no__iexact=number) | Q(Exists(self._match_numbers(number__iexact=number)))
        )

    def with_number_first(self, number: str):
        """Order `of_number`'s people: who has the number now as it is written, then in any case, then formerly."""
        number = tidy_number(number)
        now = Case(When(student_no=number, then=0), When(student_no__iexact=number, then=1), default=2)
        return self.order_by(now, "pk")

    def find_by_number(self, number: str):
        """Return the person with this student number, now or formerly; None if it is nobody's, or could be two people's.

        Numbers that differ only in case may be of two people from before they were compared without it: each is
        found by the own spelling, and a third spelling is nobody's.
        """
        return pick_by_number(list(self.of_number(number).with_number_first(number)[:3]), number)

    def _match_numbers(self, **wanted):
        numbers = self.model._meta.get_field("numbers").related_model.objects  # type: ignore[union-attr]
        return numbers.filter(member=OuterRef("pk"), **wanted)

    def search(self, words: str):
        """Return the people who match every word, by name, pinyin ("zhang wei", "zhangwei", "zw") or number."""
        found = self.alias(pinyin=Replace("sort_key", Value(" "), Value("")))
        for word in words.split():
            found = found.filter(
                Q(name__icontains=word)
                | Q(pinyin__contains=word.lower())
                | _match_initials(word)
                | Q(student_no__istartswith=tidy_number(word))
                | Q(Exists(self._match_numbers(number__istartswith=tidy_number(word))))
                | Q(volunteer_no__iexact=tidy_number(word))
            )
        return found


def pick_by_number(people: Sequence, number: str):
    """Return the person whom a number means among all who have or had it; None where that is nobody, or unclear."""
    number = tidy_number(number)
    for fits in (
        lambda person: person.student_no == number,
        lambda person: person.student_no.upper() == number.upper(),
        lambda person: True,
    ):
        if found := [person for person in people if fits(person)]:
            return found[0] if len(found) == 1 else None
    return None


def _match_initials(word: str) -> Q:
    """Return a filter by initials: "zw" finds zhang wei.

    Only letters are taken, so no input becomes a regex.
    """
    if not (word.isascii() and word.isalpha() and 2 <= len(word) <= 6):
        return Q(pk__in=[])
    return Q(sort_key__regex="^" + " ".join(f"{letter}[a-z]*" for letter in word.lower()))


class VolunteerRecordQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(get_scope(user, action).q(school="school", college="college"))

    def unclear(self):
        """Return the records that wait in 待认领."""
        return self.filter(state="unclear")


class ServiceYearQuerySet(models.QuerySet):
    def current(self, school, *, today=None):
        """Return the school's year that contains `today` (a local date); else its latest year; else None."""
        year = (today or timezone.localdate()).year
        first = Case(When(year=year, then=Value(0)), default=Value(1))
        return self.filter(school=school).order_by(first, "-year").first()

    def get_or_current(self, school, number: int | None):
        """Return the school's year with this number; without a number or such a year, the current year."""
        asked = self.filter(school=school, year=number).first() if number else None
        return asked or self.current(school)

    def visible_to(self, user, action: str):
        return self.filter(get_scope(user, action).q(school="school", college="school__colleges")).distinct()


MAX_ATTEMPTS = 2  # a job that ends its worker so often is not tried again


class ImportRunQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """A secretary sees the imports of their own college; the school sees all its imports."""
        return self.filter(get_scope(user, action).q(school="school", college="college"))

    def parked_since(self, moment):
        """Return the imports that were started once more after they had ended their worker MAX_ATTEMPTS times."""
        return self.filter(state="failed", attempts__gt=MAX_ATTEMPTS, updated_at__gte=moment)


class ExportJobQuerySet(models.QuerySet):
    """Exports that a Celery worker makes."""

    def visible_to(self, user, action: str):
        """A user sees only their own exports."""
        return self.filter(user=user) if may(user, action) else self.none()

    def unfinished(self):
        """Return the exports that are waiting or running."""
        return self.filter(state__in=self.model.OPEN)  # type: ignore[attr-defined]  # of ExportJob, above this layer

    def like(self, *, kind: str, filters: dict):
        """Return the exports of the same list with the same filters and sort order."""
        return self.filter(kind=kind, filters=filters)


class MessageQuerySet(models.QuerySet):
    """Messages. After `visible_to` the rows are read with the eyes of one user, the reader."""

    reader: Any = None

    def _clone(self):
        clone = super()._clone()  # type: ignore[misc]  # Django's own hook
        clone.reader = self.reader
        return clone

    def visible_to(self, user, action: str):
        """Return the user's own messages and those of the offices that the user holds today."""
        if user.pk is None or not may(user, action):
            return self.none()
        found = Q(user=user)
        for grant in _list_offices(user):
            found |= _build_office_q(grant)
        seen = self.filter(found)
        seen.reader = user
        return seen

    def unread(self):
        """Return the messages that the reader has not read."""
        return self.filter(self._build_unread_q())

    def with_reading(self):
        """Annotate `is_read`: whether the reader has read the message."""
        return self.annotate(is_read=Case(When(self._build_unread_q(), then=False), default=True))

    def narrow(self, state: str):
        """Return the messages in this state (unread or read), or all for an empty state."""
        match state:
            case "unread":
                return self.unread()
            case "read":
                return self.with_reading().filter(is_read=True)
        return self

    def _build_unread_q(self) -> Q:
        """Return the filter of what the reader has not read.

        What the office has read before the reader's term began is done: a successor finds unread what nobody
        had read.
        """
        if self.reader is None:
            return Q(user__isnull=False, read_at=None)
        unread = Q(user=self.reader, read_at=None)
        readings = self.model._meta.get_field("readings").related_model.objects.filter(message=OuterRef("pk"))  # type: ignore[union-attr]
        for grant in _list_offices(self.reader):
            begins = timezone.make_aware(datetime.combine(grant.starts_on, time.min))
            read = Exists(readings.filter(Q(user=self.reader) | Q(read_at__lt=begins)))
            unread |= _build_office_q(grant) & Q(~read)
        return unread


def _list_offices(user) -> list:
    """Return the roles that the user holds today on a place; being a person of the roster is no office."""
    return [grant for grant in user.active_grants if grant.role not in OWN_ROLES]


def _build_office_q(grant) -> Q:
    """Return the filter of the messages to the office of this grant.

    A liaison's message may name no school: then it is for the liaisons of every school.
    """
    found = Q(
        user=None,
        role=grant.role,
        street=grant.street_id,
        college=grant.college_id,
        branch=grant.branch_id,
    )
    if grant.role != Role.LIAISON:
        return found & Q(school=grant.school_id)
    return found & (Q(school=grant.school_id) | Q(school=None))
