"""Sign-in by the campus: first links that wait for a secretary, and the sessions that a campus opened."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from members.account_querysets import CampusLinkQuerySet
from members.models.history import track_history
from members.models.one_school import build_one_school_triggers
from members.models.organisation import School
from members.models.people import Member


@track_history()
class CampusLink(models.Model):
    """A campus identity whose name differs from the roster's: a secretary decides, never the person."""

    class State(models.TextChoices):
        WAITING = "waiting", "待核对"
        ACCEPTED = "accepted", "已通过"
        REFUSED = "refused", "未通过"

    school = models.ForeignKey(School, models.PROTECT, related_name="campus_links", verbose_name="学校")
    provider = models.CharField("来源", max_length=200)
    uid = models.CharField("校园身份", max_length=191)
    number = models.CharField("学号或工号", max_length=40)
    name = models.CharField("校园系统中的姓名", max_length=80, blank=True)
    # The person of the roster or the account with this number; a person of the roster may have no account yet.
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, related_name="campus_links", verbose_name="人员"
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="campus_links", verbose_name="账号"
    )
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="核对人"
    )
    decided_at = models.DateTimeField("核对时间", null=True)
    reason = models.CharField("原因", max_length=200, blank=True)

    objects = CampusLinkQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "校园登录核对"
        constraints = [
            models.UniqueConstraint(
                name="campus_link_waits_once", fields=["provider", "uid"], condition=Q(state="waiting")
            ),
            models.CheckConstraint(
                name="campus_link_state_known", condition=Q(state__in=["waiting", "accepted", "refused"])
            ),
            models.CheckConstraint(
                name="campus_link_decided_by_somebody",
                condition=Q(state="waiting", decided_by=None, decided_at=None)
                | ~Q(state="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="campus_link_has_a_person", condition=Q(member__isnull=False) | Q(account__isnull=False)
            ),
        ]
        triggers = build_one_school_triggers(
            "SELECT 1 FROM written w LEFT JOIN members_member m ON m.id = w.member_id "
            "LEFT JOIN members_user u ON u.id = w.account_id "
            "WHERE m.school_id <> w.school_id OR u.school_id IS DISTINCT FROM w.school_id AND u.id IS NOT NULL",
            "校园身份与人员不属于同一所学校。",
        )

    def __str__(self):
        return f"{self.number} {self.name}"

    @property
    def known_name(self) -> str:
        """The name in the roster, or that of the account."""
        return (self.member or self.account).name  # type: ignore[union-attr]  # a constraint: one of them is set


class CampusSession(models.Model):
    """A session that a CAS ticket opened; the campus ends it by naming the ticket, of which we keep a hash only."""

    provider = models.CharField(max_length=200)
    ticket_hash = models.CharField(max_length=64, unique=True)
    session_key = models.CharField(max_length=40, blank=True)
    opened_at = models.DateTimeField(auto_now_add=True, db_index=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "校园登录会话"

    def __str__(self):
        return f"{self.provider} {self.opened_at:%Y-%m-%d}"
