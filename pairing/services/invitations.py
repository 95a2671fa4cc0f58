"""Invitations for 街乡负责人: a link that opens an account once, within seven days, unless it is withdrawn."""

import re
from datetime import date, datetime, timedelta

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from members.models import Grant, School, ServiceYear, Street, User
from members.permissions import Role, get_scope
from members.services.accounts import create_account, grant_role
from pairing.models import Invitation, Pairing

VALID_DAYS = 7
NUMBER = re.compile(r"S(\d+)")
GONE = {
    "used": "这个邀请链接已经使用过。请用开通时显示的账号登录；忘记账号请联系邀请您的学校。",
    "withdrawn": "这个邀请已被撤回。如有疑问，请联系邀请您的学校。",
    "expired": f"这个邀请链接已超过 {VALID_DAYS} 天有效期，请联系邀请您的学校重新发送。",
}


@transaction.atomic
def invite_liaison(
    *, user, year: ServiceYear, street_id: int, invitee: str, now: datetime | None = None
) -> Invitation:
    """Create an invitation for a street's person in charge; a college can invite only from its paired street.

    Raises ValidationError if the user may not invite, or not from this street.
    """
    now = now or timezone.now()
    if not ServiceYear.objects.visible_to(user, "liaison.invite").filter(pk=year.pk).exists():
        raise ValidationError("您不能发出这个邀请。")
    street = list_streets_to_invite(user, year).filter(pk=street_id).first()
    if street is None:
        raise ValidationError({"street": "只能邀请本学院已结对街乡的负责人。"})
    college = None
    if not _invites_for_school(user, year):
        pairing = _list_own_pairings(user, year).filter(street=street).first()
        assert pairing is not None  # a college invites from the streets of its pairings
        college = pairing.college
    with pghistory.context(user=user.pk):
        return Invitation.objects.create(
            year=year,
            college=college,
            street=street,
            invitee=invitee.strip(),
            invited_by=user,
            created_at=now,
            expires_at=now + timedelta(days=VALID_DAYS),
        )


def list_streets_to_invite(user, year: ServiceYear) -> QuerySet[Street]:
    """Return the streets from which the user may invite: all for the school, the paired one for a college."""
    if _invites_for_school(user, year):
        return Street.objects.all()
    return Street.objects.filter(pk__in=_list_own_pairings(user, year).values("street"))


@transaction.atomic
def withdraw_invitation(*, user, invitation_id: int, now: datetime | None = None) -> Invitation:
    """Withdraw an invitation, so that its link stops working; raise ValidationError once it has been used."""
    seen = Invitation.objects.visible_to(user, "liaison.invite").select_for_update(of=("self",))
    invitation = seen.filter(pk=invitation_id).first()
    if invitation is None:
        raise ValidationError("没有找到这个邀请。")
    if invitation.used_at:
        raise ValidationError("对方已经接受邀请、开通账号，不能再撤回。")
    if invitation.withdrawn_at:
        raise ValidationError("这个邀请已经撤回。")
    invitation.withdrawn_at = now or timezone.now()
    with pghistory.context(user=user.pk):
        invitation.save(update_fields=["withdrawn_at"])
    return invitation


@transaction.atomic
def accept_invitation(
    *, token: str, name: str, phone: str, password: str, now: datetime | None = None
) -> Invitation:
    """Create the invited person's account, with the role on the street until the end of the year.

    The inviter's right was checked when the invitation was made. This checks again that the college is still
    paired. Raises ValidationError for a link that is unknown, used, withdrawn or expired.
    """
    now = now or timezone.now()
    # If two people open the same link, the second one waits here and then finds it used.
    invitations = Invitation.objects.select_for_update(of=("self",))
    invitation = invitations.select_related("year__school", "college", "street").filter(token=token).first()
    if invitation is None:
        raise ValidationError("没有找到这个邀请，请核对链接是否完整。")
    if problem := invitation_problem(invitation, now=now):
        raise ValidationError(problem)
    school = School.objects.select_for_update().get(pk=invitation.year.school_id)
    account = create_account(
        school=school, number=_generate_account_number(school), name=name, password=password
    )
    grant_role(
        user=account,
        role=Role.LIAISON,
        on=invitation.street,
        starts_on=timezone.localdate(now),
        ends_on=_get_term_end(invitation, now),
    )
    invitation.account, invitation.phone, invitation.used_at = account, phone, now
    with pghistory.context(user=account.pk):
        invitation.save(update_fields=["account", "phone", "used_at"])
    return invitation


@transaction.atomic
def end_liaison(*, user, grant_id: int, reason: str, now: datetime | None = None) -> None:
    """End a liaison's role at once: its last day is yesterday; a role that began today is deleted."""
    schools = School.objects.visible_to(user, "grant.staff")
    grants = Grant.objects.select_for_update(of=("self",)).filter(role=Role.LIAISON, school__in=schools)
    held = grants.filter(pk=grant_id).first()
    if held is None:
        raise ValidationError("没有找到这个账号。")
    yesterday = timezone.localdate(now) - timedelta(days=1)
    if held.ends_on and held.ends_on <= yesterday:
        raise ValidationError("这个账号已经停用。")
    with pghistory.context(user=user.pk, reason=reason):
        if held.starts_on > yesterday:
            held.delete()
        else:
            held.ends_on = yesterday
            held.save(update_fields=["ends_on"])


def invitation_problem(invitation: Invitation, *, now: datetime) -> str:
    """Return why the link cannot open an account (any more), in Chinese; "" if it can."""
    if problem := GONE.get(invitation.state(now), ""):
        return problem
    if invitation.college and not _is_still_paired(invitation):
        return "邀请您的学院与贵街乡的结对已经解除，这个链接不再有效。如有疑问，请联系该学校。"
    return ""


def _invites_for_school(user, year: ServiceYear) -> bool:
    held = get_scope(user, "liaison.invite")
    return held.everything or year.school_id in held.schools


def _list_own_pairings(user, year: ServiceYear) -> QuerySet[Pairing]:
    return Pairing.objects.visible_to(user, "liaison.invite").active().of_year(year)


def _is_still_paired(invitation: Invitation) -> bool:
    found = Pairing.objects.active().of_year(invitation.year).filter(college=invitation.college)
    return found.filter(street=invitation.street).exists()


def _generate_account_number(school: School) -> str:
    """Return the next number S0001, S0002 …, short enough to read out on the phone.

    The caller has locked the school, so no two accounts get the same number.
    """
    taken = User.objects.filter(school=school, number__startswith="S").values_list("number", flat=True)
    numbers = [int(found[1]) for number in taken if (found := NUMBER.fullmatch(number))]
    return f"S{max(numbers, default=0) + 1:04d}"


def _get_term_end(invitation: Invitation, now: datetime) -> date:
    """Return the last day of the invitation's year, or of the current year if that one is over."""
    return date(max(invitation.year.year, timezone.localdate(now).year), 12, 31)
