"""Push channels of a college for bulletins: group robots and mail."""

from django.db import models
from django.db.models import Q

from members.models import College
from members.models.history import track_history
from reports.models.bulletins import Bulletin
from reports.querysets import ChannelQuerySet, DeliveryQuerySet


@track_history(exclude=["sealed_address"])
class Channel(models.Model):
    """A group robot or mailbox. Its address holds a token: stored encrypted and never shown again."""

    college = models.ForeignKey(College, models.PROTECT, related_name="channels", verbose_name="学院")
    label = models.CharField("名称", max_length=60)
    service = models.CharField("类型", max_length=60)
    sealed_address = models.BinaryField("推送地址")
    active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("添加时间", auto_now_add=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "推送渠道"
        ordering = ["college__name", "label"]
        constraints = [
            models.UniqueConstraint(
                fields=["college", "label"],
                name="channel_label_once_per_college",
                violation_error_message="这个学院已有同名的推送渠道，请换一个名称。",
            )
        ]

    def __str__(self):
        return f"{self.college} {self.label}"


class Delivery(models.Model):
    """The delivery of one issue to one channel."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待发送"
        SENT = "sent", "已送达"
        FAILED = "failed", "未送达"

    bulletin = models.ForeignKey(Bulletin, models.PROTECT, related_name="deliveries")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="deliveries")
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    problem = models.CharField("原因", max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField("送达时间", null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "推送记录"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["bulletin", "channel"], name="delivery_once_per_channel"),
            models.CheckConstraint(
                name="delivery_sent_has_time",
                condition=Q(state="sent", sent_at__isnull=False)
                | Q(state__in=["waiting", "failed"], sent_at=None),
            ),
        ]

    def __str__(self):
        return f"{self.bulletin} → {self.channel}"
