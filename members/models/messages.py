"""消息: messages of the portal to a person or to an office.

A message to an office belongs to the office: the people who hold it now see the message. Each reason sends one
message, no matter how often a task runs.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from members.models.organisation import Branch, College, School, Street
from members.permissions import OWN_ROLES, Role
from members.querysets import MessageQuerySet

OFFICES = [choice for choice in Role.choices if choice[0] not in OWN_ROLES]
# The columns of an office, in the order of the index that finds its messages.
OFFICE = ["role", "street", "college", "branch", "school"]


class Message(models.Model):
    """A message to one person or one office, with a link to the page where something is to be done."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="inbox")
    # The office: a role and its place, as in Grant. A message to a liaison may also name the school that it is from.
    role = models.CharField("角色", max_length=20, choices=OFFICES, blank=True)
    school = models.ForeignKey(School, models.PROTECT, null=True, related_name="+")
    college = models.ForeignKey(College, models.PROTECT, null=True, related_name="+")
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+")
    street = models.ForeignKey(Street, models.PROTECT, null=True, related_name="+")
    title = models.CharField("标题", max_length=100)
    text = models.TextField("内容", max_length=1000)
    url = models.CharField("去处理", max_length=300, blank=True)
    # The reason for the message: the same reason never sends a second message to the same person or office.
    key = models.CharField(max_length=120)
    created_at = models.DateTimeField("时间", auto_now_add=True)
    # Of a personal message. Each holder of an office has a MessageReading.
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)

    is_read: bool  # only of messages from `with_reading`

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="message_once_per_reason"),
            models.UniqueConstraint(
                fields=[*OFFICE, "key"],
                condition=Q(user=None),
                nulls_distinct=False,
                name="message_once_per_office",
            ),
            models.CheckConstraint(
                name="message_to_person_or_office",
                condition=(
                    Q(user__isnull=False, role="", school=None, college=None, branch=None, street=None)
                    | Q(user=None, role="school_admin", school__isnull=False, college=None, branch=None, street=None)
                    | Q(user=None, role="college_secretary", school=None, college__isnull=False, branch=None, street=None)
                    | Q(user=None, role="branch_secretary", school=None, college=None, branch__isnull=False, street=None)
                    | Q(user=None, role="liaison", college=None, branch=None, street__isnull=False)
                ),
            ),
            models.CheckConstraint(name="message_read_by_person", condition=Q(read_at=None) | Q(user__isnull=False)),
        ]  # fmt: skip
        indexes = [
            # Every page shows the number of unread messages.
            models.Index(fields=["user"], condition=Q(read_at=None), name="message_unread"),
            models.Index(fields=["user", "-created_at"], name="message_inbox"),
        ]

    def __str__(self):
        return self.title

    @property
    def office(self) -> str:
        """Return the office in words, or "" for a personal message."""
        return (
            f"{self.street or self.branch or self.college or self.school} {self.get_role_display()}"
            if self.role
            else ""
        )


class MessageReading(models.Model):
    """One holder of an office has read a message to the office."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="readings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    read_at = models.DateTimeField("阅读时间")

    class Meta:
        verbose_name = verbose_name_plural = "消息阅读记录"
        constraints = [models.UniqueConstraint(fields=["message", "user"], name="message_read_once")]

    def __str__(self):
        return f"{self.message} {self.user}"
