"""A result whose verdict does not hold any more, and what the office that gave it has decided about it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from members.models import Member, ServiceYear
from members.models.history import build_truncate_trigger
from members.models.one_school import build_one_school_triggers
from reports.models.appraisal import Appraisal
from reports.models.honours import Nomination
from reports.querysets import ResultChangeQuerySet
from reports.rules.result_changes import explain_facts


class ResultChange(models.Model):
    """One change under a person's 优秀, or under a place of a decided honour; it is open until it is settled.

    The result itself stays frozen. A further change is a row of its own, so the office is asked again.
    """

    class Outcome(models.TextChoices):
        OPEN = "open", "待决定"
        KEPT = "kept", "看过并维持"
        TAKEN_BACK = "taken_back", "已收回"
        # The verdict holds again, has changed further, or the appraisal was opened again.
        GONE = "gone", "情况已变"

    appraisal = models.ForeignKey(
        Appraisal, models.PROTECT, null=True, related_name="changes", verbose_name="评议"
    )
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name="人员")
    nomination = models.ForeignKey(
        Nomination, models.PROTECT, null=True, related_name="changes", verbose_name="荣誉申报"
    )
    # When the result was approved or decided: an appraisal that is approved again is another result.
    result_at = models.DateTimeField("结果的时间")
    # What bars the result now (reports.rules.result_changes.collect_facts).
    facts = models.JSONField("现在的情况")
    noticed_at = models.DateTimeField("发现时间")
    outcome = models.CharField("处理", max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    reason = models.CharField("原因", max_length=200, blank=True)
    settled_at = models.DateTimeField("处理时间", null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = ResultChangeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "结果依据的变化"
        ordering = ["noticed_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="result_change_of_one_result",
                condition=Q(appraisal__isnull=False, member__isnull=False, nomination=None)
                | Q(appraisal=None, member=None, nomination__isnull=False),
            ),
            models.UniqueConstraint(
                name="result_change_open_once_of_grade",
                fields=["appraisal", "member"],
                condition=Q(outcome="open"),
            ),
            models.UniqueConstraint(
                name="result_change_open_once_of_honour", fields=["nomination"], condition=Q(outcome="open")
            ),
            models.CheckConstraint(
                name="result_change_settled_with_reason",
                condition=Q(outcome="open", settled_at=None, settled_by=None, reason="")
                | Q(outcome="gone", settled_at__isnull=False, settled_by=None, reason="")
                | Q(outcome__in=["kept", "taken_back"], settled_at__isnull=False, settled_by__isnull=False)
                & ~Q(reason=""),
            ),
        ]
        triggers = [
            build_truncate_trigger("结果依据的变化"),
            pgtrigger.Trigger(
                name="settled_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.outcome <> 'open'"),
                func=("RAISE EXCEPTION '处理过的变化不能修改或删除。' USING ERRCODE = 'restrict_violation';"),
            ),
            *build_one_school_triggers(
                "SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id "
                "JOIN reports_appraisal a ON a.id = w.appraisal_id "
                "JOIN members_serviceyear y ON y.id = a.year_id WHERE y.school_id <> m.school_id",
                "评议的人员与年度不属于同一所学校。",
            ),
        ]

    def __str__(self):
        return f"{self.name} {self.result}"

    def get_absolute_url(self):
        return reverse("result_change", args=[self.pk])

    @property
    def name(self) -> str:
        """Return the person or branch that has the result."""
        subject = self.nomination.subject if self.nomination else self.member
        assert subject is not None  # the constraint asks for one of the two
        return subject.name

    @property
    def result(self) -> str:
        """Return the result in words: 2018 年度教育评议优秀."""
        if self.nomination:
            title = self.nomination.title
            return f"{title.year.year} 年度{title.get_level_display()}“{title.name}”"
        assert self.appraisal is not None  # the constraint asks for one of the two
        return f"{self.appraisal.year.year} 年度教育评议优秀"

    @property
    def year(self) -> ServiceYear:
        if self.nomination:
            return self.nomination.title.year
        assert self.appraisal is not None  # the constraint asks for one of the two
        return self.appraisal.year

    @property
    def result_url(self) -> str:
        """Return the page of the result."""
        shown = self.nomination or self.appraisal
        assert shown is not None  # the constraint asks for one of the two
        return shown.get_absolute_url()

    @property
    def why(self) -> str:
        return explain_facts(self.facts)
