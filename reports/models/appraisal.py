"""团员教育评议 of a branch in a year: the meeting, a grade for each person, and every step to approval.

An approved appraisal is frozen with its figures, and each grade with its verdict; the database refuses
changes. Only a re-opening with its reason leads back, and the approving step keeps what was approved.
"""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from members.models import Branch, Member, ServiceYear
from members.models.history import build_truncate_trigger, track_history
from members.models.one_school import build_one_school_triggers
from reports.querysets import AppraisalQuerySet, GradeQuerySet
from reports.rules.appraisal import GRADES, Marks, count_excellent_places, is_quorate

FROZEN = "已通过的评议不能修改或删除；如有错误，请学院说明原因后退回重开。"
UNFINISHED = "评议还有没有评定的人、超过名额，或没有保存评定时的资格，不能提交或通过。"


class Grade(models.TextChoices):
    EXCELLENT = "excellent", GRADES["excellent"]
    QUALIFIED = "qualified", GRADES["qualified"]
    BASIC = "basic", GRADES["basic"]
    UNQUALIFIED = "unqualified", GRADES["unqualified"]


def _build_raise_sql(problem: str, code: str = "check_violation") -> str:
    return f"RAISE EXCEPTION '{problem}' USING ERRCODE = '{code}';"


def _build_places_trigger(operation, **tables: str) -> pgtrigger.Trigger:
    """Return a trigger that refuses more 优秀 than places, after a statement that adds 优秀 or takes people out.

    It checks every sheet that the statement wrote. A sheet that exceeds its places because the school lowered
    the percentage may still be reduced, row by row.
    """
    written = {"written": "1", "before": "-1"}
    moved = " UNION ALL ".join(
        f"SELECT appraisal_id, {written[table]} * (final = 'excellent')::int AS top, "
        f"{written[table]} * taking_part::int AS part FROM {table}"
        for table in tables.values()
    )
    return pgtrigger.Trigger(
        name=f"within_places_{str(operation).lower()}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),
        func=f"""
            IF EXISTS (
                SELECT 1 FROM reports_appraisalgrade g
                JOIN reports_appraisal a ON a.id = g.appraisal_id
                JOIN members_serviceyear y ON y.id = a.year_id
                WHERE a.id IN (SELECT appraisal_id FROM ({moved}) moved
                               GROUP BY appraisal_id HAVING sum(top) > 0 OR sum(part) < 0)
                GROUP BY a.id, y.id
                HAVING count(*) FILTER (WHERE g.final = 'excellent') >
                       count(*) FILTER (WHERE g.taking_part) * y.excellent_quota_percent / 100
            ) THEN {_build_raise_sql("优秀人数超过名额。")} END IF;
            RETURN NULL;
        """,
    )


