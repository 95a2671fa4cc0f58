"""Let campus identities in, link them to accounts, and unlink them. Each step is in the log of the account."""

from dataclasses import dataclass

from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from members.campus.identities import Identity
from members.campus.rules import Facts, Verdict, judge_identity
from members.models import AccountEvent, ActivationCode, CampusLink, Member, User
from members.permissions import Role, RoleHeld
from members.queries.accounts import find_accounts_by_number
from members.queries.offices import name_office_to_tell
from members.querysets import pick_by_number
from members.services.account_events import log_account_event
from members.services.accounts import create_account, may_manage_account
from members.services.activation_entry import use_code
from members.services.notify import Recipient, notify
from members.services.safety import end_sessions
from members.sheets.cells import make_name_key

Kind, State = AccountEvent.Kind, CampusLink.State
LEFT = (Member.State.TRANSFERRED, Member.State.GRADUATED)
REASONS = {
    Verdict.NO_NUMBER: "校园系统没有给出学号或工号",
    Verdict.STRANGER: "本校花名册中没有这个学号或工号，也没有这样的账号",
    Verdict.SEVERAL: "这个学号或工号对应多个账号",
    Verdict.DISABLED: "账号已停用",
    Verdict.OPERATOR: "系统管理员账号不能用校园登录",
    Verdict.LEFT: "已转出或毕业，没有开通过账号",
    Verdict.OTHER_ACCOUNT: "校园身份的学号或工号与当前账号不同",
    Verdict.OTHER_IDENTITY: "账号已绑定另一个校园身份",
    Verdict.REFUSED: "学院核对后没有通过",
}


@dataclass(frozen=True)
class Device:
    """From where somebody comes: the address of the network, and the browser's own name."""

    address: str | None = None
    name: str = ""


@dataclass(frozen=True)
class Admission:
    """What came of a campus identity; with the verdict LINK it is linked to `user`."""

    verdict: Verdict
    user: User | None = None
    linked: SocialAccount | None = None


@transaction.atomic
def admit_identity(
    *, identity: Identity, code: ActivationCode | None = None, signed_in: User | None = None, device: Device
) -> Admission:
    """Link an identity to the account with its number in the school of the campus, or say why not.

    `code`: the activation code that the visitor has entered just now; it is used up by the link. `signed_in`: the
    account to which somebody binds the identity from the inside. A person of the roster without an account gets one,
    if the names are equal. Raises ValidationError if the code is no longer open.
    """
    linked = SocialAccount.objects.select_related("user").filter(provider=identity.provider, uid=identity.uid)
    found = linked.first()
    if found is None:
        person, accounts = _lock_people(identity)
        found = linked.first()  # a second tab may have linked it meanwhile
    if found:
        return _admit_linked(identity, found, signed_in, device)
    account = accounts[0] if len(accounts) == 1 else None
    proved = code.account if code else None
    facts = _collect_facts(identity, person, accounts, proved=proved, signed_in=signed_in)
    verdict = judge_identity(facts)
    if verdict == Verdict.LINK:
        account = account or _open_account(person, device)
        if code:
            account = use_code(code_id=code.pk, address=device.address or "", password=None)
        _drop_password_of_others(account)
        differs = "" if facts.same_name else f"；校园系统中的姓名是“{identity.name}”，已凭激活码证明是本人"
        return Admission(verdict, account, _link(identity, account, device=device, note=differs))
    if verdict == Verdict.WAIT:
        _ask_secretary(identity, person, account, device)
    else:
        _log_refusal(identity, verdict, account, device)
    return Admission(verdict, account)


@transaction.atomic
def decide_link(*, by: User, link: CampusLink, accept: bool, reason: str = "") -> CampusLink:
    """Accept or refuse an identity that waits. Raises ValidationError if it is decided, own, or of somebody above."""
    link = CampusLink.objects.visible_to(by, "campus.decide").select_for_update(of=("self",)).filter(
        pk=link.pk, state=State.WAITING
    ).first()  # fmt: skip
    if link is None:
        raise ValidationError("这条申请已由他人处理，或不在您的管理范围内。")
    of_person = Q(pk=link.account_id) | Q(member=link.member_id, member__isnull=False)
    account = User.objects.select_for_update(of=("self",)).filter(of_person).first()
    if account and not may_manage_account(by, account):
        raise ValidationError("此人担任的职务不由您授权，请由上一级核对。")
    if not accept and not reason.strip():
        raise ValidationError({"reason": "请写明不通过的原因，本人会看到。"})
    link.state = State.ACCEPTED if accept else State.REFUSED
    link.decided_by, link.decided_at, link.reason = by, timezone.now(), reason.strip()
    if accept:
        account = account or _open_account(link.member, Device(), by=by)
        identity = Identity(link.school, link.provider, link.uid, link.number, link.name)
        _link(
            identity,
            account,
            device=Device(),
            by=by,
            note=f"；校园系统中的姓名是“{link.name}”，由{by.name}核对",
        )
        link.account = account
    else:
        log_account_event(kind=Kind.CAMPUS_REFUSED, user=account, by=by, school=link.school, note=link.reason)
        if account:
            _tell(account, "campus_link_refused", f"campus-refused:{link.pk}", asked=link)
    link.save()
    return link


