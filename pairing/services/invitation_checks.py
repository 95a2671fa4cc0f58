"""The browser that accepts an invitation, and what is noted and told about its check (三(三)3).

The inviter must not be able to become the street. So a browser in which the school's side has signed in cannot accept.
"""

from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse

from members.known_devices import build_mark
from members.models import AccountEvent, Grant, Street, User
from members.permissions import Role
from members.queries.receivers import build_college_office, build_school_office
from members.services.account_events import log_account_event
from members.services.notify import notify
from members.sheets.cells import CellError, clean_phone, split_phone
from pairing.models import Invitation

SCHOOL_SIDE = (Role.SCHOOL_ADMIN, Role.COLLEGE_SECRETARY, Role.BRANCH_SECRETARY)
SAME_BROWSER = (
    "邀请方学校的人员在这台设备的浏览器上登录过。请由街乡负责人本人用自己的手机或电脑打开链接；链接仍然有效。"
)
INVITER_HERE = "邀请人在这台设备的浏览器上登录过，不能在这里核实。请在您自己的手机或电脑上登录后登记。"


@dataclass(frozen=True)
class Browser:
    """The browser of a request: network address, name, and marks of all accounts that have signed in with it."""

    address: str | None = None
    name: str = ""
    marks: frozenset[str] = field(default_factory=frozenset)


def find_browser_problem(invitation: Invitation, browser: Browser) -> str:
    """Return why the invitation cannot be accepted in this browser, in Chinese; "" if it can.

    Refused are browsers of the inviter, of the admin who checked, and of all who hold or held an office in the school.
    """
    if not browser.marks:
        return ""
    school = invitation.year.school_id
    here = Q(school=school) | Q(college__school=school) | Q(branch__college__school=school)
    held = Grant.objects.filter(here, role__in=SCHOOL_SIDE).values("user")
    side = User.objects.filter(
        Q(pk__in=held) | Q(pk__in=(invitation.invited_by_id, invitation.checked_by_id))
    )
    marks = {build_mark(username) for username in side.values_list("username", flat=True)}
    return SAME_BROWSER if marks & browser.marks else ""


def find_inviter_problem(invitation: Invitation, browser: Browser) -> str:
    """Return why the invitation cannot be checked in this browser: the inviter has signed in with it; "" if it can.

    Somebody with two accounts, or with a colleague's password, would check their own invitation there.
    """
    inviter = invitation.invited_by
    return INVITER_HERE if inviter and build_mark(inviter.username) in browser.marks else ""


def is_outside_directory(called: str, street: Street) -> bool:
    """Return whether the called number is unknown to the directory of streets, which has no office number then.

    Raises ValidationError for a number that is no office's, as a mobile number, and for another one than the
    directory's. A mobile number in the directory is a person's, perhaps the invitee's, so it does not count.
    """
    number, known = _read_office_number(called), _read_office_number(street.contact_phone)
    if not number:
        raise ValidationError(
            {"called": "请填写街乡办公室的座机号码，例如 010-62770000；手机号码不能用于核实。"}
        )
    if known and not (known.endswith(number) or number.endswith(known)):
        raise ValidationError(
            {
                "called": f"街乡名录中的办公电话是 {street.contact_phone}，请拨打这个号码。名录有误的，请先导入新的街乡名录。"
            }
        )
    return not known


def _read_office_number(phone: str) -> str:
    """Return the digits of a landline without its extension, with the area code if it is given; "" for others."""
    try:
        cleaned = clean_phone(phone)
    except CellError:
        return ""
    if split_phone(cleaned) or not cleaned.replace("-", "").isdecimal():
        return ""
    return "".join(cleaned.split("-")[:2])


def log_invitation_checked(invitation: Invitation) -> None:
    """Note in the audit of the inviting school who checked the invitation, and how."""
    checker = invitation.checked_by
    log_account_event(
        kind=AccountEvent.Kind.INVITATION_CHECKED,
        user=invitation.invited_by,
        by=checker,
        school=invitation.year.school,
        note=f"{_describe(invitation)}。{'' if checker else '由平台运维核实。'}{invitation.check_note}",
    )


def log_invitation_accepted(invitation: Invitation, browser: Browser) -> None:
    """Note in the audit of the inviting school that browser and address are not the inviter's."""
    inviter = invitation.invited_from
    if not (inviter and browser.address):
        address = "无法比较网络地址"
    else:
        address = "网络地址与邀请人相同" if inviter == browser.address else "网络地址与邀请人不同"
    log_account_event(
        kind=AccountEvent.Kind.INVITATION_ACCEPTED,
        user=invitation.account,
        school=invitation.year.school,
        address=browser.address,
        device=browser.name,
        note=f"{_describe(invitation)}。设备与邀请人、核实人不同；{address}。",
    )


def tell_admins_to_check(invitation: Invitation) -> None:
    """Tell the school's admins that an invitation waits for their call."""
    notify(
        build_school_office(invitation.year.school_id),
        "invitation_waits",
        reverse("invitation_check", args=[invitation.pk]),
        key=f"invitation:{invitation.pk}:waits",
        invitation=invitation,
    )


def tell_inviter_of_check(invitation: Invitation) -> None:
    """Tell the office that invited that the link works now: a successor reminds the street as well."""
    school = build_school_office(invitation.year.school_id)
    notify(
        school if invitation.college_id is None else build_college_office(invitation.college_id),
        "invitation_checked",
        invitation.get_absolute_url(),
        key=f"invitation:{invitation.pk}:checked",
        invitation=invitation,
    )


def _describe(invitation: Invitation) -> str:
    inviter = invitation.invited_by.name if invitation.invited_by else "系统"
    return f"{invitation.street}（邀请方：{invitation.host}，邀请人：{inviter}）"
