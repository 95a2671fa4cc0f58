"""Sign-ups with attendance: one row per person and activity."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from activities.models.projects import Activity, Post
from activities.querysets import SignUpQuerySet
from members.models import Member
from members.models.history import build_truncate_trigger, track_history
from members.models.one_school import build_one_school_triggers


class How(models.TextChoices):
    """The way in which a person was checked in or out."""

    SCAN = "scan", "本人扫码"
    ORGANISER = "organiser", "负责人扫码"
    TICK = "tick", "负责人登记"


class Where(models.TextChoices):
    """The only facts kept of a location."""

    NOT_ASKED = "", "—"
    WITHIN = "within", "在签到范围内"
    OUTSIDE = "outside", "不在签到范围内"
    UNKNOWN = "unknown", "未取得位置"


class Flag(models.TextChoices):
    """A flag that the organiser sees and settles (requirements §3, attendance).

    The portal never guesses silently.
    """

    LATE_IN = "late_in", "迟到"
    EARLY_OUT = "early_out", "早退"
    NO_CHECK_OUT = "no_check_out", "未签出"
    LATE_OUT = "late_out", "超时签出"
    TOO_LONG = "too_long", "超过每日时长上限"
    OVERLAP = "overlap", "与其他服务时间重叠"
    OVER_CAPACITY = "over_capacity", "现场加入超出名额"
    OUTSIDE = "outside", "位置不符"
    TICKED = "ticked", "负责人登记"


@track_history()
class SignUp(models.Model):
    """A person's place in an activity, with check-in and check-out (aware times of the server's clock).

    `seat` is the place's number, 1 … capacity. People who wait, have cancelled, or walked in without room
    have none.
    """

    class State(models.TextChoices):
        SIGNED_UP = "signed_up", "已报名"
        WAITING = "waiting", "候补中"
        # By the person, or because the person may not come any more.
        CANCELLED = "cancelled", "已取消"
        # By the organiser; holds until the organiser lifts it.
        REMOVED = "removed", "已移出"
        # Checked in on the spot when all places were taken: counts if the organiser admits the person.
        UNSEATED = "unseated", "现场加入待处理"

    clash: str  # only of sign-ups whose activity moves onto another one of the person

    activity = models.ForeignKey(Activity, models.PROTECT, related_name="signups", verbose_name="活动")
    member = models.ForeignKey(Member, models.PROTECT, related_name="signups", verbose_name="人员")
    post = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="signups", verbose_name="岗位"
    )
    state = models.CharField("状态", max_length=10, choices=State.choices)
    seat = models.PositiveSmallIntegerField("名额序号", null=True, blank=True)
    signed_up_at = models.DateTimeField("报名时间")
    waiting_since = models.DateTimeField("候补开始时间", null=True, blank=True)
    # Moved up from the waiting list, or the activity was moved: the person may leave until the start.
    moved_at = models.DateTimeField("补上或改期时间", null=True, blank=True)
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)
    cancel_reason = models.CharField("取消原因", max_length=200, blank=True)
    walk_in = models.BooleanField("现场加入", default=False)

    checked_in_at = models.DateTimeField("签入时间", null=True, blank=True)
    checked_in_how = models.CharField("签入方式", max_length=10, choices=How.choices, blank=True)
    checked_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    checked_in_where = models.CharField("签入位置", max_length=8, choices=Where.choices, blank=True)
    checked_out_at = models.DateTimeField("签出时间", null=True, blank=True)
    checked_out_how = models.CharField("签出方式", max_length=10, choices=How.choices, blank=True)
    checked_out_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    checked_out_where = models.CharField("签出位置", max_length=8, choices=Where.choices, blank=True)
    tick_reason = models.CharField("登记原因", max_length=200, blank=True)
    # Flags that prevent taking the times as they are; empty, or the organiser settles them with a reason.
    flags = ArrayField(models.CharField(max_length=20, choices=Flag.choices), default=list, blank=True)
    settled_at = models.DateTimeField("处理时间", null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    settle_reason = models.CharField("处理说明", max_length=200, blank=True)
    # The span that counts after settling; if both are empty, nothing counts.
    settled_start = models.DateTimeField("认定开始时间", null=True, blank=True)
    settled_end = models.DateTimeField("认定结束时间", null=True, blank=True)
    no_show_at = models.DateTimeField("登记缺席时间", null=True, blank=True)
    street_confirmed_at = models.DateTimeField("街乡确认时间", null=True, blank=True)
    street_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    objects = SignUpQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "报名"
        ordering = ["signed_up_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["activity", "member"], name="signup_once_per_person"),
            models.UniqueConstraint(fields=["activity", "seat"], name="signup_seat_once"),
            models.CheckConstraint(
                name="signup_seat_fits_state",
                condition=Q(state="signed_up", seat__gte=1)
                | Q(state__in=["waiting", "cancelled", "removed", "unseated"], seat=None),
            ),
            models.CheckConstraint(
                name="signup_removed_with_reason", condition=~Q(state="removed") | ~Q(cancel_reason="")
            ),
            models.CheckConstraint(
                name="signup_waits_since", condition=~Q(state="waiting") | Q(waiting_since__isnull=False)
            ),
            models.CheckConstraint(
                name="signup_out_after_in",
                condition=Q(checked_out_at=None)
                | Q(checked_in_at__isnull=False, checked_out_at__gte=F("checked_in_at")),
            ),
            models.CheckConstraint(
                name="signup_ticked_with_reason",
                condition=~(Q(checked_in_how="tick") | Q(checked_out_how="tick")) | ~Q(tick_reason=""),
            ),
            models.CheckConstraint(
                name="signup_settled_with_reason",
                condition=Q(settled_at=None, settled_start=None, settled_end=None)
                | Q(settled_at__isnull=False) & ~Q(settle_reason=""),
            ),
            models.CheckConstraint(
                name="signup_settled_span",
                condition=Q(settled_start=None, settled_end=None)
                | Q(settled_end__gt=F("settled_start"), settled_start__isnull=False),
            ),
            models.CheckConstraint(
                name="signup_no_show_never_came",
                condition=Q(no_show_at=None) | Q(checked_in_at=None, settled_start=None),
            ),
        ]
        indexes = [
            # Waiting people in their order, asked when a place becomes free.
            models.Index(
                fields=["activity", "waiting_since"], condition=Q(state="waiting"), name="signup_waiting"
            ),
        ]
        triggers = [
            build_truncate_trigger("报名记录"),
            pgtrigger.Trigger(
                name="seat_within_capacity",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.seat IS NOT NULL"),
                func=(
                    "IF NEW.seat > (SELECT capacity FROM activities_activity WHERE id = NEW.activity_id) THEN "
                    "RAISE EXCEPTION '名额已满。' USING ERRCODE = 'check_violation'; END IF; RETURN NEW;"
                ),
            ),
            *build_one_school_triggers(
                "SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id "
                "JOIN activities_activity a ON a.id = w.activity_id "
                "JOIN activities_project p ON p.id = a.project_id "
                "JOIN members_college c ON c.id = p.college_id WHERE c.school_id <> m.school_id",
                "报名人与活动不属于同一所学校。",
            ),
        ]

    def __str__(self):
        return f"{self.member} — {self.activity}"

    @property
    def flag_words(self) -> list[str]:
        """Return the labels of the flags, as the pages show them."""
        return [Flag(flag).label for flag in self.flags]


class CalendarFeed(models.Model):
    """The private address under which a person's calendar program reads the person's own sign-ups."""

    member = models.OneToOneField(Member, models.CASCADE, related_name="calendar_feed")
    token = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "日历订阅"

    def __str__(self):
        return f"{self.member} 的日历"