@transaction.atomic
def unlink_identity(*, by: User, linked: SocialAccount) -> None:
    """Unlink a campus identity or WeChat: by oneself if a password exists, or by who may manage the account."""
    account = User.objects.select_for_update().get(pk=linked.user_id)
    own = by.pk == account.pk
    if own and not account.has_usable_password():
        raise ValidationError("您还没有设置密码，解除后将无法登录。请先在“登录与安全”中设置密码。")
    if not own and not may_manage_account(by, account):
        raise ValidationError("您不能管理这个账号。")
    if not SocialAccount.objects.filter(pk=linked.pk, user=account).delete()[0]:
        raise ValidationError("绑定已经解除。")
    if not own:
        end_sessions(account=account)  # also those that the wrong identity opened
    log_account_event(
        kind=Kind.CAMPUS_UNLINKED,
        user=account,
        by=None if own else by,
        note=describe_provider(linked.provider),
    )
    _tell(
        account,
        "campus_unlinked",
        f"campus-unlinked:{linked.pk}",
        own=own,
        by=by,
        wechat=is_wechat(linked.provider),
    )


@transaction.atomic
def bind_wechat(*, user: User, uid: str, device: Device) -> SocialAccount:
    """Bind a WeChat identity to the account of somebody who is signed in. Raises ValidationError if either is taken."""
    account = User.objects.select_for_update().get(pk=user.pk)
    bound = SocialAccount.objects.filter(provider="weixin")
    if bound.filter(uid=uid).exclude(user=account).exists():
        raise ValidationError("这个微信已绑定另一个账号。请先在那个账号的“登录与安全”中解除绑定。")
    if bound.filter(user=account).exclude(uid=uid).exists():
        raise ValidationError("您的账号已绑定另一个微信。请先在“登录与安全”中解除绑定。")
    linked, created = SocialAccount.objects.get_or_create(
        provider="weixin", uid=uid, defaults={"user": account}
    )
    if created:
        log_account_event(
            kind=Kind.CAMPUS_LINKED, user=account, address=device.address, device=device.name, note="微信"
        )
        _tell(account, "campus_linked", f"campus-linked:{linked.pk}", wechat=True)
    return linked


def is_wechat(provider: str) -> bool:
    return provider == "weixin"


def describe_provider(provider: str) -> str:
    return "微信" if is_wechat(provider) else "校园统一身份认证"


def _admit_linked(
    identity: Identity, linked: SocialAccount, signed_in: User | None, device: Device
) -> Admission:
    """Let a linked identity in; the link stays with the account if the number of the person changes."""
    user = linked.user
    verdict = Verdict.LINK
    if user.school_id != identity.school.pk or (signed_in and signed_in.pk != user.pk):
        verdict = Verdict.OTHER_ACCOUNT
    elif user.is_superuser:
        verdict = Verdict.OPERATOR
    elif not user.is_active:
        verdict = Verdict.DISABLED
    if verdict == Verdict.LINK:
        _drop_password_of_others(user)
    else:
        _log_refusal(identity, verdict, user, device)
    return Admission(verdict, user, linked)


def _drop_password_of_others(user: User) -> None:
    """Make a password that somebody else has set useless: the person proves at the campus who they are.

    Otherwise the portal would ask them to change a password that they do not know.
    """
    if user.must_change_password:
        user.set_unusable_password()
        user.must_change_password = False
        user.save(update_fields=["password", "must_change_password"])


def _lock_people(identity: Identity) -> tuple[Member | None, list[User]]:
    """Return the person of the roster with the number, locked, and the accounts of the number and of the person."""
    if not identity.number:
        return None, []
    people = list(
        Member.objects.select_for_update(of=("self",))
        .select_related("branch")
        .filter(school=identity.school)
        .of_number(identity.number)
        .with_number_first(identity.number)
    )
    person = pick_by_number(people, identity.number)
    found = {account.pk for account in find_accounts_by_number(identity.number, identity.school)}
    if person:
        found |= set(User.objects.filter(member=person).values_list("pk", flat=True))
    accounts = User.objects.select_for_update(of=("self",)).filter(pk__in=found)
    return person, list(accounts.order_by("pk"))


