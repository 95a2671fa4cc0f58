"""The city's codes (申请结对码): a college needs one to take a street, and each can be used once."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from members.models import College, ServiceYear, Street
from members.models.history import track_history
from pairing.querysets import CodeQuerySet


@track_history()
class PairingCode(models.Model):
    """A code of a school's year.

    The school hands it to one college, which reveals it and uses it for one pairing.
    """

    class State(models.TextChoices):
        STOCK = "stock", "库存"
        HANDED_OUT = "handed_out", "已分配"
        USED = "used", "已使用"
        RETURNED = "returned", "已退回"
        VOID = "void", "已作废"

    year = models.ForeignKey(ServiceYear, models.PROTECT, related_name="codes", verbose_name="年度")
    code = models.CharField("申请结对码", max_length=40, unique=True)
    kind = models.CharField("类型", max_length=10, choices=Street.Kind.choices)
    state = models.CharField("状态", max_length=12, choices=State.choices, default=State.STOCK)
    college = models.ForeignKey(
        College, models.PROTECT, null=True, blank=True, related_name="codes", verbose_name="学院"
    )
    handed_at = models.DateTimeField("分配时间", null=True, blank=True)
    revealed_at = models.DateTimeField("查看时间", null=True, blank=True)
    revealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="查看人"
    )

    objects = CodeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "申请结对码"
        ordering = ["kind", "pk"]
        constraints = [
            models.CheckConstraint(
                name="code_with_college_only_when_handed_out",
                condition=Q(state__in=["handed_out", "used"], college__isnull=False)
                | Q(state__in=["stock", "returned", "void"], college=None),
            ),
            models.CheckConstraint(name="code_kind_known", condition=Q(kind__in=["urban", "suburban"])),
            models.UniqueConstraint(
                name="code_once_per_college_and_year",
                fields=["year", "college"],
                condition=Q(college__isnull=False),
            ),
        ]

    def __str__(self):
        # Never the code itself: the text of an object appears in logs and lists.
        return f"{self.get_kind_display()}结对码 {self.pk}"
