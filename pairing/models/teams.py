"""A college's service team for its street (三(四)1–2), its members, and the checklist of its WeChat group."""

import secrets

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Q
from django.urls import reverse

from members.models import Branch, College, Member
from members.models.history import track_history
from pairing.models.pairings import Pairing
from pairing.querysets import GroupCheckQuerySet, MembershipQuerySet, TeamQuerySet


def join_token() -> str:
    """Return a new token for the team's QR code, too long to be guessed."""
    return secrets.token_urlsafe(18)


@track_history(exclude=["token", "holder"])
class ServiceTeam(models.Model):
    """青年志愿者服务队. The claim creates it with the pairing.

    Its 志愿团队ID is stored, its password never.
    """

    pairing = models.OneToOneField(Pairing, models.PROTECT, related_name="team", verbose_name="结对")
    name = models.CharField("名称", max_length=120)
    outside_id = models.CharField("志愿团队ID", max_length=40, blank=True)
    bound_on = models.DateField("绑定日期", null=True, blank=True)
    # The owner of the ID: the pairing's college, or None once the team is closed. The city gives the ID to
    # the college, which uses it again for its next team.
    holder = models.ForeignKey(College, models.PROTECT, null=True, related_name="+", editable=False)
    token = models.CharField(max_length=40, unique=True, default=join_token, editable=False)
    # The checklist of the group (三(三)3): the street's contact, and how long the group's own QR code is valid.
    street_contact_in_on = models.DateField("街乡负责人入群日期", null=True, blank=True)
    group_qr_expires_on = models.DateField("群二维码有效期至", null=True, blank=True)

    membership: "TeamMembership | None"  # only of the team from `queries.teams.find_team`

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "服务队"
        constraints = [
            ExclusionConstraint(
                name="team_outside_id_of_one_college",
                expressions=[("outside_id", RangeOperators.EQUAL), ("holder", RangeOperators.NOT_EQUAL)],
                condition=~Q(outside_id=""),
            ),
            models.CheckConstraint(
                name="team_bound_with_date",
                condition=Q(outside_id="", bound_on=None) | ~Q(outside_id="") & Q(bound_on__isnull=False),
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("team", args=[self.pk])


@track_history()
class TeamMembership(models.Model):
    """A person's membership of a team; without one there is no sign-up and no hours at the street (三(四)2)."""

    team = models.ForeignKey(ServiceTeam, models.PROTECT, related_name="memberships", verbose_name="服务队")
    member = models.ForeignKey(Member, models.PROTECT, related_name="memberships", verbose_name="团员")
    joined_at = models.DateTimeField("加入时间")
    left_at = models.DateTimeField("离队时间", null=True, blank=True)
    # Set if somebody else ended the membership. The person then joins again only after the college readmits them.
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    leave_reason = models.CharField("离队原因", max_length=200, blank=True)
    readmitted_at = models.DateTimeField("重新允许加入时间", null=True, blank=True)
    readmitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "队员"
        constraints = [
            models.UniqueConstraint(
                fields=["team", "member"], condition=Q(left_at=None), name="membership_once_at_a_time"
            ),
            models.CheckConstraint(
                name="membership_readmitted_after_removal",
                condition=Q(readmitted_at=None, readmitted_by=None)
                | Q(readmitted_at__isnull=False, readmitted_by__isnull=False, removed_by__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.member} — {self.team}"


@track_history()
class GroupCheck(models.Model):
    """A record that a branch's secretary was in the team's WeChat group on a day.

    It belongs to the person: once `secretary` no longer holds the office, it does not count. No chat content is
    stored.
    """

    team = models.ForeignKey(ServiceTeam, models.CASCADE, related_name="group_checks")
    branch = models.ForeignKey(Branch, models.CASCADE, related_name="group_checks")
    # The account that held the office when the tick was set; None if nobody did.
    secretary = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="团支书"
    )
    joined_on = models.DateField("入群日期")

    objects = GroupCheckQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "入群核对"
        constraints = [
            models.UniqueConstraint(fields=["team", "branch"], name="group_check_once_per_branch"),
        ]

    def __str__(self):
        return f"{self.branch}"
