"""Invitations for 街乡负责人: a checked link gives one account the post once, within seven days, unless withdrawn."""

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
from pairing.services.invitation_checks import (
    Browser,
    find_browser_problem,
    find_inviter_problem,
    is_outside_directory,
    log_invitation_accepted,
    log_invitation_checked,
    tell_admins_to_check,
    tell_inviter_of_check,
)

VALID_DAYS = 7
NO_BROWSER = Browser()  # of the operator's command
CHECK_FIELDS = ("checked_by", "checked_at", "check_note", "called_outside")
NUMBER = re.compile(r"S(\d+)")
UNCHECKED = "学校正在致电贵街乡办公室核实这个邀请。核实后请再打开这个链接，链接不变。"
GONE = {
    "unchecked": UNCHECKED,
    "used": "这个邀请链接已经使用过。请用您的账号登录；忘记账号请联系邀请您的学校。",
    "withdrawn": "这个邀请已被撤回。如有疑问，请联系邀请您的学校。",
    "expired": f"这个邀请链接已超过 {VALID_DAYS} 天有效期，请联系邀请您的学校重新发送。",
}


@transaction.atomic
def invite_liaison(
    *,
    user,
    year: ServiceYear,
    street_id: int,
    invitee: str,
    address: str | None = None,
    now: datetime | None = None,
) -> Invitation:
    """Create an invitation for a street's person in charge; a college can invite only from its paired street.

    It waits for the check by another admin of the school. `address` is the inviter's network address.

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
        invitation = Invitation.objects.create(
            year=year,
            college=college,
            street=street,
            invitee=invitee.strip(),
            invited_by=user,
            invited_from=address,
            created_at=now,
            expires_at=now + timedelta(days=VALID_DAYS),
        )
    tell_admins_to_check(invitation)
    return invitation


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
        raise ValidationError("对方已经接受邀请，不能再撤回。请在“已开通的账号”中停用。")
    if invitation.withdrawn_at:
        raise ValidationError("这个邀请已经撤回。")
    invitation.withdrawn_at = now or timezone.now()
    with pghistory.context(user=user.pk):
        invitation.save(update_fields=["withdrawn_at"])
    return invitation


@transaction.atomic
def check_invitation(
    *,
    user,
    invitation_id: int,
    called: str,
    answered: str,
    note: str = "",
    browser: Browser = NO_BROWSER,
    now: datetime | None = None,
) -> Invitation:
    """Note that the street's office was called and knows of the invitation; from then on the link works for 7 days.

    `user` is an admin of the school other than the inviter; None is the operator. `called` is the number of the
    street's office, `answered` the person who answered, `browser` that of the user. Raises ValidationError by field or
    as a whole.
    """
    now = now or timezone.now()
    invitations = Invitation.objects.all()
    if user is not None:
        invitations = Invitation.objects.visible_to(user, "liaison.check")
    invitations = invitations.select_related("year__school", "college", "street", "invited_by")
    invitation = invitations.select_for_update(of=("self",)).filter(pk=invitation_id).first()
    if invitation is None:
        raise ValidationError("没有找到这个邀请。")
    if problem := find_check_problem(invitation, user=user, browser=browser, now=now):
        raise ValidationError(problem)
    invitation.called_outside = is_outside_directory(called, invitation.street)
    if not answered.strip():
        raise ValidationError({"answered": "请填写接听人，例如“街道团工委王老师”。"})
    invitation.checked_by, invitation.checked_at = user, now
    warning = "（不在街乡名录中）" if invitation.called_outside else ""
    invitation.check_note = f"拨打 {called.strip()}{warning}，{answered.strip()}接听。{note.strip()}"[:300]
    invitation.expires_at = now + timedelta(days=VALID_DAYS)
    with pghistory.context(user=user and user.pk):
        invitation.save(update_fields=[*CHECK_FIELDS, "expires_at"])
    log_invitation_checked(invitation)
    tell_inviter_of_check(invitation)
    return invitation


def find_check_problem(invitation: Invitation, *, user, now: datetime, browser: Browser = NO_BROWSER) -> str:
    """Return why this user cannot check the invitation in this browser, in Chinese; "" if the user can."""
    state = invitation.state(now)
    if state != "unchecked":
        return {"open": "这个邀请已经核实。", "used": "对方已经接受邀请。"}.get(
            state, "这个邀请已失效，不需要核实。"
        )
    if user is not None and invitation.invited_by_id == user.pk:
        return "您是邀请人，不能核实自己的邀请。请由本校另一位校团委核实。"
    return find_inviter_problem(invitation, browser)


@transaction.atomic
def accept_invitation(
    *, token: str, name: str, phone: str, password: str, browser: Browser, now: datetime | None = None
) -> Invitation:
    """Create the invited person's account, with the role at the street for the school until the end of the year.

    Inviter and check are those of the invitation; this checks again that the college is still paired and that the
    link is not opened on the school's side. Raises ValidationError for a link that is unknown, unchecked, used,
    withdrawn or expired.
    """
    now = now or timezone.now()
    invitation = _lock_open_invitation(token, browser, now)
    school = invitation.year.school
    number = _generate_account_number(school)
    account = create_account(school=school, number=number, name=name, password=password)
    return _give_post(invitation, account, phone, browser, now)


@transaction.atomic
def accept_as(
    *, user: User, token: str, phone: str, browser: Browser, now: datetime | None = None
) -> Invitation:
    """Give the role of the invitation to an account that already works for a street; no second account is made.

    Raises ValidationError as `accept_invitation` does, and for every account that is not a liaison's own.
    """
    now = now or timezone.now()
    invitation = _lock_open_invitation(token, browser, now)
    if problem := find_account_problem(invitation, user):
        raise ValidationError(problem)
    return _give_post(invitation, user, phone, browser, now)


def find_account_problem(invitation: Invitation, user: User) -> str:
    """Return why an account cannot accept the invitation, in Chinese; "" if it can."""
    today = timezone.localdate()
    works_otherwise = user.grants.open_on(today).exclude(role=Role.LIAISON).exists()
    is_liaison = user.grants.filter(role=Role.LIAISON).exists() or user.invitations.exists()
    if user.is_superuser or user.member_id or works_otherwise or not is_liaison:
        return "这个账号不是街乡负责人的账号，不能接受邀请。请退出后，用街乡负责人的账号登录，或开通新账号。"
    return ""


def _lock_open_invitation(token: str, browser: Browser, now: datetime) -> Invitation:
    """Lock an invitation that can be accepted in this browser, its school and its street, in this order."""
    # If two people open the same link, the second one waits here and then finds it used.
    invitations = Invitation.objects.select_for_update(of=("self",))
    invitation = invitations.select_related("year__school", "college", "street").filter(token=token).first()
    if invitation is None:
        raise ValidationError("没有找到这个邀请，请核对链接是否完整。")
    School.objects.select_for_update(no_key=True).get(pk=invitation.year.school_id)
    # A release of the pairing holds the street: it is seen below, or it sees and ends the new post.
    Street.objects.select_for_update().get(pk=invitation.street_id)
    if problem := invitation_problem(invitation, now=now) or find_browser_problem(invitation, browser):
        raise ValidationError(problem)
    return invitation


def _give_post(
    invitation: Invitation, account: User, phone: str, browser: Browser, now: datetime
) -> Invitation:
    grant_role(
        user=account,
        role=Role.LIAISON,
        on=invitation.street,
        school=invitation.year.school,
        starts_on=timezone.localdate(now),
        ends_on=get_term_end(invitation, now),
    )
    invitation.account, invitation.phone, invitation.used_at = account, phone, now
    with pghistory.context(user=account.pk):
        invitation.save(update_fields=["account", "phone", "used_at"])
    log_invitation_accepted(invitation, browser)
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
    """Return why the link cannot be accepted (yet, or any more), in Chinese; "" if it can."""
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


def get_term_end(invitation: Invitation, now: datetime) -> date:
    """Return the last day of the invitation's year, or of the current year if that one is over."""
    return date(max(invitation.year.year, timezone.localdate(now).year), 12, 31)