@track_history()
class Appraisal(models.Model):
    """The appraisal of one branch in one year: meeting, state, and the figures of its approval."""

    class State(models.TextChoices):
        DRAFT = "draft", "起草中"
        SUBMITTED = "submitted", "待学院审核"
        APPROVED = "approved", "已通过"

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="appraisals", verbose_name="团支部")
    year = models.ForeignKey(ServiceYear, models.PROTECT, related_name="appraisals", verbose_name="年度")
    state = models.CharField("状态", max_length=9, choices=State.choices, default=State.DRAFT)
    held_on = models.DateField("评议会日期", null=True, blank=True)
    entitled = models.PositiveSmallIntegerField("应到人数", null=True, blank=True)
    present = models.PositiveSmallIntegerField("实到人数", null=True, blank=True)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField("通过时间", null=True, blank=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # As of the approval: how many were assessed, how many might be 优秀, and the year's values.
    assessed = models.PositiveSmallIntegerField("参加评议人数", null=True, blank=True)
    quota = models.PositiveSmallIntegerField("优秀名额", null=True, blank=True)
    rules = models.JSONField("通过时的规则", null=True, blank=True)
    # How often it was opened again, and why it was returned the last time.
    reopened = models.PositiveSmallIntegerField("重开次数", default=0)
    reason = models.CharField("退回或重开原因", max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AppraisalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "团员教育评议"
        ordering = ["-year__year", "branch__name"]
        constraints = [
            models.UniqueConstraint(name="appraisal_once_per_year", fields=["branch", "year"]),
            models.CheckConstraint(
                name="appraisal_present_are_entitled",
                condition=Q(present=None) | Q(entitled=None) | Q(present__lte=F("entitled")),
            ),
            models.CheckConstraint(
                name="appraisal_submitted_with_quorum",
                condition=Q(state="draft", submitted_at=None, submitted_by=None)
                | Q(state__in=["submitted", "approved"], held_on__isnull=False)
                & Q(submitted_at__isnull=False, submitted_by__isnull=False)
                & Q(present__isnull=False, entitled__isnull=False)
                & Q(present__gt=F("entitled") * 2 / 3),  # integers: same as 3 · present > 2 · entitled
            ),
            models.CheckConstraint(
                name="appraisal_approved_with_figures",
                condition=Q(state__in=["draft", "submitted"], approved_at=None, approved_by=None)
                & Q(assessed=None, quota=None, rules__isnull=True)
                | Q(state="approved", approved_at__isnull=False, approved_by__isnull=False)
                & Q(assessed__isnull=False, quota__isnull=False, rules__isnull=False),
            ),
            models.CheckConstraint(
                name="appraisal_two_pairs_of_eyes",
                condition=Q(approved_by=None) | ~Q(approved_by=F("submitted_by")),
            ),
        ]
        triggers = [
            build_truncate_trigger("团员教育评议"),
            pgtrigger.Trigger(
                name="approved_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.state = 'approved'"),
                func=(
                    "IF TG_OP = 'UPDATE' AND NEW.state = 'draft' AND NEW.reopened = OLD.reopened + 1 "
                    "AND NEW.reason <> '' AND (OLD.branch_id, OLD.year_id, OLD.held_on, OLD.entitled, OLD.present) "
                    "IS NOT DISTINCT FROM (NEW.branch_id, NEW.year_id, NEW.held_on, NEW.entitled, NEW.present) "
                    f"THEN RETURN NEW; END IF; {_build_raise_sql(FROZEN, 'restrict_violation')}"
                ),
            ),
            # When submitted: everybody graded; when approved: also each with a verdict, and within the
            # places.
            pgtrigger.Trigger(
                name="whole",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.state <> 'draft'"),
                func=f"""
                    IF NOT EXISTS (SELECT 1 FROM reports_appraisalgrade g
                                   WHERE g.appraisal_id = NEW.id AND g.taking_part)
                    OR EXISTS (SELECT 1 FROM reports_appraisalgrade g WHERE g.appraisal_id = NEW.id AND
                               g.taking_part AND (g.final = '' OR NEW.state = 'approved' AND g.verdict IS NULL))
                    OR NEW.state = 'approved' AND NEW.quota < (SELECT count(*) FROM reports_appraisalgrade g
                                   WHERE g.appraisal_id = NEW.id AND g.final = 'excellent')
                    THEN {_build_raise_sql(UNFINISHED)} END IF;
                    RETURN NEW;
                """,
            ),
            *build_one_school_triggers(
                "SELECT 1 FROM written w JOIN members_branch b ON b.id = w.branch_id "
                "JOIN members_college c ON c.id = b.college_id "
                "JOIN members_serviceyear y ON y.id = w.year_id WHERE y.school_id <> c.school_id",
                "评议的团支部与年度不属于同一所学校。",
            ),
        ]

    def __str__(self):
        return f"{self.branch} {self.year.year} 年度团员教育评议"

    def get_absolute_url(self):
        return reverse("appraisal", args=[self.pk])

    @property
    def quorate(self) -> bool | None:
        """Return whether enough people came; None while the meeting's figures are not entered."""
        if self.present is None or not self.entitled:
            return None
        return is_quorate(present=self.present, entitled=self.entitled)


@track_history()
class AppraisalGrade(models.Model):
    """A row of the sheet: one person's grades.

    `taking_part` is off, with a note, for a person without a grade this year.
    """

    appraisal = models.ForeignKey(Appraisal, models.CASCADE, related_name="grades", verbose_name="评议")
    member = models.ForeignKey(Member, models.PROTECT, related_name="appraisal_grades", verbose_name="人员")
    taking_part = models.BooleanField("参加评议", default=True)
    self_grade = models.CharField("自评", max_length=11, choices=Grade.choices, blank=True)
    mutual = models.CharField("互评", max_length=11, choices=Grade.choices, blank=True)
    proposed = models.CharField("支部建议", max_length=11, choices=Grade.choices, blank=True)
    final = models.CharField("最终等次", max_length=11, choices=Grade.choices, blank=True)
    note = models.CharField("备注", max_length=200, blank=True)
    # The verdict by 二(二) on which the grade was approved: figures, rule values, time.
    verdict = models.JSONField("通过时的资格", null=True, blank=True)

    version: int  # only of rows from `versioned`

    objects = GradeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评议等次"
        constraints = [
            models.UniqueConstraint(name="grade_once_per_person", fields=["appraisal", "member"]),
            models.CheckConstraint(
                name="grade_known",
                condition=Q(
                    self_grade__in=["", *Grade.values],
                    mutual__in=["", *Grade.values],
                    proposed__in=["", *Grade.values],
                    final__in=["", *Grade.values],
                ),
            ),
            models.CheckConstraint(
                name="grade_of_who_takes_part",
                condition=Q(taking_part=True) | Q(final="", proposed="") & ~Q(note=""),
            ),
            models.CheckConstraint(
                name="grade_excellent_by_verdict",
                condition=~Q(final="excellent") | Q(verdict__isnull=True) | Q(verdict__excellent=True),
            ),
        ]
        triggers = [
            build_truncate_trigger("评议等次"),
            # Under the appraisal's lock, so that concurrent writers follow one another.
            pgtrigger.Trigger(
                name="frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("kept", "text"), ("sheet", "bigint")],
                func=f"""
                    IF TG_OP = 'DELETE' THEN sheet := OLD.appraisal_id; ELSE sheet := NEW.appraisal_id; END IF;
                    SELECT state INTO kept FROM reports_appraisal WHERE id = sheet FOR NO KEY UPDATE;
                    IF kept = 'approved' THEN {_build_raise_sql(FROZEN, "restrict_violation")} END IF;
                    IF TG_OP = 'UPDATE' AND (NEW.appraisal_id, NEW.member_id) <> (OLD.appraisal_id, OLD.member_id)
                    THEN {_build_raise_sql("评议表的一行不能换到别人名下。", "restrict_violation")} END IF;
                    IF kept = 'submitted' AND (TG_OP <> 'UPDATE' OR (
                        OLD.taking_part, OLD.self_grade, OLD.mutual, OLD.proposed, OLD.final, OLD.note)
                        IS DISTINCT FROM (
                        NEW.taking_part, NEW.self_grade, NEW.mutual, NEW.proposed, NEW.final, NEW.note))
                    THEN {_build_raise_sql("评议已提交学院，退回以前不能修改。", "restrict_violation")} END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            ),
            _build_places_trigger(pgtrigger.Insert, new="written"),
            _build_places_trigger(pgtrigger.Update, old="before", new="written"),
            _build_places_trigger(pgtrigger.Delete, old="before"),
            *build_one_school_triggers(
                "SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id "
                "JOIN reports_appraisal a ON a.id = w.appraisal_id "
                "JOIN members_serviceyear y ON y.id = a.year_id WHERE y.school_id <> m.school_id",
                "评议的人员与年度不属于同一所学校。",
            ),
        ]

    def __str__(self):
        return f"{self.member} {self.get_final_display() or '未评定'}"

    @property
    def name(self) -> str:
        """Return the person's name; for an approved sheet, the name at approval."""
        return (self.verdict or {}).get("name", self.member.name)

    @property
    def name_now(self) -> str:
        """Return the current name if it differs from the approved one, else ""."""
        return self.member.name if self.member.name != self.name else ""

    @property
    def marks(self) -> Marks:
        return Marks(
            name=self.member.name,
            taking_part=self.taking_part,
            final=self.final,
            note=self.note,
            proposed=self.proposed,
        )


class AppraisalStep(models.Model):
    """A step of an appraisal, never changed. An approval keeps its figures and each person's final grade."""

    class Kind(models.TextChoices):
        SUBMITTED = "submitted", "提交学院"
        RETURNED = "returned", "退回支部"
        APPROVED = "approved", "审核通过"
        REOPENED = "reopened", "重新开启"

    appraisal = models.ForeignKey(Appraisal, models.PROTECT, related_name="steps", verbose_name="评议")
    kind = models.CharField("步骤", max_length=9, choices=Kind.choices)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="操作人")
    reason = models.CharField("原因", max_length=200, blank=True)
    figures = models.JSONField("当时的数字")

    class Meta:
        verbose_name = verbose_name_plural = "评议步骤"
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="appraisal_step_back_with_reason",
                condition=Q(kind__in=["submitted", "approved"]) | ~Q(reason=""),
            ),
        ]
        triggers = [
            build_truncate_trigger("评议步骤"),
            pgtrigger.Trigger(
                name="frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_build_raise_sql("评议的步骤不能修改或删除。", "restrict_violation"),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d}"

    @property
    def places(self) -> int:
        return count_excellent_places(self.figures["assessed"], self.figures["percent"])
