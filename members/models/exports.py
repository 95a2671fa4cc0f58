"""Exports of long lists. A Celery worker makes the file; the portal keeps it for a week, for one user."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5, Cast
from django.urls import reverse
from django.utils import timezone

from members.models.organisation import School
from members.querysets import ExportJobQuerySet


class ExportJob(models.Model):
    """A user's request for a list as a file. Only that user sees it; ExportLog records each export."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待"
        RUNNING = "running", "进行中"
        DONE = "done", "完成"
        FAILED = "failed", "失败"
        EXPIRED = "expired", "已过期"

    OPEN = (State.WAITING, State.RUNNING)

    school = models.ForeignKey(School, models.CASCADE, related_name="export_jobs")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="export_jobs")
    kind = models.CharField(max_length=40)
    title = models.CharField("内容", max_length=40)
    # The query string of the list's page; the worker reads it again, with the rights the user has at that
    # time.
    filters = models.JSONField("筛选条件", default=dict)
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.WAITING)
    # The roles with which the file was made: once one of them has ended, the file cannot be downloaded any
    # more.
    rights = models.JSONField(default=list)
    total = models.PositiveIntegerField(null=True)
    done = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField("行数", default=0)
    file = models.FileField(upload_to="exports/%Y/%m/", blank=True)
    filename = models.CharField("文件名", max_length=200, blank=True)
    problem = models.TextField("原因", blank=True)
    # The number of the running attempt: an earlier attempt, taken for dead, may not write any more.
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    heard_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField("完成时间", null=True)

    objects = ExportJobQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导出"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="export_state_known",
                condition=Q(state__in=["waiting", "running", "done", "failed", "expired"]),
            ),
            models.CheckConstraint(
                name="export_file_when_done",
                condition=(Q(state="done", finished_at__isnull=False) & ~Q(file=""))
                | (~Q(state="done") & Q(file="")),
            ),
            # A request for an export that is already waiting or running makes no second one.
            models.UniqueConstraint(
                "user",
                "kind",
                MD5(Cast("filters", models.TextField())),
                condition=Q(state__in=["waiting", "running"]),
                name="export_once_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-asked_at"], name="export_own"),
            models.Index(fields=["state", "heard_at"], name="export_stalled"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("export", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether the export is waiting or running."""
        return self.state in self.OPEN
