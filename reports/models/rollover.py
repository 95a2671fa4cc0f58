"""年度结转 (三(五)): the one roll-over of a year into the next, with its list of carried and closed items."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from members.models import ServiceYear
from members.models.history import build_truncate_trigger
from members.models.one_school import build_one_school_triggers
from reports.models.assessment import build_refusal_sql
from reports.querysets import OfSchoolQuerySet


class RollOver(models.Model):
    """Written with the roll-over and never changed. The list contains no names of people."""

    year = models.OneToOneField(ServiceYear, models.PROTECT, related_name="rollover", verbose_name="原年度")
    next_year = models.OneToOneField(
        ServiceYear, models.PROTECT, related_name="rolled_from", verbose_name="新年度"
    )
    at = models.DateTimeField("结转时间")
    # Null: the operator, by command.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # [{"key", "label", "unit", "clause", "outcome", "why", "count", "rows": [[text, address], …]}, …]
    items = models.JSONField("事项")
    # [{"label", "people", "secretaries", "teams", "signups", "applicants"}, …]
    graduates = models.JSONField("毕业归档", default=list)

    objects = OfSchoolQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "年度结转"
        ordering = ["-year__year"]
        constraints = [
            models.CheckConstraint(name="rollover_into_another_year", condition=~Q(year=F("next_year"))),
        ]
        triggers = [
            build_truncate_trigger("年度结转"),
            pgtrigger.Trigger(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=build_refusal_sql("年度结转的记录不能修改或删除。"),
            ),
            *build_one_school_triggers(
                "SELECT 1 FROM written w JOIN members_serviceyear y ON y.id = w.year_id "
                "JOIN members_serviceyear n ON n.id = w.next_year_id "
                "WHERE n.school_id <> y.school_id OR n.year <> y.year + 1",
                "结转的新年度应为同一所学校的下一年度。",
            ),
        ]

    def __str__(self):
        return f"{self.year} 结转"

    def get_absolute_url(self):
        return reverse("rollover", args=[self.year.year])

    @property
    def people(self) -> int:
        """Return how many people were archived as graduates."""
        return sum(group["people"] for group in self.graduates)
