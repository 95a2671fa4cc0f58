"""Bind a service team to its 志愿团队ID, join and leave it, and keep the checklist of its group (三(四)1–2)."""

from datetime import date, datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from members.models import Branch, Grant, Member
from members.permissions import Role
from members.services.notify import notify
from members.services.unchanged import Check, accept_all
from pairing.models import GroupCheck, Pairing, ServiceTeam, TeamMembership
from pairing.models.teams import join_token
from pairing.rules import is_release_undoable

TAKEN = "这个志愿团队ID已绑定到其他服务队，请核对。"
CODE_DEAD = "这个二维码已失效，请向团支书索取新的二维码。"


@transaction.atomic
def bind_outside_id(
    *,
    user,
    team_id: int,
    outside_id: str,
    on: date,
    unchanged: Check = accept_all,
) -> ServiceTeam:
    """Save the 志愿团队ID that the city gave to the team.

    The portal never asks for its password and never stores it. Raises ValidationError by field, also if
    another college has the ID; `unchanged` refuses if the page showed another ID.
    """
    team = _lock_team(user, team_id)
    unchanged(team)
    outside_id = outside_id.strip()
    if not outside_id:
        raise ValidationError({"outside_id": "请填写志愿团队ID。"})
    if on > timezone.localdate():
        raise ValidationError({"on": "绑定日期不能晚于今天。"})
    team.outside_id, team.bound_on = outside_id, on
    try:
        with pghistory.context(user=user.pk), transaction.atomic():
            team.save(update_fields=["outside_id", "bound_on"])
    except IntegrityError as error:
        if (
            getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
            != "team_outside_id_of_one_college"
        ):
            raise
        raise ValidationError({"outside_id": TAKEN}) from error
    return team


def join_problem(team: ServiceTeam | None, member: Member) -> str:
    """Return why a person cannot join a team, in Chinese; "" if the person can."""
    if team is None:
        return CODE_DEAD
    if member.branch.college_id != team.pairing.college_id:
        return f"这是{team.pairing.college}的服务队，您不在该学院，不能加入。"
    if member.state != Member.State.ACTIVE:
        return "您目前不在籍，不能加入服务队。如有疑问请联系学院团委。"
    if removal := TeamMembership.objects.barring().filter(team=team, member=member).first():
        return f"您已被移出这个服务队（原因：{removal.leave_reason}），不能再自行加入。请联系学院团委书记重新接收。"
    return ""


@transaction.atomic
def join_team(*, user, token: str, now: datetime | None = None) -> TeamMembership:
    """Make the user a member of the team with this code at once.

    Raises ValidationError for people of other colleges, people who are not active, and unknown codes. Team
    and pairing are locked, so that nobody joins after the code is renewed or the pairing is released.
    """
    teams = ServiceTeam.objects.joinable().select_related("pairing__college")
    team = teams.select_for_update(of=("self", "pairing")).filter(token=token).first()
    people = Member.objects.select_for_update(of=("self",)).select_related("branch")
    member = people.get(pk=user.member_id)
    if problem := join_problem(team, member):
        raise ValidationError(problem)
    membership = TeamMembership.objects.active().filter(team=team, member=member).first()
    if membership is None:
        with pghistory.context(user=user.pk):
            membership = TeamMembership.objects.create(
                team=team, member=member, joined_at=now or timezone.now()
            )
    return membership


@transaction.atomic
def end_own_membership(*, user, membership_id: int, reason: str = "") -> TeamMembership:
    """End the user's own membership; the user can join again at any time."""
    own = TeamMembership.objects.active().filter(member=user.member_id)
    return _write_membership_end(own, membership_id, user, reason, removed_by=None)


@transaction.atomic
def end_membership(*, user, membership_id: int, reason: str) -> TeamMembership:
    """End another person's membership with a reason."""
    if not reason.strip():
        raise ValidationError({"reason": "请写明原因。"})
    seen = TeamMembership.objects.visible_to(user, "team.edit").active()
    return _write_membership_end(seen, membership_id, user, reason, removed_by=user)


@transaction.atomic
def readmit_to_team(*, user, membership_id: int, now: datetime | None = None) -> TeamMembership:
    """Allow a person who was removed to join again, and tell the person. They join by themselves."""
    seen = TeamMembership.objects.visible_to(user, "team.edit").barring()
    removal = seen.select_for_update(of=("self",)).filter(pk=membership_id).first()
    if removal is None:
        raise ValidationError("名单已有变化，请刷新后重试。")
    removal.readmitted_at, removal.readmitted_by = now or timezone.now(), user
    with pghistory.context(user=user.pk):
        removal.save(update_fields=["readmitted_at", "readmitted_by"])
    notify(
        removal.member,
        "team_readmitted",
        reverse("my_team"),
        key=f"readmitted:{removal.pk}",
        team=removal.team,
    )
    return removal


@transaction.atomic
def renew_join_code(*, user, team_id: int) -> ServiceTeam:
    """Give the team a new QR code; the old one, which may be in wrong hands, stops working."""
    team = _lock_team(user, team_id)
    team.token = join_token()
    team.save(update_fields=["token"])
    return team


