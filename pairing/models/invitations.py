"""Invitations: a link by which a street's person in charge works for a school, after the school has checked it."""

import secrets
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from members.models import College, ServiceYear, Street
from members.models.history import track_history
from pairing.querysets import InvitationQuerySet

STATE_NAMES = {
    "unchecked": "待核实",
    "open": "等待接受",
    "used": "已接受",
    "expired": "已过期",
    "withdrawn": "已撤回",
}


def invitation_token() -> str:
    """Return a new token. Everybody who has it can open the account, so it is too long to be guessed."""
    return secrets.token_urlsafe(24)


@track_history(exclude=["token", "phone", "invited_from"])
class Invitation(models.Model):
    """An invitation to a street's contact (三(三)3).

    Its link gives one account the role at one street for one school, once, for some days. The link opens nothing
    until an admin other than the inviter has called the street's office, so that no inviter becomes the street.
    """

    year = models.ForeignKey(ServiceYear, models.PROTECT, related_name="invitations", verbose_name="年度")
    # The college that invites; None if the school itself invites.
    college = models.ForeignKey(
        College, models.PROTECT, null=True, blank=True, related_name="invitations", verbose_name="学院"
    )
    street = models.ForeignKey(Street, models.PROTECT, related_name="invitations", verbose_name="街乡")
    invitee = models.CharField("邀请对象", max_length=60, blank=True)
    token = models.CharField(max_length=40, unique=True, default=invitation_token, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # The inviter's network address; the audit says whether the link was accepted from another one.
    invited_from = models.GenericIPAddressField("邀请时的网络地址", null=True, blank=True, editable=False)
    created_at = models.DateTimeField("邀请时间")
    expires_at = models.DateTimeField("有效期至")
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    checked_at = models.DateTimeField("核实时间", null=True, blank=True)
    # None with a time: the operator, by `manage.py check_invitation`.
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="核实人",
    )
    check_note = models.CharField("核实情况", max_length=300, blank=True)
    # The called number is not the street's in the directory, or the directory has none: a warning for the school.
    called_outside = models.BooleanField("核实号码不在街乡名录中", default=False, editable=False)
    # Accepted before invitations were checked: the one reason for a used invitation without a check.
    from_before_checks = models.BooleanField("核实制度之前接受", default=False, editable=False)
    used_at = models.DateTimeField("接受时间", null=True, blank=True)
    # An account accepts the invitations of several schools, one after the other.
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="invitations",
        verbose_name="账号",
    )
    phone = models.CharField("手机号码", max_length=40, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "街乡负责人邀请"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="invitation_used_with_account",
                condition=Q(used_at=None, account=None) | Q(used_at__isnull=False, account__isnull=False),
            ),
            models.CheckConstraint(
                name="invitation_used_or_withdrawn", condition=Q(used_at=None) | Q(withdrawn_at=None)
            ),
            models.CheckConstraint(
                name="invitation_expires_after_creation", condition=Q(expires_at__gt=F("created_at"))
            ),
            models.CheckConstraint(
                name="invitation_checked_with_note",
                condition=Q(checked_at=None, checked_by=None, check_note="")
                | Q(checked_at__isnull=False) & ~Q(check_note=""),
            ),
            models.CheckConstraint(
                name="invitation_checked_before_use",
                condition=Q(used_at=None) | Q(checked_at__isnull=False) | Q(from_before_checks=True),
            ),
            models.CheckConstraint(
                name="invitation_checked_by_another", condition=~Q(checked_by=F("invited_by"))
            ),
            models.CheckConstraint(
                name="invitation_accepted_by_another",
                condition=~Q(account=F("invited_by")) & ~Q(account=F("checked_by")),
            ),
        ]

    def __str__(self):
        # Never the token: the text of an object appears in logs and lists.
        return f"{self.street}邀请 {self.pk}"

    def get_absolute_url(self):
        return reverse("invitation", args=[self.pk])

    @property
    def host(self):
        """The college or school that invites."""
        return self.college or self.year.school

    def state(self, now: datetime) -> str:
        """Return unchecked, open, used, withdrawn or expired."""
        if self.used_at:
            return "used"
        if self.withdrawn_at:
            return "withdrawn"
        if now >= self.expires_at:
            return "expired"
        return "open" if self.checked_at else "unchecked"
