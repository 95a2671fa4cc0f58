"""The ledger of hours: records in whole minutes that are never edited once confirmed (requirements §3)."""

from datetime import date

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse

from activities.models.projects import Activity, Project
from activities.models.signups import SignUp
from activities.querysets import LinkQuerySet, ObjectionQuerySet, RecordQuerySet, SlipQuerySet
from activities.rules.ledgers import MADE_UP
from members.models import ImportRun, Member, School, Street
from members.models.history import build_truncate_trigger, track_history
from members.models.one_school import build_one_school_triggers
from members.models.years import Source

# A supplement with more minutes than this needs the signatures of two people.
TWO_SIGNATURES_ABOVE_MINUTES = 240
# A record of a file has none of these (but who uploaded it): indexes that leave such records out cost a file nothing.
FILLED = (
    "activity",
    "project",
    "street",
    "submitted_by",
    "signed_by",
    "decided_by",
    "street_confirmed_by",
    "voided_by",
)
VOIDING = ("state", "voided_at", "voided_by_id", "void_reason")


def relate_portal_record(to: type[models.Model], label: str) -> models.ForeignKey:
    """Return a relation of records of the portal; `FILLED` has its index."""
    return models.ForeignKey(
        to,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="records",
        verbose_name=label,
        db_index=False,
    )


def relate_author() -> models.ForeignKey:
    """Return a relation to the account that did something with a record; `FILLED` has its index."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )


class Span(Func):
    """The time range [starts_at, ends_at) of a record."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