@transaction.atomic
def check_group(
    *,
    user,
    team_id: int,
    branches: dict[int, bool],
    street_contact_in_on: date | None,
    expires_on: date | None,
    unchanged: Check = accept_all,
    on: date | None = None,
) -> ServiceTeam:
    """Save the checklist of the group (三(三)3).

    It has each 团支书, the street's contact, and the last day of the group's QR code. `unchanged` refuses if the page
    showed something else.
    """
    team = _lock_team(user, team_id)
    unchanged(team)
    own = set(Branch.objects.filter(college=team.pairing.college).values_list("pk", flat=True))
    if not set(branches) <= own:
        raise ValidationError("名单中有不属于本学院的团支部，请刷新后重试。")
    today = on or timezone.localdate()
    with pghistory.context(user=user.pk):
        _write_group_checks(team, branches, today)
        team.street_contact_in_on, team.group_qr_expires_on = street_contact_in_on, expires_on
        team.save(update_fields=["street_contact_in_on", "group_qr_expires_on"])
    return team


def _write_group_checks(team: ServiceTeam, branches: dict[int, bool], today: date) -> None:
    """Set and remove ticks; a tick that still counts keeps its person and date."""
    kept = set(team.group_checks.valid_on(today).values_list("branch", flat=True))
    new = [pk for pk, inside in branches.items() if inside and pk not in kept]
    gone = [pk for pk, inside in branches.items() if not inside]
    GroupCheck.objects.filter(team=team, branch__in=[*gone, *new]).delete()
    held = Grant.objects.active_on(today).filter(
        role=Role.BRANCH_SECRETARY, branch__in=new, user__is_active=True
    )
    # Of several holders, the first: a stand-in comes later.
    first = dict(held.order_by("-starts_on", "-pk").values_list("branch", "user"))
    GroupCheck.objects.bulk_create(
        GroupCheck(team=team, branch_id=pk, secretary_id=first.get(pk), joined_on=today) for pk in new
    )


def forget_street_contact(*, pairing: Pairing) -> None:
    """Clear the street's contact in the checklist after a move.

    The contact of the former street does not count for the new one. `move` calls this in its transaction. The
    group itself, the 志愿团队ID and the members stay.
    """
    ServiceTeam.objects.filter(pairing=pairing).update(street_contact_in_on=None)


def close_team(*, pairing: Pairing, reason: str, now: datetime) -> None:
    """Close the team of a released pairing: end all memberships and free the 志愿团队ID for the next team.

    `release_pairing` calls this in its transaction; the join code stops working with the pairing. Nobody was removed,
    so nobody is barred from the team if the pair comes back.
    """
    TeamMembership.objects.active().filter(team__pairing=pairing).update(left_at=now, leave_reason=reason)
    ServiceTeam.objects.filter(pairing=pairing).update(holder=None)


def reopen_team(*, pairing: Pairing, ended_at: datetime, now: datetime) -> None:
    """Open the team of a pairing that came back: its 志愿团队ID, and the people whom the release had put out.

    Within a day the membership goes on as if nothing had been; later a new one begins now. People who are no longer
    active in the college stay out. `ended_at`: when the pairing was released.
    """
    team = ServiceTeam.objects.select_for_update().get(pairing=pairing)
    ServiceTeam.objects.filter(pk=team.pk).update(holder=pairing.college_id)
    ended = TeamMembership.objects.ended_with_release(ended_at).filter(
        team=team, member__state=Member.State.ACTIVE, member__branch__college=pairing.college_id
    )
    inside = TeamMembership.objects.active().filter(team=team).values("member")
    ended = ended.exclude(member__in=inside)
    if is_release_undoable(ended_at, now):
        TeamMembership.objects.filter(pk__in=list(ended.values_list("pk", flat=True))).update(
            left_at=None, removed_by=None, leave_reason=""
        )
    else:
        people = ended.order_by("member").values_list("member", flat=True).distinct()
        TeamMembership.objects.bulk_create(
            TeamMembership(team=team, member_id=pk, joined_at=now) for pk in people
        )


def _write_membership_end(memberships, pk: int, user, reason: str, *, removed_by) -> TeamMembership:
    membership = memberships.select_for_update(of=("self",)).filter(pk=pk).first()
    if membership is None:
        raise ValidationError("名单已有变化，请刷新后重试。")
    membership.left_at, membership.removed_by, membership.leave_reason = timezone.now(), removed_by, reason
    with pghistory.context(user=user.pk):
        membership.save()
    return membership


def _lock_team(user, team_id: int) -> ServiceTeam:
    teams = ServiceTeam.objects.visible_to(user, "team.edit").select_for_update(of=("self",))
    team = teams.select_related("pairing__college").filter(pk=team_id).first()
    if team is None or team.pairing.state != Pairing.State.ACTIVE:
        raise ValidationError("没有找到这个服务队，或结对已经解除。")
    return team
