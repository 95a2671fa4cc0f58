"""学院考核: the weights that the school publishes before scoring, and results locked with every figure."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from members.models import College, ServiceYear
from members.models.history import build_truncate_trigger
from reports.querysets import OfSchoolQuerySet
from reports.rules.assessment import INDICATORS, Score, points_text, restore_line


def build_refusal_sql(message: str) -> str:
    """Return PL/pgSQL of a trigger that refuses the change. Class 23: Django raises IntegrityError."""
    return f"RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation';"


class AssessmentScheme(models.Model):
    """Published weights of a year. Never edited: the school publishes a new version with its reason."""

    year = models.ForeignKey(ServiceYear, models.PROTECT, related_name="schemes", verbose_name="年度")
    version = models.PositiveSmallIntegerField("版本")
    # {key of the indicator: whole points}; together 100.
    weights = models.JSONField("权重")
    reason = models.CharField("调整原因", max_length=200, blank=True)
    published_at = models.DateTimeField("公布时间")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = OfSchoolQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "考核权重"
        ordering = ["-year__year", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["year", "version"], name="scheme_version_once_per_year"),
            models.CheckConstraint(
                name="scheme_changed_with_reason",
                condition=Q(version=1, reason="") | Q(version__gt=1) & ~Q(reason=""),
            ),
        ]
        triggers = [
            build_truncate_trigger("考核权重"),
            pgtrigger.Trigger(
                name="published_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=build_refusal_sql("已公布的考核权重不能修改或删除，请公布新版本。"),
            ),
            pgtrigger.Trigger(
                name="sums_to_hundred_before_scoring",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=(
                    "IF (SELECT coalesce(sum(value::int), 0) FROM jsonb_each_text(NEW.weights)) <> 100 THEN "
                    "RAISE EXCEPTION '各项权重之和应为 100。' USING ERRCODE = 'check_violation'; END IF; "
                    "IF EXISTS (SELECT FROM reports_assessment a WHERE a.year_id = NEW.year_id) THEN "
                    f"{build_refusal_sql('本年度考核结果已锁定，不能再改权重。')} END IF; RETURN NEW;"
                ),
            ),
        ]

    def __str__(self):
        return f"{self.year} 考核权重第 {self.version} 版"

    @property
    def lines(self) -> list[tuple]:
        """Return (indicator, weight) in the order of the pages."""
        return [(indicator, self.weights.get(indicator.key, 0)) for indicator in INDICATORS]


class Assessment(models.Model):
    """Locked scores of a year.

    A new number with its reason corrects an error; the old result stays readable.
    """

    year = models.ForeignKey(ServiceYear, models.PROTECT, related_name="assessments", verbose_name="年度")
    number = models.PositiveSmallIntegerField("序号")
    scheme = models.ForeignKey(
        AssessmentScheme, models.PROTECT, related_name="assessments", verbose_name="考核权重"
    )
    reason = models.CharField("重新评定原因", max_length=200, blank=True)
    as_of = models.DateTimeField("数据截至")
    locked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # The year's values by which the figures were judged.
    rules = models.JSONField("评定依据")
    sealed = models.BooleanField("已锁定", default=False)

    objects = OfSchoolQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "学院考核结果"
        ordering = ["-year__year", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="assessment_number_once_per_year"),
            models.CheckConstraint(
                name="assessment_again_with_reason",
                condition=Q(number=1, reason="") | Q(number__gt=1) & ~Q(reason=""),
            ),
        ]
        triggers = [
            build_truncate_trigger("学院考核结果"),
            pgtrigger.Trigger(
                name="locked_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=(
                    "IF TG_OP = 'DELETE' OR OLD.sealed THEN "
                    f"{build_refusal_sql('已锁定的考核结果不能修改或删除。')} END IF; RETURN NEW;"
                ),
            ),
            # At commit: the result is sealed, has lines, and uses the weights of its own year.
            pgtrigger.Trigger(
                name="whole",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM reports_assessment a JOIN reports_assessmentscheme s ON s.id = a.scheme_id
                        WHERE a.id = NEW.id AND a.sealed AND s.year_id = a.year_id
                            AND EXISTS (SELECT FROM reports_assessmentline l WHERE l.assessment_id = a.id)
                    ) THEN
                        RAISE EXCEPTION '考核结果不完整，不能保存。' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self):
        return f"{self.year}学院考核结果{self.number}"

    def get_absolute_url(self):
        return reverse("assessment_result", args=[self.pk])

    @property
    def title(self) -> str:
        again = f"（第 {self.number} 次评定）" if self.number > 1 else ""
        return f"{self.year.year} 年度学院考核结果{again}"


class AssessmentLine(models.Model):
    """A college in a result, with its name, place and every measure as locked."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="lines", verbose_name="考核结果")
    college = models.ForeignKey(College, models.PROTECT, related_name="assessment_lines", verbose_name="学院")
    college_name = models.CharField("学院名称", max_length=100)
    place = models.PositiveSmallIntegerField("名次", null=True)
    # Hundredths of a point.
    score = models.PositiveIntegerField("得分（百分之一分）")
    # [{"key", "label", "unit", "counted", "of", "weight", "points"}], the points in hundredths.
    figures = models.JSONField("各项指标")

    class Meta:
        verbose_name = verbose_name_plural = "学院考核得分"
        ordering = [F("place").asc(nulls_last=True), "college_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "college"], name="assessment_line_once_per_college"
            ),
            models.CheckConstraint(name="assessment_score_within_full", condition=Q(score__lte=10_000)),
        ]
        triggers = [
            build_truncate_trigger("学院考核得分"),
            pgtrigger.Trigger(
                name="locked_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=(
                    "IF TG_OP <> 'INSERT' OR "
                    "(SELECT a.sealed FROM reports_assessment a WHERE a.id = NEW.assessment_id) THEN "
                    f"{build_refusal_sql('已锁定的考核结果不能修改或删除。')} END IF; RETURN NEW;"
                ),
            ),
            pgtrigger.Trigger(
                name="adds_up",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=(
                    "IF NEW.score <> (SELECT coalesce(sum((f->>'points')::int), 0) "
                    "FROM jsonb_array_elements(NEW.figures) f) THEN "
                    "RAISE EXCEPTION '得分与各项指标不一致，不能保存。' USING ERRCODE = 'check_violation'; "
                    "END IF; RETURN NEW;"
                ),
            ),
        ]

    def __str__(self):
        return f"{self.college_name} {self.score_text}"

    @property
    def score_text(self) -> str:
        return points_text(self.score)

    @property
    def then(self) -> Score:
        """Return the score with its labels as locked, to be shown beside the current one."""
        return Score(
            self.college_id, self.college_name, tuple(restore_line(figure) for figure in self.figures)
        )
