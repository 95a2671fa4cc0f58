"""What counts: how many minutes of each record count, and why the rest does not (requirements §3)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from activities.models.ledger import ServiceRecord
from activities.querysets import ChangedTotalQuerySet, WaitingHoursQuerySet
from members.models import ImportRun, Member, School
from members.models.history import track_history
from members.models.years import Source


class CountedRecord(models.Model):
    """What one confirmed or pending record counts: minutes for the appraisal and for the admission.

    The ledger never changes, so this is a table beside it, computed by `activities.rules.counting` alone and
    written by `activities.services.counting`. Sums are plain sums over it. A reason says why the record counts
    less than its own minutes; `…_yields_to` is the record that counts instead.
    """

    class Reason(models.TextChoices):
        NONE = "", "—"
        PENDING = "pending", "待确认"
        SAME_SERVICE = "same_service", "同一服务"
        OVERLAP = "overlap", "时间重叠"
        DAY_FULL = "day_full", "超过一天"
        SPAN = "span", "超过起止时间"
        SOURCE = "source", "来源不计入"

    record = models.OneToOneField(ServiceRecord, models.CASCADE, primary_key=True, related_name="counted")
    # `counted_sums` begins with the member.
    member = models.ForeignKey(Member, models.CASCADE, related_name="+", verbose_name="人员", db_index=False)
    served_on = models.DateField("服务日期")
    appraisal = models.PositiveIntegerField("评议计入（分钟）")
    admission = models.PositiveIntegerField("发展计入（分钟）")
    # Of a pending record: the minutes that the appraisal would gain if it were confirmed now.
    waiting = models.PositiveIntegerField("待确认（分钟）", default=0)
    appraisal_reason = models.CharField("评议未全计原因", max_length=12, choices=Reason.choices, blank=True)
    admission_reason = models.CharField("发展未全计原因", max_length=12, choices=Reason.choices, blank=True)
    # Without an index: records that yield to one are looked up among those of its person.
    appraisal_yields_to = models.ForeignKey(
        ServiceRecord, models.CASCADE, null=True, related_name="+", db_index=False
    )
    admission_yields_to = models.ForeignKey(
        ServiceRecord, models.CASCADE, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = verbose_name_plural = "计入时长"
        constraints = [
            models.CheckConstraint(
                name="counted_pending_counts_nothing", condition=Q(waiting=0) | Q(appraisal=0, admission=0)
            ),
        ]
        indexes = [
            # Sums per person and date range are read from this index alone.
            models.Index(
                fields=["member", "served_on"],
                include=["appraisal", "admission", "waiting", "record"],
                name="counted_sums",
            ),
        ]

    def __str__(self):
        return f"{self.record_id}: {self.appraisal}"


class ChangedTotal(models.Model):
    """A person's total of a year that the rule of what counts changed, when it replaced the former sum.

    Written once, by the migration that brought the rule, so that every changed figure can be explained.
    """

    class Purpose(models.TextChoices):
        APPRAISAL = "appraisal", "评议"
        ADMISSION = "admission", "发展团员"

    member = models.ForeignKey(Member, models.CASCADE, related_name="+", verbose_name="人员")
    year = models.PositiveSmallIntegerField("年度")
    purpose = models.CharField("用途", max_length=10, choices=Purpose.choices)
    before = models.PositiveIntegerField("更新前（分钟）")
    after = models.PositiveIntegerField("更新后（分钟）")
    reasons = models.JSONField("原因")  # sentences, one a record
    found_at = models.DateTimeField("更新时间")

    objects = ChangedTotalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "更新后有变化的时长"
        constraints = [
            models.UniqueConstraint(fields=["member", "year", "purpose"], name="changed_total_once"),
            models.CheckConstraint(name="changed_total_changes", condition=~Q(before=models.F("after"))),
        ]

    def __str__(self):
        return f"{self.member} {self.year}: {self.before} → {self.after}"


@track_history()
class OverlapDecision(models.Model):
    """Somebody has decided that a record counts although its time overlaps another record's.

    The record then counts like one without times: only the 24 hours of the day limit it.
    """

    record = models.OneToOneField(
        ServiceRecord, models.CASCADE, primary_key=True, related_name="overlap_decision"
    )
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    decided_at = models.DateTimeField("处理时间")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField("处理说明", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "时间重叠的处理"

    def __str__(self):
        return f"{self.record_id}"


@track_history()
class MissingRecord(models.Model):
    """A record that a later file of its ledger no longer has, although the file covers person and day.

    It counts on until somebody settles it: `kept` (a later file does not ask again), or `voided`. `back`: a
    later file has it again.
    """

    class Outcome(models.TextChoices):
        OPEN = "", "待核对"
        KEPT = "kept", "保留"
        VOIDED = "voided", "已作废"
        BACK = "back", "重新出现"

    record = models.OneToOneField(ServiceRecord, models.CASCADE, primary_key=True, related_name="missing")
    import_run = models.ForeignKey(ImportRun, models.SET_NULL, null=True, related_name="+")
    filename = models.CharField("文件", max_length=200)
    found_at = models.DateTimeField("发现时间")
    outcome = models.CharField("处理结果", max_length=10, choices=Outcome.choices, blank=True)
    settled_at = models.DateTimeField("处理时间", null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField("处理说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "文件中缺少的记录"
        indexes = [models.Index(fields=["found_at"], condition=Q(outcome=""), name="missing_open")]

    def __str__(self):
        return f"{self.record_id}"


@track_history()
class WaitingHours(models.Model):
    """A row of hours that is not in the ledger yet.

    `nobody`: its person is not here; it goes in by itself when the number becomes known. `equal`: a second row
    equal to another one without times; a person decides whether it is a second service. `data` is the row as
    `activities.resources.hours.HoursResource` gives it.
    """

    class Question(models.TextChoices):
        NOBODY = "nobody", "人员不在平台中"
        EQUAL = "equal", "两行完全相同"

    class State(models.TextChoices):
        WAITING = "waiting", "待处理"
        TAKEN = "taken", "已录入"
        DISMISSED = "dismissed", "不录入"

    school = models.ForeignKey(School, models.CASCADE, related_name="waiting_hours", verbose_name="学校")
    source = models.CharField("来源", max_length=20, choices=Source.choices)
    outside_no = models.CharField("外部记录编号", max_length=200)
    person_no = models.CharField("学号或志愿者编号", max_length=40)
    name = models.CharField("姓名", max_length=80)
    name_key = models.CharField(max_length=80, editable=False)
    data = models.JSONField()
    question = models.CharField("原因", max_length=10, choices=Question.choices)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    # Why the row still waits, as the page shows it.
    reason = models.CharField("说明", max_length=200, blank=True, default="", db_default="")
    record = models.ForeignKey(ServiceRecord, models.SET_NULL, null=True, related_name="+")
    import_run = models.ForeignKey(ImportRun, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField("导入时间", auto_now_add=True)
    settled_at = models.DateTimeField("处理时间", null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = WaitingHoursQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "待录入时长"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["school", "source", "outside_no"], name="waiting_hours_once_per_number"
            ),
        ]
        indexes = [
            # Rows that a number which becomes known takes in.
            models.Index(
                fields=["school", "source", "person_no"], condition=Q(state="waiting"), name="waiting_person"
            ),
        ]

    def __str__(self):
        return f"{self.person_no} {self.name}"
