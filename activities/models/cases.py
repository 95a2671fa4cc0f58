"""Decisions on cases of 台账核对 that leave the figures as they are (requirements §3)."""

from django.conf import settings
from django.db import models

from activities.models.ledger import ServiceRecord
from members.models import Member
from members.models.history import track_history


@track_history()
class SettledCase(models.Model):
    """Somebody has looked at a case and leaves it as the rule counts it; later files do not ask again.

    `record` is the first record of the case, `other` the second where the case is about two. A case of a
    corrected record is a new one, because its facts are new.
    """

    class Kind(models.TextChoices):
        OVERLAP = "overlap", "时间重叠"
        DAY_FULL = "day_full", "一天超过 24 小时"
        SPAN = "span", "超过起止时间"
        MINUTES = "minutes", "时长不符"

    kind = models.CharField("情况", max_length=10, choices=Kind.choices)
    record = models.ForeignKey(
        ServiceRecord, models.CASCADE, related_name="settled_cases", verbose_name="记录"
    )
    other = models.ForeignKey(ServiceRecord, models.CASCADE, null=True, related_name="+")
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    decided_at = models.DateTimeField("处理时间")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField("处理说明", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "台账核对的处理"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "record", "other"], name="case_settled_once", nulls_distinct=False
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.record_id}"
