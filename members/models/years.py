"""The rules of a school's year. Thresholds are data; a verdict keeps the values with which it was judged."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from members.models.history import track_history
from members.models.organisation import School
from members.querysets import ServiceYearQuerySet


class Source(models.TextChoices):
    """The source of a record of hours: two outside ledgers and the portal's own records (requirements §3)."""

    ATTENDANCE = "attendance", "本平台签到"
    SUPPLEMENT = "supplement", "补录"
    LEAGUE = "league", "北京共青团"
    VOLUNTEER_BEIJING = "volunteer_beijing", "志愿北京"


class HonourLevel(models.TextChoices):
    """The levels of an honour, from the lowest to the highest."""

    COLLEGE = "college", "院级"
    SCHOOL = "school", "校级"
    CITY = "city", "市级"
    NATION = "nation", "国家级"


def appraisal_sources() -> list[str]:
    """Return the default sources of hours for the appraisal (二(二)).

    北京共青团, and hours that colleges confirm in the portal.
    """
    return [Source.LEAGUE, Source.ATTENDANCE, Source.SUPPLEMENT]


def admission_sources() -> list[str]:
    """Return the default sources of hours for admission (二(一)): 志愿北京, and what colleges confirm here."""
    return [Source.VOLUNTEER_BEIJING, Source.ATTENDANCE, Source.SUPPLEMENT]


@track_history()
class ServiceYear(models.Model):
    """One row per school and calendar year: dates and thresholds of the notice, which the school may change."""

    school = models.ForeignKey(School, models.PROTECT, related_name="years", verbose_name="学校")
    year = models.PositiveSmallIntegerField("年度")

    # 三: the stages
    tidy_starts_on = models.DateField("组织梳理开始")
    tidy_ends_on = models.DateField("组织梳理结束")
    registration_starts_on = models.DateField("团员注册开始")
    registration_ends_on = models.DateField("团员注册结束")
    pairing_opens_at = models.DateTimeField("街乡结对开放时间", help_text="北京时间，精确到秒")
    pairing_closes_at = models.DateTimeField("街乡结对关闭时间")
    first_service_by = models.DateField("首次志愿服务完成期限")
    bulletin_anchor = models.DateField("首期通报日期")
    bulletin_interval_days = models.PositiveSmallIntegerField("通报间隔（天）", default=2)
    bulletin_ends_on = models.DateField("通报截止日期")
    # The number of the school's first issue of this year, chosen once; empty: it begins with 第1期.
    bulletin_first_number = models.PositiveSmallIntegerField("首期期号", null=True, blank=True)

    # 二, 四.3: the thresholds
    required_minutes = models.PositiveIntegerField(
        "年度服务时长要求（分钟）", default=1200, help_text="1200 分钟即 20 小时"
    )
    floor_percent = models.PositiveSmallIntegerField("团支部注册率底线（%）", default=95)
    excellent_quota_percent = models.PositiveSmallIntegerField("评议优秀比例上限（%）", default=30)
    semester_visit_is_gate = models.BooleanField("每学期街乡服务作为评优条件", default=False)
    member_honour_floor = models.CharField(
        "团员条件限制的最低荣誉级别",
        max_length=10,
        choices=HonourLevel.choices,
        default=HonourLevel.SCHOOL,
        help_text="二（二）为市级以上，四.3 为校级以上；默认从严，按校级",
    )
    branch_honour_floor = models.CharField(
        "团支部条件限制的最低荣誉级别",
        max_length=10,
        choices=HonourLevel.choices,
        default=HonourLevel.SCHOOL,
    )
    appraisal_sources = ArrayField(
        models.CharField(max_length=20, choices=Source.choices),
        default=appraisal_sources,
        verbose_name="评议认定的时长来源",
    )
    admission_sources = ArrayField(
        models.CharField(max_length=20, choices=Source.choices),
        default=admission_sources,
        verbose_name="发展团员认定的时长来源",
    )
    longest_counts = models.BooleanField(
        "同一服务按时长较长的台账计", default=False, help_text="默认按评议认定来源的先后，取排在前面的台账"
    )
    daily_cap_minutes = models.PositiveSmallIntegerField("每日时长上限（分钟）", default=480)
    confirm_working_days = models.PositiveSmallIntegerField("时长确认期限（工作日）", default=10)

    # 三(三): pairing
    urban_cap = models.PositiveSmallIntegerField("城区街乡对接上限", default=5)
    suburban_cap = models.PositiveSmallIntegerField("郊区街乡对接上限", default=3)
    urban_quota = models.PositiveSmallIntegerField("城区结对数", default=7)
    suburban_quota = models.PositiveSmallIntegerField("郊区结对数", default=3)
    streets_assigned = models.BooleanField("只能选择分配给我校的街乡", default=False)
    streets_shared = models.BooleanField("允许多个学院与同一街乡结对", default=False)
    offline_days = models.PositiveSmallIntegerField("线下结对期限（天）", default=3)

    created_at = models.DateTimeField(auto_now_add=True)

    objects = ServiceYearQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "年度规则"
        ordering = ["-year"]
        constraints = [
            models.UniqueConstraint(fields=["school", "year"], name="year_once_per_school"),
            models.CheckConstraint(
                name="year_percentages_in_range",
                condition=Q(floor_percent__range=(1, 100), excellent_quota_percent__range=(0, 100)),
            ),
            models.CheckConstraint(
                name="year_interval_at_least_a_day", condition=Q(bulletin_interval_days__gte=1)
            ),
            models.CheckConstraint(
                name="year_stages_in_order",
                condition=Q(
                    tidy_ends_on__gte=F("tidy_starts_on"),
                    registration_ends_on__gte=F("registration_starts_on"),
                    pairing_closes_at__gt=F("pairing_opens_at"),
                    bulletin_ends_on__gte=F("bulletin_anchor"),
                ),
            ),
        ]

    def __str__(self):
        return f"{self.school} {self.year} 年度"

    def get_cap(self, kind: str) -> int:
        """Return how many colleges of the whole city may pair with a street of this kind (三(三)1)."""
        return self.urban_cap if kind == "urban" else self.suburban_cap


@track_history()
class Semester(models.Model):
    """A semester (first and last day).

    二(三): each student serves at least once per semester at the paired street.
    """

    year = models.ForeignKey(ServiceYear, models.CASCADE, related_name="semesters", verbose_name="年度")
    name = models.CharField("学期", max_length=40)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")

    class Meta:
        verbose_name = verbose_name_plural = "学期"
        ordering = ["starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["year", "name"], name="semester_name_once_per_year"),
            models.CheckConstraint(
                name="semester_ends_after_start", condition=Q(ends_on__gte=F("starts_on"))
            ),
        ]

    def __str__(self):
        return f"{self.year.year} {self.name}"
