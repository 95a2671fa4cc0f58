"""消息: messages of the portal to one user.

Each reason sends one message, no matter how often a task runs.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from members.querysets import MessageQuerySet


class Message(models.Model):
    """A message to one user, with a link to the page where something is to be done."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="inbox")
    title = models.CharField("标题", max_length=100)
    text = models.TextField("内容", max_length=1000)
    url = models.CharField("去处理", max_length=300, blank=True)
    # The reason for the message: the same reason never sends a second message to the same user.
    key = models.CharField(max_length=120)
    created_at = models.DateTimeField("时间", auto_now_add=True)
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="message_once_per_reason"),
        ]
        indexes = [
            # Every page shows the number of unread messages.
            models.Index(fields=["user"], condition=Q(read_at=None), name="message_unread"),
            models.Index(fields=["user", "-created_at"], name="message_inbox"),
        ]

    def __str__(self):
        return self.title
