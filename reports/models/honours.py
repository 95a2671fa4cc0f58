"""Honours of a year: a title with its places, and its nominations with their verdicts.

The verdict by 二(二) and 四.3 is kept twice: at nomination, and when a place was given. Once a title is decided,
the database refuses every change to it and to its nominations.
"""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from members.models import Branch, College, Member, ServiceYear
from members.models.history import build_truncate_trigger, track_history
from members.models.one_school import build_one_school_triggers
from members.models.years import HonourLevel
from reports.querysets import HonourTitleQuerySet, NominationQuerySet


@track_history()
class HonourTitle(models.Model):
    """An honour for persons, for branches, or 推优入党, which is a list of 校级 with the same verdicts."""

    class Kind(models.TextChoices):
        PERSON = "person", "个人"
        BRANCH = "branch", "团支部"
        PARTY = "party", "推优入党"

    class Nominator(models.TextChoices):
        COLLEGE = "college", "学院"
        BRANCH = "branch", "团支部或学院"

    class State(models.TextChoices):
        OPEN = "open", "申报中"
        ANNOUNCED = "announced", "公示"
        DECIDED = "decided", "已确定"

    year = models.ForeignKey(ServiceYear, models.PROTECT, related_name="honours", verbose_name="年度")
    college = models.ForeignKey(
        College, models.PROTECT, null=True, blank=True, related_name="honours", verbose_name="学院"
    )
    level = models.CharField("级别", max_length=10, choices=HonourLevel.choices)
    kind = models.CharField("对象", max_length=10, choices=Kind.choices, default=Kind.PERSON)
    name = models.CharField("荣誉名称", max_length=60)
    places = models.PositiveSmallIntegerField("名额")
    nominated_by = models.CharField(
        "申报单位", max_length=10, choices=Nominator.choices, default=Nominator.BRANCH
    )
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OPEN)
    announced_at = models.DateTimeField("公示时间", null=True, blank=True)
    decided_at = models.DateTimeField("确定时间", null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = HonourTitleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "荣誉"
        ordering = ["-year__year", "level", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="honour_name_once",
                fields=["year", "college", "level", "name"],
                nulls_distinct=False,
                violation_error_message="本年度已有同级别、同名称的荣誉。",
            ),
            models.CheckConstraint(
                name="honour_of_a_college_is_its_own",
                condition=Q(level="college", college__isnull=False)
                | Q(level__in=["school", "city", "nation"], college=None),
            ),
            models.CheckConstraint(
                name="honour_kind_known",
                condition=Q(kind__in=["person", "branch"]) | Q(kind="party", level="school"),
            ),
            models.CheckConstraint(
                name="honour_nominator_known", condition=Q(nominated_by__in=["college", "branch"])
            ),
            models.CheckConstraint(name="honour_has_a_place", condition=Q(places__gte=1) & ~Q(name="")),
            models.CheckConstraint(
                name="honour_state_with_its_dates",
                condition=Q(state="open", announced_at=None, decided_at=None, decided_by=None)
                | Q(state="announced", announced_at__isnull=False, decided_at=None, decided_by=None)
                | Q(state="decided", announced_at__isnull=False, decided_at__gte=F("announced_at"))
                & Q(decided_by__isnull=False),
            ),
        ]
        triggers = [
            build_truncate_trigger("荣誉"),
            pgtrigger.Trigger(
                name="frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF OLD.state = 'decided' THEN
                        RAISE EXCEPTION '荣誉已确定，名单和申报不能修改或删除。' USING ERRCODE = 'restrict_violation';
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    IF (OLD.year_id, OLD.college_id, OLD.level, OLD.kind) IS DISTINCT FROM
                        (NEW.year_id, NEW.college_id, NEW.level, NEW.kind) THEN
                        RAISE EXCEPTION '荣誉的年度、级别和对象不能修改。' USING ERRCODE = 'restrict_violation';
                    END IF;
                    IF OLD.state = 'open' AND NEW.state = 'decided' THEN
                        RAISE EXCEPTION '荣誉须先公示，再确定。' USING ERRCODE = 'check_violation';
                    END IF;
                    IF EXISTS (SELECT 1 FROM reports_nomination n WHERE n.title_id = NEW.id
                        AND (n.place > NEW.places OR NEW.state = 'decided' AND n.state = 'nominated')) THEN
                        RAISE EXCEPTION '还有没有处理的申报，或名额少于已拟表彰的数量。'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            *build_one_school_triggers(
                "SELECT 1 FROM written w JOIN members_college c ON c.id = w.college_id "
                "JOIN members_serviceyear y ON y.id = w.year_id WHERE y.school_id <> c.school_id",
                "荣誉的学院与年度不属于同一所学校。",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("honour", args=[self.pk])

    @property
    def of_branches(self) -> bool:
        return self.kind == self.Kind.BRANCH

    @property
    def unit(self) -> str:
        return "个" if self.of_branches else "人"

    @property
    def giver(self) -> str:
        """Return the school or college that gives the title, as named above the list for publication."""
        return self.college.name if self.college else self.year.school.name


@track_history()
class Nomination(models.Model):
    """A nomination of a person or a branch for a title.

    Never deleted: if withdrawn or dropped it stays readable.
    """

    class State(models.TextChoices):
        NOMINATED = "nominated", "已申报"
        CHOSEN = "chosen", "拟表彰"
        DROPPED = "dropped", "未入选"
        WITHDRAWN = "withdrawn", "已撤回"

    title = models.ForeignKey(HonourTitle, models.PROTECT, related_name="nominations", verbose_name="荣誉")
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="nominations", verbose_name="人员"
    )
    branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, blank=True, related_name="nominations", verbose_name="团支部"
    )
    grounds = models.TextField("主要事迹", max_length=500)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.NOMINATED)
    place = models.PositiveSmallIntegerField("名额序号", null=True, blank=True)
    nominated_at = models.DateTimeField("申报时间")
    nominated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # Figures, rule values, answer and reasons (reports.rules.honours.freeze_verdict_at_level), with name, branch and college.
    judged = models.JSONField("申报时的资格")
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    judged_at_decision = models.JSONField("确定时的资格", null=True, blank=True)
    reason = models.CharField("说明", max_length=200, blank=True)

    taken_back: bool = False  # set by `with_taken_back`

    objects = NominationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "荣誉申报"
        ordering = [F("place").asc(nulls_last=True), "nominated_at", "pk"]
        constraints = [
            models.UniqueConstraint(name="nomination_place_once", fields=["title", "place"]),
            models.UniqueConstraint(
                name="nomination_once_per_person",
                fields=["title", "member"],
                condition=Q(state__in=["nominated", "chosen"]),
            ),
            models.UniqueConstraint(
                name="nomination_once_per_branch",
                fields=["title", "branch"],
                condition=Q(state__in=["nominated", "chosen"]),
            ),
            models.CheckConstraint(
                name="nomination_of_a_person_or_a_branch",
                condition=Q(member__isnull=False, branch=None) | Q(member=None, branch__isnull=False),
            ),
            models.CheckConstraint(name="nomination_with_grounds", condition=~Q(grounds="")),
            # No exceptions for honours: a person whom the verdict bars is not nominated and gets no place.
            models.CheckConstraint(name="nomination_passed_the_gate", condition=Q(judged__open=True)),
            models.CheckConstraint(
                name="nomination_place_passed_the_gate",
                condition=Q(place=None) | Q(judged_at_decision__isnull=False, judged_at_decision__open=True),
            ),
            models.CheckConstraint(
                name="nomination_state_with_its_signer",
                condition=Q(state="nominated", place=None, decided_at=None, decided_by=None)
                | Q(state="chosen", place__gte=1, decided_at__isnull=False, decided_by__isnull=False)
                | Q(state__in=["dropped", "withdrawn"], place=None, decided_at__isnull=False)
                & Q(decided_by__isnull=False)
                & ~Q(reason=""),
            ),
        ]
        triggers = [
            build_truncate_trigger("荣誉申报"),
            # The title is locked while the row is written, so that writing and deciding wait for each other.
            pgtrigger.Trigger(
                name="within_title",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("held", "record")],
                func="""
                    IF TG_OP = 'DELETE' THEN
                        RAISE EXCEPTION '荣誉申报不能删除，只能撤回。' USING ERRCODE = 'restrict_violation';
                    END IF;
                    SELECT t.state, t.places, t.kind INTO held FROM reports_honourtitle t
                        WHERE t.id = NEW.title_id FOR SHARE;
                    IF held.state = 'decided' THEN
                        RAISE EXCEPTION '荣誉已确定，名单和申报不能修改或删除。' USING ERRCODE = 'restrict_violation';
                    END IF;
                    IF TG_OP = 'UPDATE' AND (OLD.title_id, OLD.member_id, OLD.branch_id, OLD.grounds,
                        OLD.nominated_at, OLD.nominated_by_id, OLD.judged) IS DISTINCT FROM
                        (NEW.title_id, NEW.member_id, NEW.branch_id, NEW.grounds, NEW.nominated_at,
                        NEW.nominated_by_id, NEW.judged) THEN
                        RAISE EXCEPTION '申报时的内容和资格不能修改。' USING ERRCODE = 'restrict_violation';
                    END IF;
                    IF NEW.place > held.places OR (held.kind = 'branch') IS DISTINCT FROM
                        (NEW.branch_id IS NOT NULL) THEN
                        RAISE EXCEPTION '超出名额，或对象与荣誉不符。' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            *build_one_school_triggers(
                "SELECT 1 FROM written w JOIN reports_honourtitle t ON t.id = w.title_id "
                "JOIN members_serviceyear y ON y.id = t.year_id "
                "LEFT JOIN members_member m ON m.id = w.member_id "
                "LEFT JOIN members_branch b ON b.id = w.branch_id "
                "LEFT JOIN members_college c ON c.id = b.college_id "
                "WHERE y.school_id <> coalesce(m.school_id, c.school_id)",
                "申报的对象与荣誉不属于同一所学校。",
            ),
        ]

    def __str__(self):
        return f"{self.subject} {self.title}"

    def get_absolute_url(self):
        return reverse("nomination", args=[self.pk])

    @property
    def subject(self) -> Member | Branch:
        subject = self.member or self.branch
        assert subject is not None  # the constraint asks for one of the two
        return subject

    @property
    def subject_id(self) -> int:
        subject_id = self.member_id or self.branch_id
        assert subject_id is not None  # the constraint asks for one of the two
        return subject_id

    @property
    def is_live(self) -> bool:
        return self.state in (self.State.NOMINATED, self.State.CHOSEN)

    @property
    def is_final(self) -> bool:
        return self.title.state == HonourTitle.State.DECIDED

    @property
    def state_text(self) -> str:
        """Return the state as text; a place of a decided title counts as won, until it is taken back."""
        if self.taken_back:
            return "表彰已收回"
        return "已表彰" if self.is_final and self.state == self.State.CHOSEN else self.get_state_display()

    @property
    def names(self) -> dict[str, str]:
        """Return name, branch and college; for a decided title, those of the decision.

        Once the title's year is over, branch and college of a person are those of the last kept verdict, which are
        the places of the year's last day.
        """
        subject = self.subject
        branch = subject.branch if isinstance(subject, Member) else subject
        now = {"name": subject.name, "branch": branch.name, "college": branch.college.name}
        over = self.member_id and self.title.year.year < timezone.localdate().year
        kept = now if self.is_final else ("branch", "college") if over else ()
        return now | {key: self.last_verdict[key] for key in kept if key in self.last_verdict}

    @property
    def name_now(self) -> str:
        """Return the current name if it differs from that of the decision, else ""."""
        return self.subject.name if self.subject.name != self.names["name"] else ""

    @property
    def last_verdict(self) -> dict:
        """Return the verdict of the decision; before it, that of the nomination."""
        return self.judged_at_decision or self.judged
