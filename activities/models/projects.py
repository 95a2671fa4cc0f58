"""三(四)3: projects that a college's team and its street plan together, and their single activities."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from activities.querysets import ActivityQuerySet, ProjectQuerySet
from activities.rules.pauses import AGREEMENT, RELEASED
from members.models import College, Member, ServiceYear, Street
from members.models.history import track_history
from pairing.models import ServiceTeam


def attendance_key() -> str:
    """Return a new secret for an activity's rotating codes; it never leaves the server."""
    return secrets.token_hex(32)


@track_history()
class Project(models.Model):
    """A project of service. At the paired street it needs the street's agreement before it is published."""

    class Kind(models.TextChoices):
        STREET = "street", "街乡服务"
        OTHER = "other", "其他志愿服务"

    class State(models.TextChoices):
        DRAFT = "draft", "起草中"
        PROPOSED = "proposed", "待街乡确认"
        CHANGES = "changes", "街乡建议修改"
        AGREED = "agreed", "街乡已同意"
        PUBLISHED = "published", "已发布"
        CLOSED = "closed", "已结束"

    year = models.ForeignKey(ServiceYear, models.PROTECT, related_name="projects", verbose_name="年度")
    college = models.ForeignKey(College, models.PROTECT, related_name="projects", verbose_name="学院")
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    # Set for service at the street: its people come, and the street paired with it agrees.
    team = models.ForeignKey(
        ServiceTeam, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name="服务队"
    )
    # The street that the project was proposed to or that agreed: the team's pairing may later move to another
    # street.
    street = models.ForeignKey(
        Street, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name="街乡"
    )
    name = models.CharField("项目名称", max_length=80)
    purpose = models.CharField("服务目的", max_length=300)
    content = models.TextField("服务内容", max_length=2000)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")
    people_needed = models.PositiveSmallIntegerField("需要人数")
    contact_name = models.CharField("联系人", max_length=40)
    contact_phone = models.CharField("联系电话", max_length=20)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    agreed_at = models.DateTimeField("街乡同意时间", null=True, blank=True)
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField("创建时间", auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "项目"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="project_team_fits_kind",
                condition=Q(kind="street", team__isnull=False, street__isnull=False)
                | Q(kind="other", team=None, street=None),
            ),
            models.CheckConstraint(name="project_ends_after_start", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(name="project_needs_people", condition=Q(people_needed__gte=1)),
            models.CheckConstraint(
                name="project_published_when_agreed",
                condition=~Q(kind="street", state__in=["agreed", "published"]) | Q(agreed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="project_published_with_time",
                condition=~Q(state="published") | Q(published_at__isnull=False),
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("project", args=[self.pk])


class ProjectReply(models.Model):
    """A step in the talk between team and street: a proposal, an agreement, or a wish for changes."""

    class Kind(models.TextChoices):
        PROPOSED = "proposed", "提交街乡"
        CHANGES = "changes", "建议修改"
        AGREED = "agreed", "同意"
        WITHDRAWN = "withdrawn", "撤回同意"

    project = models.ForeignKey(Project, models.CASCADE, related_name="replies")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField("说明", max_length=1000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "商定记录"
        ordering = ["at", "pk"]

    def __str__(self):
        return f"{self.project} {self.get_kind_display()}"


@track_history(exclude=["key"])
class Activity(models.Model):
    """One date of a project: the times for signing up, for check-in and for check-out. Times are aware."""

    class State(models.TextChoices):
        DRAFT = "draft", "未发布"
        OPEN = "open", "已发布"
        CANCELLED = "cancelled", "已取消"

    class Pause(models.TextChoices):
        AGREEMENT = AGREEMENT, "等待街乡确认"
        RELEASED = RELEASED, "结对已解除"

    taken: int  # these two are only of rows from `with_places`
    waiting: int

    project = models.ForeignKey(Project, models.PROTECT, related_name="activities", verbose_name="项目")
    # The project's street when the activity began; its liaison keeps seeing who came.
    street = models.ForeignKey(
        Street, models.PROTECT, null=True, blank=True, related_name="activities", verbose_name="街乡"
    )
    name = models.CharField("活动名称", max_length=80)
    place = models.CharField("地点", max_length=200)
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    capacity = models.PositiveSmallIntegerField("名额")
    signup_opens_at = models.DateTimeField("报名开始时间")
    signup_closes_at = models.DateTimeField("报名截止时间")
    cancel_until = models.DateTimeField("取消报名截止时间")
    walk_ins = models.BooleanField("允许现场加入", default=False)
    check_in_opens_at = models.DateTimeField("签入开始时间")
    check_in_closes_at = models.DateTimeField("签入截止时间")
    check_out_closes_at = models.DateTimeField("签出截止时间")
    # Only "within" or "outside" the circle is kept of a person's position, never the position (requirements
    # §6).
    location_check = models.BooleanField("核对签到位置", default=False)
    latitude = models.DecimalField("纬度", max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField("经度", max_digits=8, decimal_places=5, null=True, blank=True)
    radius_m = models.PositiveIntegerField("签到范围（米）", default=500)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    cancel_reason = models.CharField("取消原因", max_length=200, blank=True)
    # Why a published activity rests: only `activities.services.pauses` writes it, from project and pairing.
    pause = models.CharField("暂停原因", max_length=10, choices=Pause.choices, blank=True, default="")
    # The pairing moved to another street: the place says so until the organiser writes the new one.
    place_open = models.BooleanField("地点待定", default=False)
    # People on the spot who may run the attendance: any people of the school, for this activity only.
    stewards = models.ManyToManyField(
        Member, blank=True, related_name="stewarding", verbose_name="现场负责人"
    )
    key = models.CharField(max_length=64, default=attendance_key, editable=False)
    # The organiser has settled the attendance: absent people are noted, hours are made.
    closed_at = models.DateTimeField("考勤结束时间", null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # The street's liaison has checked the list of people who came.
    street_confirmed_at = models.DateTimeField("街乡确认时间", null=True, blank=True)
    street_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    # Grows with every change that calendars must get (RFC 5545 SEQUENCE).
    sequence = models.PositiveIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField("创建时间", auto_now_add=True)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "活动"
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="activity_times_in_order",
                condition=Q(
                    ends_at__gt=F("starts_at"),
                    signup_closes_at__gt=F("signup_opens_at"),
                    check_in_opens_at__lte=F("starts_at"),
                    check_in_closes_at__gt=F("check_in_opens_at"),
                    check_out_closes_at__gte=F("ends_at"),
                ),
            ),
            models.CheckConstraint(name="activity_has_places", condition=Q(capacity__gte=1)),
            models.CheckConstraint(
                name="activity_cancelled_with_reason", condition=~Q(state="cancelled") | ~Q(cancel_reason="")
            ),
            # A draft is not offered, and what is called off does not come back.
            models.CheckConstraint(name="activity_pauses_when_open", condition=Q(pause="") | Q(state="open")),
            models.CheckConstraint(
                name="activity_location_has_a_centre",
                condition=Q(location_check=False) | Q(latitude__isnull=False, longitude__isnull=False),
            ),
        ]
        indexes = [
            # 活动 on the phone and every reminder ask for the next activities.
            models.Index(fields=["starts_at"], condition=Q(state="open"), name="activity_open"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("activity", args=[self.pk])


@track_history()
class Post(models.Model):
    """岗位: a part of the activity's places for one kind of work."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="posts")
    name = models.CharField("岗位", max_length=40)
    capacity = models.PositiveSmallIntegerField("名额")

    class Meta:
        verbose_name = verbose_name_plural = "岗位"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["activity", "name"], name="post_name_once_per_activity"),
            models.CheckConstraint(name="post_has_places", condition=Q(capacity__gte=1)),
        ]

    def __str__(self):
        return self.name
