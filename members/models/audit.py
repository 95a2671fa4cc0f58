"""The log of exports: which user exported which data (requirements §6).

Triggers record changes in the history.
"""

import pgtrigger
from django.conf import settings
from django.db import models

from members.models.history import build_truncate_trigger
from members.models.organisation import School


class ExportLog(models.Model):
    """One export of data: user, list, filters and number of rows. Rows can only be added."""

    school = models.ForeignKey(School, models.CASCADE, related_name="exports")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    kind = models.CharField("内容", max_length=40)
    filters = models.JSONField("筛选条件", default=dict)
    rows = models.PositiveIntegerField("行数")
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "导出记录"
        ordering = ["-at"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            build_truncate_trigger("导出记录"),
        ]

    def __str__(self):
        return f"{self.kind} {self.at:%Y-%m-%d}"
