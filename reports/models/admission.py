"""入团: the days of an applicant's way into the League, and the slip of the deciding meeting (二(一))."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from members.models import Member
from members.models.history import build_truncate_trigger, track_history
from members.rules import stage_gate_problem
from reports.querysets import AdmissionQuerySet

GATE = stage_gate_problem("activist", "candidate", registered=False)
DECIDED = "已接收入团的记录不能修改或删除。"


def _require_date_order(earlier: str, later: str) -> Q:
    return Q(**{earlier: None}) | Q(**{later: None}) | Q(**{f"{later}__gte": F(earlier)})


@track_history()
class Admission(models.Model):
    """The track of an applicant: the days, and how it ended. The step itself is in `member.stage` only.

    OPEN as long as the person is on the way. OUTSIDE: the roster made the person a member, no meeting is
    recorded here. ADMITTED: a meeting decided; the slip it heard is kept and the row does not change any
    more. ENDED: the person left the way. reports.services.admission_tracks changes the row whenever the stage
    changes, by a page or by a file; the trigger `in_step` refuses a row that contradicts the stage.
    """

    class State(models.TextChoices):
        OPEN = "open", "培养中"
        OUTSIDE = "outside", "未记录支部大会"
        ADMITTED = "admitted", "已接收入团"
        ENDED = "ended", "已终止"

    member = models.ForeignKey(Member, models.PROTECT, related_name="admissions", verbose_name="人员")
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.OPEN)
    applied_on = models.DateField("提出入团申请")
    activist_on = models.DateField("列为入团积极分子", null=True, blank=True)
    candidate_on = models.DateField("列为发展对象", null=True, blank=True)
    # Before the meeting: the day for which it is called.
    meeting_on = models.DateField("召开支部大会", null=True, blank=True)
    # reports.rules.admission.freeze_report: what was reported, the votes, and the rule values used.
    slip = models.JSONField("支部大会报告单", null=True, blank=True)
    admitted_at = models.DateTimeField("登记时间", null=True, blank=True)
    admitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField("终止时间", null=True, blank=True)
    end_reason = models.CharField("终止原因", max_length=200, blank=True)

    objects = AdmissionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "入团培养"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="admission_one_running", fields=["member"], condition=Q(state__in=["open", "outside"])
            ),
            models.CheckConstraint(
                name="admission_state_known", condition=Q(state__in=["open", "outside", "admitted", "ended"])
            ),
            models.CheckConstraint(
                name="admission_days_in_order",
                condition=_require_date_order("applied_on", "activist_on")
                & _require_date_order("applied_on", "candidate_on")
                & _require_date_order("applied_on", "meeting_on")
                & _require_date_order("activist_on", "candidate_on")
                & _require_date_order("activist_on", "meeting_on")
                & _require_date_order("candidate_on", "meeting_on"),
            ),
            models.CheckConstraint(
                name="admission_admitted_with_slip",
                condition=~Q(state="admitted") & Q(slip=None, admitted_at=None, admitted_by=None)
                | Q(state="admitted", slip__isnull=False, meeting_on__isnull=False)
                & Q(admitted_at__isnull=False, admitted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="admission_ended_with_reason",
                condition=~Q(state="ended") & Q(ended_at=None, end_reason="")
                | Q(state="ended", ended_at__isnull=False) & ~Q(end_reason=""),
            ),
        ]
        triggers = [
            build_truncate_trigger("入团记录"),
            pgtrigger.Trigger(
                name="admitted_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.state = 'admitted'"),
                func=f"RAISE EXCEPTION '{DECIDED}' USING ERRCODE = 'restrict_violation';",
            ),
            # FOR SHARE: the stage cannot change between this check and the commit.
            pgtrigger.Trigger(
                name="in_step",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.state <> 'ended'"),
                declare=[("person", "members_member%ROWTYPE")],
                func="""
                    SELECT * INTO person FROM members_member WHERE id = NEW.member_id FOR SHARE;
                    IF (NEW.state = 'open') <> (person.stage IN ('applicant', 'activist', 'candidate'))
                        OR NEW.state <> 'open' AND person.stage <> 'member'
                        OR person.stage = 'applicant' AND NEW.activist_on IS NOT NULL
                        OR person.stage IN ('applicant', 'activist')
                            AND (NEW.candidate_on IS NOT NULL OR NEW.meeting_on IS NOT NULL)
                    THEN
                        RAISE EXCEPTION '入团记录与本人的发展阶段不一致。' USING ERRCODE = 'check_violation';
                    END IF;
                    IF NEW.state = 'admitted' AND person.registration_source = '' THEN
                        RAISE EXCEPTION '须先完成志愿者注册并核实，才能接收入团（通知二（一））。'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self):
        return f"{self.member} {self.get_state_display()}"

    def get_absolute_url(self):
        return reverse("admission", args=[self.member_id])


class Applicant(Member):
    """A proxy of the person that holds the gate of 二(一) for every writer of the stage. No table of its own."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "入团培养对象"
        triggers = [
            pgtrigger.Trigger(
                name="gate_of_admission",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.stage IN ('applicant', 'activist', 'candidate') AND NEW.stage IN ('candidate', 'member') "
                    "AND OLD.stage <> NEW.stage AND NEW.registration_source = ''"
                ),
                func=f"RAISE EXCEPTION '{GATE}' USING ERRCODE = 'check_violation';",
            ),
        ]
