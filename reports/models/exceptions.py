"""The exception that 二(二) allows ("原则上"): 优秀 in spite of the conditions, never an honour."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from members.models import Member, ServiceYear
from members.models.history import build_truncate_trigger, track_history
from members.models.one_school import build_one_school_triggers
from reports.querysets import ExceptionQuerySet


@track_history()
class ExcellentException(models.Model):
    """A request of the branch or its college for an exception, decided by the school with a reason.

    Once decided the row does not change; only a granted exception can be revoked, which is kept beside it.
    """

    class State(models.TextChoices):
        ASKED = "asked", "待审批"
        GRANTED = "granted", "已同意"
        REFUSED = "refused", "未同意"
        REVOKED = "revoked", "已撤销"

    year = models.ForeignKey(ServiceYear, models.PROTECT, related_name="exceptions", verbose_name="年度")
    member = models.ForeignKey(Member, models.PROTECT, related_name="exceptions", verbose_name="人员")
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.ASKED)
    grounds = models.TextField("申请理由", max_length=500)
    asked_at = models.DateTimeField("申请时间")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField("审批理由", max_length=200, blank=True)
    # What barred 优秀 when the school decided: figures and rule values at that time.
    judged = models.JSONField("审批时的情况", null=True, blank=True)
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    revoke_reason = models.CharField("撤销原因", max_length=200, blank=True)

    branch_name: str  # only of rows from `with_places`
    college_name: str

    objects = ExceptionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评优例外"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="exception_once_per_person_and_year",
                fields=["year", "member"],
                condition=Q(state__in=["asked", "granted"]),
            ),
            models.CheckConstraint(name="exception_asked_with_grounds", condition=~Q(grounds="")),
            models.CheckConstraint(
                name="exception_decided_with_signer",
                condition=Q(state="asked", decided_at=None, decided_by=None, reason="", judged__isnull=True)
                | Q(state__in=["granted", "refused", "revoked"], decided_at__isnull=False)
                & Q(decided_by__isnull=False, judged__isnull=False)
                & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="exception_revoked_with_reason",
                condition=Q(state__in=["asked", "granted", "refused"], revoked_at=None, revoke_reason="")
                | Q(state="revoked", revoked_at__isnull=False, revoked_by__isnull=False)
                & ~Q(revoke_reason=""),
            ),
        ]
        indexes = [
            # For the requests that the school has to decide, and the people with an exception of a year.
            models.Index(fields=["year", "state"], name="exception_of_year"),
        ]
        triggers = [
            build_truncate_trigger("评优例外"),
            pgtrigger.Trigger(
                name="decided_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.state <> 'asked'"),
                func=(
                    "IF TG_OP = 'UPDATE' AND OLD.state = 'granted' AND NEW.state = 'revoked' AND "
                    "(OLD.year_id, OLD.member_id, OLD.grounds, OLD.asked_at, OLD.asked_by_id, OLD.decided_at, "
                    "OLD.decided_by_id, OLD.reason, OLD.judged) IS NOT DISTINCT FROM "
                    "(NEW.year_id, NEW.member_id, NEW.grounds, NEW.asked_at, NEW.asked_by_id, NEW.decided_at, "
                    "NEW.decided_by_id, NEW.reason, NEW.judged) THEN RETURN NEW; END IF; "
                    "RAISE EXCEPTION '评优例外审批后不能修改或删除，只能撤销。' "
                    "USING ERRCODE = 'restrict_violation';"
                ),
            ),
            *build_one_school_triggers(
                "SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id "
                "JOIN members_serviceyear y ON y.id = w.year_id WHERE y.school_id <> m.school_id",
                "评优例外的人员与年度不属于同一所学校。",
            ),
        ]

    def __str__(self):
        return f"{self.member} {self.year.year} 年度评优例外"

    def get_absolute_url(self):
        return reverse("exception", args=[self.pk])
