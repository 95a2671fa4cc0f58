"""One-time codes with which people activate their own account (requirements §1)."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from members.account_querysets import ActivationCodeQuerySet


class ActivationCode(models.Model):
    """A code of one account. Only its keyed hash is stored; the code itself is in the answer that issued it."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="activation_codes", verbose_name="账号"
    )
    digest = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField("发放时间")
    # None: by the operator's command.
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="发放人"
    )
    expires_at = models.DateTimeField("有效期至")
    used_at = models.DateTimeField("使用时间", null=True)
    voided_at = models.DateTimeField("作废时间", null=True)
    wrong_attempts = models.PositiveSmallIntegerField("输错次数", default=0)

    objects = ActivationCodeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "激活码"
        constraints = [
            models.UniqueConstraint(
                name="activation_one_open_code",
                fields=["account"],
                condition=Q(used_at=None, voided_at=None),
            ),
            models.CheckConstraint(
                name="activation_used_or_voided", condition=Q(used_at=None) | Q(voided_at=None)
            ),
            models.CheckConstraint(
                name="activation_ends_after_issue", condition=Q(expires_at__gt=F("issued_at"))
            ),
        ]

    def __str__(self):
        return f"{self.account} {self.issued_at:%Y-%m-%d}"

    def is_open(self, now: datetime) -> bool:
        """Whether the code still activates its account."""
        return self.used_at is None and self.voided_at is None and now < self.expires_at