@track_history()
class ServiceRecord(models.Model):
    """A service of one person: `minutes` on the local date `served_on` (Asia/Shanghai, the date it began).

    PENDING waits for the college, or for the city if the record came with a file. CONFIRMED counts permanently:
    the database refuses every change but voiding. A correction voids with a reason and adds a record
    (`corrects`).
    """

    Source = Source
    twins: list["ServiceRecord"]  # added by activities.queries.shortfalls.attach_twins

    class State(models.TextChoices):
        PENDING = "pending", "待确认"
        CONFIRMED = "confirmed", "已确认"
        REJECTED = "rejected", "未通过"
        VOIDED = "voided", "已作废"

    # `record_list` begins with the school.
    school = models.ForeignKey(
        School, models.PROTECT, related_name="records", verbose_name="学校", db_index=False
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="records", verbose_name="人员")
    source = models.CharField("来源", max_length=20, choices=Source.choices)
    # The number in the outside ledger, or a made-up one that identifies the row if that ledger has none.
    outside_no = models.CharField("外部记录编号", max_length=200, blank=True)
    title = models.CharField("服务内容", max_length=120)
    served_on = models.DateField("服务日期")
    # Empty if an outside ledger has only the day.
    starts_at = models.DateTimeField("开始时间", null=True, blank=True)
    ends_at = models.DateTimeField("结束时间", null=True, blank=True)
    minutes = models.PositiveIntegerField("时长（分钟）")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.PENDING)

    signup = models.ForeignKey(
        SignUp, models.PROTECT, null=True, blank=True, related_name="records", verbose_name="报名"
    )
    activity = relate_portal_record(Activity, "活动")
    project = relate_portal_record(Project, "项目")
    # The street of the service, for the visit each semester at the paired street (二(三)).
    street = relate_portal_record(Street, "街乡")
    import_run = models.ForeignKey(ImportRun, models.SET_NULL, null=True, blank=True, related_name="+")

    description = models.TextField("补录说明", max_length=1000, blank=True)
    evidence = models.FileField("证明材料", upload_to="evidence/%Y/", blank=True)
    evidence_digest = models.CharField(max_length=64, blank=True, editable=False)

    submitted_at = models.DateTimeField("提交时间")
    submitted_by = relate_author()
    # The first of two signatures under a supplement of more than four hours.
    signed_at = models.DateTimeField("初审时间", null=True, blank=True)
    signed_by = relate_author()
    # Confirmed or rejected. `decided_by` is empty if the city's file says that the record is confirmed.
    decided_at = models.DateTimeField("审核时间", null=True, blank=True)
    decided_by = relate_author()
    decision_note = models.CharField("审核说明", max_length=200, blank=True)
    street_confirmed_at = models.DateTimeField("街乡确认时间", null=True, blank=True)
    street_confirmed_by = relate_author()
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)
    voided_by = relate_author()
    void_reason = models.CharField("作废原因", max_length=200, blank=True)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name="更正的记录"
    )

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "时长记录"
        ordering = ["-served_on", "-pk"]
        constraints = [
            models.CheckConstraint(name="record_minutes_positive", condition=Q(minutes__gt=0)),
            models.CheckConstraint(
                name="record_ends_after_start",
                condition=Q(starts_at=None, ends_at=None)
                | Q(starts_at__isnull=False) & (Q(ends_at=None) | Q(ends_at__gt=F("starts_at"))),
            ),
            models.UniqueConstraint(
                name="record_once_per_outside_number",
                fields=["school", "source", "outside_no"],
                # A rejected record may come again under its number: the rejection stays in the record's
                # history.
                condition=~Q(outside_no="") & Q(state__in=["pending", "confirmed"]),
            ),
            models.UniqueConstraint(
                name="record_once_per_signup",
                fields=["signup"],
                condition=Q(signup__isnull=False) & ~Q(state__in=["voided", "rejected"]),
            ),
            models.CheckConstraint(
                name="record_fits_source",
                condition=Q(
                    source="attendance", signup__isnull=False, starts_at__isnull=False, ends_at__isnull=False
                )
                | Q(source="supplement", starts_at__isnull=False, ends_at__isnull=False)
                & ~Q(evidence="")
                & ~Q(description="")
                | Q(source__in=["league", "volunteer_beijing"], signup=None) & ~Q(outside_no=""),
            ),
            models.CheckConstraint(
                name="record_decided_with_time",
                condition=Q(state="pending", decided_at=None)
                | ~Q(state="pending") & Q(decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="record_decided_by_somebody",
                condition=Q(state="pending")
                | Q(source__in=["league", "volunteer_beijing"])
                | Q(decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="record_two_signatures",
                condition=~Q(source="supplement", state="confirmed", minutes__gt=TWO_SIGNATURES_ABOVE_MINUTES)
                | Q(signed_by__isnull=False) & ~Q(signed_by=F("decided_by")),
            ),
            models.CheckConstraint(
                name="record_voided_with_reason",
                condition=~Q(state="voided", void_reason="")
                & (Q(state="voided", voided_at__isnull=False) | ~Q(state="voided") & Q(voided_at=None)),
            ),
            models.CheckConstraint(
                name="record_rejected_with_reason", condition=~Q(state="rejected", decision_note="")
            ),
            ExclusionConstraint(
                name="record_portal_hours_never_overlap",
                expressions=[
                    ("member", RangeOperators.EQUAL),
                    (Span("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(state="confirmed", source__in=["attendance", "supplement"]),
            ),
        ]
        indexes = [
            # Sums per person and date range are read from this index alone.
            models.Index(
                fields=["member", "served_on"],
                include=["minutes", "source", "id"],
                condition=Q(state="confirmed"),
                name="record_sums",
            ),
            # Records waiting for a college, oldest first.
            models.Index(
                fields=["school", "submitted_at"], condition=Q(state="pending"), name="record_waiting"
            ),
            # Lists of a school by date.
            models.Index(fields=["school", "-served_on", "-id"], name="record_list"),
            # The same evidence used before.
            models.Index(
                fields=["school", "evidence_digest"], condition=~Q(evidence_digest=""), name="record_evidence"
            ),
            *(
                models.Index(fields=[name], condition=Q(**{f"{name}__isnull": False}), name=f"record_{name}")
                for name in FILLED
            ),
        ]
        triggers = [
            build_truncate_trigger("时长记录"),
            pgtrigger.Trigger(
                name="confirmed_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state IN ('confirmed', 'voided', 'rejected')"),
                func=(
                    "IF OLD.state = 'confirmed' AND NEW.state = 'voided' AND "
                    f"to_jsonb(NEW) - '{{{','.join(VOIDING)}}}'::text[] = "
                    f"to_jsonb(OLD) - '{{{','.join(VOIDING)}}}'::text[] THEN RETURN NEW; END IF; "
                    "RAISE EXCEPTION '已审核的时长记录不能修改，只能作废后重新登记。' "
                    "USING ERRCODE = 'restrict_violation';"
                ),
            ),
            pgtrigger.Trigger(
                name="never_deleted",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="RAISE EXCEPTION '时长记录不能删除。' USING ERRCODE = 'restrict_violation';",
            ),
            pgtrigger.Trigger(
                name="nobody_confirms_own",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.state = 'confirmed' AND (NEW.decided_by_id IS NOT NULL OR NEW.signed_by_id IS NOT NULL)"
                ),
                func=(
                    "IF EXISTS (SELECT 1 FROM members_user u WHERE u.member_id = NEW.member_id "
                    "AND u.id IN (NEW.decided_by_id, NEW.signed_by_id)) THEN "
                    "RAISE EXCEPTION '不能审核本人的时长。' USING ERRCODE = 'check_violation'; END IF; RETURN NEW;"
                ),
            ),
            *build_one_school_triggers(
                "SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id "
                "WHERE m.school_id <> w.school_id",
                "时长记录与人员不属于同一所学校。",
            ),
        ]

    def __str__(self):
        return f"{self.member} {self.served_on} {self.title}"

    def get_absolute_url(self):
        return reverse("record", args=[self.pk])

    @property
    def ledger_no(self) -> str:
        """Return the number that the outside ledger gave; "" where the portal has made one up."""
        return "" if MADE_UP in self.outside_no else self.outside_no


@track_history()
class RecordLink(models.Model):
    """One service in several ledgers: records with the same `service` count once.

    `service` is the number of the group: the smallest record id it began with. A record's own id with a minus
    means that somebody separated the record by hand: it is a service of its own. The order of sources in the
    year's rules decides which record of a group counts. The link is a table of its own because a record must
    not change any more.
    """

    record = models.OneToOneField(ServiceRecord, models.CASCADE, primary_key=True, related_name="link")
    # `link_of_member` begins with the member; a service is always one of somebody.
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", db_index=False)
    service = models.BigIntegerField()
    # Linked by day and duration alone, under different titles: counts once, and waits for a decision.
    doubtful = models.BooleanField("疑似同一服务", default=False, db_default=False)
    linked_at = models.DateTimeField("关联时间")
    # Empty: linked by the rule. Set: linked by hand, and the rule does not change it.
    linked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField("关联说明", max_length=200, blank=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "同一服务"
        indexes = [models.Index(fields=["member", "service"], name="link_of_member")]

    def __str__(self):
        return f"{self.record_id} = {self.service}"


@track_history()
class Objection(models.Model):
    """异议: a member's objection to a record or to being noted absent, and the answer."""

    class State(models.TextChoices):
        OPEN = "open", "待答复"
        UPHELD = "upheld", "已采纳"
        DISMISSED = "dismissed", "未采纳"
        WITHDRAWN = "withdrawn", "已撤回"

    due_on: date  # these two are added by activities.queries.terms.add_terms
    late: bool
    member = models.ForeignKey(Member, models.PROTECT, related_name="objections", verbose_name="提出人")
    record = models.ForeignKey(
        ServiceRecord,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="objections",
        verbose_name="时长记录",
    )
    signup = models.ForeignKey(
        SignUp, models.PROTECT, null=True, blank=True, related_name="objections", verbose_name="报名"
    )
    text = models.TextField("异议内容", max_length=1000)
    raised_at = models.DateTimeField("提出时间")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OPEN)
    answer = models.TextField("答复", max_length=1000, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "异议"
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="objection_about_one_thing",
                condition=Q(record__isnull=False, signup=None) | Q(record=None, signup__isnull=False),
            ),
            models.CheckConstraint(
                name="objection_answered_in_words",
                condition=Q(state__in=["open", "withdrawn"])
                | Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer=""),
            ),
            models.UniqueConstraint(
                name="objection_open_once_per_record", fields=["record"], condition=Q(state="open")
            ),
            models.UniqueConstraint(
                name="objection_open_once_per_signup", fields=["signup"], condition=Q(state="open")
            ),
        ]

    def __str__(self):
        return f"{self.member} {self.raised_at:%Y-%m-%d}"

    def get_absolute_url(self):
        return reverse("objection", args=[self.pk])


class HoursSlip(models.Model):
    """校内志愿服务时长确认单: the printed lines, so that anybody can check the paper against the ledger."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="slips", verbose_name="人员")
    token = models.CharField(max_length=40, unique=True, editable=False)
    starts_on = models.DateField("起始日期")
    ends_on = models.DateField("截止日期")
    # As printed: [[served_on, title, source, minutes], …]; then their sum and the digest of the ledger at
    # that time.
    lines = models.JSONField()
    minutes = models.PositiveIntegerField("合计（分钟）")
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField("出具时间")

    objects = SlipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "时长确认单"
        ordering = ["-made_at"]
        triggers = [
            pgtrigger.Trigger(
                name="printed_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="RAISE EXCEPTION '已出具的确认单不能修改。' USING ERRCODE = 'restrict_violation';",
            )
        ]

    def __str__(self):
        return f"{self.member} {self.made_at:%Y-%m-%d}"

    def get_absolute_url(self):
        return reverse("slip", args=[self.pk])