def _collect_facts(
    identity: Identity,
    person: Member | None,
    accounts: list[User],
    *,
    proved: User | None,
    signed_in: User | None,
) -> Facts:
    account = accounts[0] if len(accounts) == 1 else None
    claimed = proved or signed_in
    known = person or account
    key = make_name_key(identity.name)
    refused = CampusLink.objects.filter(
        provider=identity.provider, uid=identity.uid, state=State.REFUSED, name=identity.name
    )
    linked = SocialAccount.objects.filter(provider=identity.provider, user=account, user__isnull=False)
    return Facts(
        number=identity.number,
        accounts=len(accounts),
        person=person is not None,
        left=person is not None and person.state in LEFT,
        active=account is None or account.is_active,
        operator=account is not None and account.is_superuser,
        same_name=bool(key) and known is not None and make_name_key(known.name) == key,
        linked_already=linked.exists(),
        proved=proved is not None and proved == account,
        other_account=claimed is not None and claimed != account,
        refused_before=refused.exists(),
    )


def _open_account(person: Member | None, device: Device, by: User | None = None) -> User:
    """Create the account of a person of the roster; the campus is its only way in until a password is set."""
    assert person is not None  # a rule or a constraint: without an account there is a person
    account = create_account(school=person.school, number=person.student_no, name=person.name)
    log_account_event(
        kind=Kind.ACTIVATED, user=account, by=by, address=device.address, device=device.name, note="校园登录"
    )
    return account


def _link(
    identity: Identity, account: User, *, device: Device, by: User | None = None, note: str = ""
) -> SocialAccount:
    """Link and settle what waits. Raises ValidationError if the account or the identity is linked otherwise."""
    same = SocialAccount.objects.filter(provider=identity.provider)
    if same.filter(user=account).exists() or same.filter(uid=identity.uid).exists():
        raise ValidationError("这个账号或这个校园身份已经绑定，请先解除原来的绑定。")
    linked = SocialAccount.objects.create(
        user=account,
        provider=identity.provider,
        uid=identity.uid,
        extra_data={"number": identity.number, "name": identity.name},
    )
    if by is None:
        waiting = CampusLink.objects.waiting().filter(provider=identity.provider, uid=identity.uid)
        waiting.delete()  # the roster has been corrected, or a code has proved the person: nothing to decide
    log_account_event(
        kind=Kind.CAMPUS_LINKED,
        user=account,
        by=by,
        address=device.address,
        device=device.name,
        note=f"校园统一身份认证，{identity.number}{note}",
    )
    _tell(account, "campus_linked", f"campus-linked:{linked.pk}", wechat=False, number=identity.number)
    return linked


def _ask_secretary(identity: Identity, person: Member | None, account: User | None, device: Device) -> None:
    """Note that an identity waits, once, and tell the office that decides and the person."""
    link, created = CampusLink.objects.get_or_create(
        provider=identity.provider,
        uid=identity.uid,
        state=State.WAITING,
        defaults={
            "school": identity.school,
            "number": identity.number,
            "name": identity.name,
            "member": person,
            "account": account,
        },
    )
    if not created:
        return
    log_account_event(
        kind=Kind.CAMPUS_WAITS,
        user=account,
        school=identity.school,
        address=device.address,
        device=device.name,
        note=f"{identity.number}，校园系统中的姓名是“{identity.name or '未提供'}”",
    )
    office: Recipient = RoleHeld(Role.SCHOOL_ADMIN, school_id=identity.school.pk)
    if person:
        office = RoleHeld(Role.COLLEGE_SECRETARY, college_id=person.branch.college_id)
    notify(
        office,
        "campus_link_waits",
        reverse("campus_link", args=[link.pk]),
        key=f"campus-waits:{link.pk}",
        asked=link,
    )
    if account:
        _tell(account, "campus_link_own", f"campus-own:{link.pk}", asked=link)


def _log_refusal(identity: Identity, verdict: Verdict, account: User | None, device: Device) -> None:
    log_account_event(
        kind=Kind.CAMPUS_REFUSED,
        user=account,
        school=identity.school,
        address=device.address,
        device=device.name,
        note=f"{identity.number or '没有学号'}：{REASONS[verdict]}",
    )


def _tell(account: User, template: str, key: str, **values) -> None:
    notify(account, template, reverse("security"), key=key, office=name_office_to_tell(account), **values)
