"""QuerySets of the tables of `reports`. `visible_to` narrows the rows to what a user may see."""

from django.db import models
from django.db.models import (
    Case,
    Count,
    DateField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from members.models import Branch, College, Member
from members.models.history import event_rows
from members.permissions import get_scope, may
from members.queries.as_of import find_place_on
from members.spell_querysets import build_scope_then_q, build_year_end
from reports.rules.eligibility import LEVELS

RUNNING = ("open", "outside")
TAKING_PART = Q(grades__taking_part=True)
LIVE = ("nominated", "chosen")


class ExceptionQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Narrow to people who belong to the user's scope today, or belonged to it in the year."""
        now = get_scope(user, action).q(
            school="year__school", college="member__branch__college", branch="member__branch"
        )
        return self.filter(now | build_scope_then_q(user, action, day=build_year_end()))

    def with_places(self):
        """Add `branch_name` and `college_name`: where the person belonged at the end of the year, or belongs now."""
        ended = self.annotate(
            year_end=Func(F("year__year"), 12, 31, function="make_date", output_field=DateField())
        )
        return ended.annotate(
            branch_name=find_place_on("year_end", place="branch__name"),
            college_name=find_place_on("year_end", place="branch__college__name"),
        )

    def asked(self):
        return self.filter(state="asked")

    def in_force(self):
        """Return exceptions that are granted and not revoked."""
        return self.filter(state="granted")

    def open(self):
        """Return exceptions that are requested or in force: a person has at most one in a year."""
        return self.filter(state__in=("asked", "granted"))


class AppraisalQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(
            get_scope(user, action).q(school="year__school", college="branch__college", branch="branch")
        )

    def with_counts(self):
        """Add `sheet`, `taking`, `graded`, `taken`: people on the sheet, taking part, graded, and 优秀."""
        return self.annotate(
            sheet=Count("grades"),
            taking=Count("grades", filter=TAKING_PART),
            graded=Count("grades", filter=TAKING_PART & ~Q(grades__final="")),
            taken=Count("grades", filter=Q(grades__final="excellent")),
        )


class GradeQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(
            get_scope(user, action).q(
                school="appraisal__year__school",
                college="appraisal__branch__college",
                branch="appraisal__branch",
            )
        )

    def in_list_order(self):
        return self.select_related("member").order_by("member__sort_key", "member__student_no")

    def with_version(self):
        """Add `version`, which grows with every change of a row, so that a stale form can be detected."""
        events = event_rows(self.model).filter(pgh_obj=OuterRef("pk")).order_by("-pgh_id")
        return self.annotate(version=Subquery(events.values("pgh_id")[:1]))

    def settled(self):
        """Return grades that a college has approved."""
        return self.filter(appraisal__state="approved", taking_part=True).select_related("appraisal__branch")

    def assessed_elsewhere(self, branch, year):
        """Return grades of this year by another branch whose sheet is submitted or approved."""
        settled = self.filter(appraisal__year=year, taking_part=True).exclude(appraisal__branch=branch)
        return settled.exclude(appraisal__state="draft")


class AdmissionQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(
            get_scope(user, action).q(
                school="member__school", college="member__branch__college", branch="member__branch"
            )
        )

    def running(self):
        """Return undecided tracks: at most one of a person."""
        return self.filter(state__in=RUNNING)

    def latest_first(self):
        return self.order_by("-pk")


class BulletinQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Return the school's issues to everybody who belongs to the school by any role.

        Written as subqueries; joining colleges, branches and members would multiply their rows.
        """
        seen = get_scope(user, action)
        if seen.everything:
            return self.all()
        own = [seen.member] if seen.member else []
        return self.filter(
            Q(school__in=seen.schools)
            | Q(school__in=College.objects.filter(pk__in=seen.colleges).values("school"))
            | Q(school__in=Branch.objects.filter(pk__in=seen.branches).values("college__school"))
            | Q(school__in=Member.objects.filter(pk__in=own).values("school"))
        )

    def regular(self):
        return self.filter(kind="regular")

    def in_force(self):
        """Return one issue per date, oldest first: the last correction if any, else the regular issue."""
        return self.order_by("school_id", "due_on", "-correction_no").distinct("school_id", "due_on")

    def with_figures(self):
        """Load every line and branch: the same number of queries for one college and for thirty."""
        return self.select_related("previous", "corrects", "year").prefetch_related(
            "lines__annex", "corrections"
        )

    def get_latest_of(self, school):
        """Return the issue on the school's public page, or None."""
        return self.filter(school=school).order_by("-due_on", "-correction_no").first()

    def get_first_of(self, year):
        """Return the regular issue of the year's earliest due date, from which numbers count, or None."""
        return self.regular().filter(year=year).order_by("due_on").first()

    def get_issue_before(self, year, as_of, *, original=None):
        """Return the valid issue of the year whose figures are the last before `as_of`, or None.

        By the moment of the figures, not by the due date: so the changes of all issues add up, also if an issue
        is late. Of an issue and its corrections the last correction is valid. `original`: the issue that is being
        corrected, which is not compared with itself.
        """
        found = self.filter(year=year, as_of__lte=as_of).annotate(root=Coalesce("corrects", "pk"))
        if original is not None:
            found = found.filter(Q(as_of__lt=as_of) | Q(root__lt=original.pk)).exclude(root=original.pk)
        return found.order_by("-as_of", "-root", "-correction_no").first()


class ChannelQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(get_scope(user, action).q(school="college__school", college="college"))


class DeliveryQuerySet(models.QuerySet):
    def latest_per_channel(self):
        return self.order_by("channel_id", "-pk").distinct("channel_id")


class OfSchoolQuerySet(models.QuerySet):
    """Weights and results of a school's year, which all offices of the school may read: counts only."""

    def visible_to(self, user, action: str):
        seen = get_scope(user, action)
        if seen.everything:
            return self.all()
        own = College.objects.filter(pk__in=seen.colleges).values("school")
        return self.filter(Q(year__school__in=seen.schools) | Q(year__school__in=own))


class HonourTitleQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Return the titles that the user manages: the school's, and a college's own."""
        return self.filter(get_scope(user, action).q(school="year__school", college="college"))

    def offered_to(self, user, action: str):
        """Return titles that the user's people may be nominated for: the own college's and all of the
        school."""
        seen = get_scope(user, action)
        found = seen.q(school="year__school", college="college", branch="college__branches")
        if user.school_id and (seen.schools or seen.colleges or seen.branches):
            found |= Q(college=None, year__school=user.school_id)
        return self.filter(found).distinct()

    def with_rank(self):
        """Add `rank`: the order of the level, the highest first."""
        levels = [When(level=level, then=Value(rank)) for rank, level in enumerate(reversed(LEVELS))]
        return self.annotate(rank=Case(*levels, output_field=IntegerField()))

    def with_counts(self):
        """Add `nominated` and `chosen`: live nominations, and those with a place that nobody has taken back."""
        return self.annotate(
            nominated=Count("nominations", filter=Q(nominations__state__in=LIVE), distinct=True),
            chosen=Count("nominations", filter=Q(nominations__state="chosen"), distinct=True)
            - Count("nominations", filter=Q(nominations__changes__outcome="taken_back"), distinct=True),
        )


class NominationQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Narrow to branches, and to people who belong to the user's scope today or belonged to it in the year."""
        seen = get_scope(user, action)
        person = seen.q(
            school="title__year__school", college="member__branch__college", branch="member__branch"
        )
        then = build_scope_then_q(user, action, day=build_year_end("title__year__year"))
        return self.filter(person | then | seen.q(college="branch__college", branch="branch"))

    def live(self):
        return self.filter(state__in=LIVE)

    def chosen(self):
        return self.filter(state="chosen")

    def with_taken_back(self):
        """Add `taken_back`: whether the place was taken back after the title was decided."""
        changes = self.model.changes.rel.related_model.objects  # type: ignore[attr-defined]  # of Nomination, above this layer
        return self.annotate(
            taken_back=Exists(changes.filter(nomination=OuterRef("pk"), outcome="taken_back"))
        )

    def won(self):
        """Return nominations with a place that nobody has taken back."""
        return self.chosen().with_taken_back().filter(taken_back=False)

    def with_names(self):
        return self.with_taken_back().select_related(
            "title__year", "title__college", "member__branch__college", "branch__college", "nominated_by"
        )


class ResultChangeQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Narrow to what the user decides: the appraisals that the user approves, and the honours that the user gives."""
        if not may(user, action):
            return self.none()
        appraisals = get_scope(user, "appraisal.approve").q(
            school="appraisal__year__school", college="appraisal__branch__college"
        )
        honours = get_scope(user, "honour.manage").q(
            school="nomination__title__year__school", college="nomination__title__college"
        )
        return self.filter(Q(appraisal__isnull=False) & appraisals | Q(nomination__isnull=False) & honours)

    def open(self):
        return self.filter(outcome="open")

    def of_year(self, year, people=None):
        """Return the changes of a year's results; `people`: ids of the persons, None for all."""
        found = self.filter(Q(appraisal__year=year) | Q(nomination__title__year=year))
        if people is None:
            return found
        return found.filter(Q(member__in=people) | Q(nomination__member__in=people))

    def with_results(self):
        return self.select_related(
            "appraisal__branch__college", "appraisal__year", "member", "nomination__title__year",
            "nomination__title__college", "nomination__member", "nomination__branch", "settled_by",
        )  # fmt: skip
