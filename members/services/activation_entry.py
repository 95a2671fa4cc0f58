"""Enter an activation code, and use it: the person chooses a password or binds a campus identity.

The answers to an unknown number, a number without a code and a wrong, used, void or expired code are the same, and
cost the same queries. Attempts with a number count for the number at one network address (growing delay) and for the
code (void after MOST_WRONG); attempts without a number, from a QR code, count for the address.
"""

import time
from datetime import datetime, timedelta

import pghistory
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.urls import reverse
from django.utils import timezone

from members.activation_rules import MOST_WRONG, WAITS_FOR, compute_wait, describe_end, read_code
from members.models import AccountEvent, ActivationCode, School, User
from members.queries.accounts import find_accounts_by_number
from members.queries.activation import NO_KEY, compute_digest, find_code, lock_outstanding_codes, pick_code
from members.queries.offices import name_office_to_tell
from members.queries.receivers import build_college_office, build_school_office, find_offices_of
from members.services.account_events import log_account_event
from members.services.accounts import may_know_code
from members.services.notify import notify
from members.sheets.cells import tidy_number

REFUSED = "号码或激活码不正确，或者激活码已经使用、作废或过期。请核对纸条；仍不能激活，请向本支部团支书或本学院团委要一个新的激活码。"
TOO_MANY_SCANS = "这个网络上无效的激活链接太多，请改为填写学号（工号）和激活码。"
REMEMBERED = 24 * 3600  # seconds for which mistakes of a number at an address are remembered
TOLD_WITHIN = timedelta(days=1)  # the task runs every ten minutes; a key lets nobody be told twice
SCANS, SCANS_WITHIN = 60, 600  # invalid links of one address, in so many seconds


def enter_code(
    *, number: str, typed: str, address: str | None, school: School | None = None, now: datetime | None = None
) -> ActivationCode:
    """Return the open code of the account with this number.

    `typed` is the code in any spelling, `address` the network address. Raises ValidationError, always with the same
    text, if number and code do not fit; with another text while the number at this address has to wait.
    """
    now = now or timezone.now()
    ticket = compute_digest(f"{tidy_number(number).upper()} {school.pk if school else ''} {address}")
    _take_turn(ticket)
    code = _check_code(number, read_code(typed), address, school, now)
    if code is None:
        raise ValidationError(REFUSED)
    cache.delete_many([f"activation:tries:{ticket}", f"activation:gate:{ticket}"])
    return code


def open_code(*, typed: str, address: str | None, now: datetime | None = None) -> ActivationCode:
    """Return the open code of a QR code's address, which holds no number.

    Raises ValidationError if there is no such code, or after too many invalid addresses of one network address;
    from there a number with its code still gets in.
    """
    scans = "activation:scans:" + compute_digest(address or "")
    if cache.get(scans, 0) >= SCANS:
        raise ValidationError(TOO_MANY_SCANS)
    code = find_code(read_code(typed))
    if code is None or not _opens_account(code, now or timezone.now()):
        cache.add(scans, 0, SCANS_WITHIN)
        cache.incr(scans)
        raise ValidationError(REFUSED)
    return code


@transaction.atomic
def use_code(
    *, code_id: int, address: str | None, password: str | None = None, now: datetime | None = None
) -> User:
    """Use up an open code; of two people at once one succeeds. Returns the account, which may now sign in.

    `password`: what the person chose; None binds a campus identity, which the caller links in the same
    transaction. The former password ends in both cases, and with it every other session of the account. Raises
    ValidationError if the code is no longer open, or if the password is too weak.
    """
    now = now or timezone.now()
    known = ActivationCode.objects.filter(pk=code_id).values_list("account", flat=True).first()
    account = User.objects.select_for_update().filter(pk=known).first()
    code = ActivationCode.objects.select_for_update().filter(pk=code_id).first()
    if account is None or code is None or not _opens_account(code, now):
        raise ValidationError(REFUSED)
    ends = find_end(account)
    if password is None:
        account.set_unusable_password()
    else:
        validate_password(password, account)
        account.set_password(password)
    account.must_change_password = False
    code.used_at = now
    code.save(update_fields=["used_at"])
    with pghistory.context(user=account.pk):
        account.save(update_fields=["password", "must_change_password"])
    how = "校园登录" if password is None else "设置密码"
    log_account_event(kind=AccountEvent.Kind.ACTIVATED, user=account, address=address, note=how)
    values = {"how": how, "at": timezone.localtime(now), "ends": ends, "office": name_office_to_tell(account)}
    notify(account, "activated", reverse("home"), key=f"activated:{code.pk}", **values)
    return account


def _opens_account(code: ActivationCode, now: datetime) -> bool:
    """Return whether the code still opens its account.

    It does not where its issuer may no longer hold it: the account has got an office above them, or they have lost
    their own. The number of queries differs only for somebody who knows the right code.
    """
    if not code.is_open(now) or not code.account.is_active:
        return False
    return code.issued_by is None or may_know_code(code.issued_by, code.account)


def find_end(account: User) -> str:
    """Return in Chinese what ends in this account when its code is used; "" at the first activation."""
    has_password, signed_in = account.has_usable_password(), account.last_login is not None
    return describe_end(has_password=has_password, signed_in_before=signed_in)


def _take_turn(ticket: str) -> None:
    """Count an attempt before it is checked, and refuse it (ValidationError) during the delay after earlier ones.

    Counting and the gate are atomic in the cache, so attempts at the same moment do not slip through together.
    """
    tries, gate = f"activation:tries:{ticket}", f"activation:gate:{ticket}"
    if until := cache.get(gate):
        raise ValidationError(_say_wait(until))
    cache.add(tries, 0, REMEMBERED)
    wait = int(compute_wait(cache.incr(tries)).total_seconds())
    if wait and not cache.add(gate, int(time.time()) + wait, wait):
        cache.decr(tries)
        raise ValidationError(_say_wait(cache.get(gate, 0)))


def _say_wait(until: int) -> str:
    """Return how long the next attempt has to wait, rounded up; `until` in seconds since 1970."""
    left = max(1, until - int(time.time()))
    return (
        f"输错次数较多，请 {left} 秒后再试。"
        if left < 60
        else f"输错次数较多，请 {-(-left // 60)} 分钟后再试。"
    )


@transaction.atomic
def _check_code(
    number: str, letters: str, address: str | None, school: School | None, now: datetime
) -> ActivationCode | None:
    """Return the open code of the number with these letters, or count the mistake and return None."""
    accounts = find_accounts_by_number(number, school)
    codes = lock_outstanding_codes(accounts)
    code = pick_code(codes, letters)
    if code and _opens_account(code, now):
        return code
    _count_mistake(codes, now)
    log_account_event(
        kind=AccountEvent.Kind.CODE_REFUSED,
        user=accounts[0] if len(accounts) == 1 else None,
        school=school,
        address=address,
    )
    return None


def _count_mistake(codes: list[ActivationCode], now: datetime) -> None:
    """Count a mistake for the codes of the number; a code with too many is void."""
    last = When(wrong_attempts__gte=MOST_WRONG - 1, then=Value(now))
    ActivationCode.objects.filter(pk__in=[code.pk for code in codes] or [NO_KEY]).update(
        wrong_attempts=F("wrong_attempts") + 1, voided_at=Case(last, default=None)
    )


def tell_of_void_codes(*, now: datetime) -> None:
    """Tell the issuer's office and the college's secretaries of each code that is void after too many wrong entries.

    Once, and an office as it is held now: somebody who issued a code and has left reads no name.

    The scheduled task does it later: an entry must not take longer because of it, or its time would tell that the
    number has a code.
    """
    codes = ActivationCode.objects.filter(wrong_attempts__gte=MOST_WRONG, voided_at__gte=now - TOLD_WITHIN)
    for code in codes.select_related("account__member__branch__college", "issued_by"):
        account = code.account
        if account.member:
            branch = account.member.branch
            issuer = find_offices_of([(code.issued_by, branch)]) if code.issued_by else []
            offices = {build_college_office(branch.college_id), *issuer}
        elif account.school_id:
            offices = {build_school_office(account.school_id)}
        else:
            continue  # an operator's own account belongs to no school
        link, key = reverse("account", args=[account.pk]), f"activation_void:{code.pk}"
        notify(offices, "activation_void", link, key=key, account=account, most=MOST_WRONG)


# --- the opened code of a session -------------------------------------------------------------------------------

# Keys of the session: the account that is being activated, its code, and until when (a number of seconds). The
# campus sign-in reads `find_opened_code` when it returns, links its identity and calls `use_code(password=None)`.
SESSION_ACCOUNT, SESSION_CODE, SESSION_UNTIL = "activation_account", "activation_code", "activation_until"


def keep_opened_code(session, code: ActivationCode) -> None:
    """Note in a visitor's session that they hold this code; it is not used up yet."""
    session[SESSION_ACCOUNT], session[SESSION_CODE] = code.account_id, code.pk
    session[SESSION_UNTIL] = int((timezone.now() + WAITS_FOR).timestamp())


def find_opened_code(session) -> ActivationCode | None:
    """Return the code that the visitor holds, if it is still open and was entered within the last 30 minutes."""
    now = timezone.now()
    if session.get(SESSION_UNTIL, 0) <= now.timestamp():
        return None
    codes = ActivationCode.objects.filter(pk=session[SESSION_CODE], account=session[SESSION_ACCOUNT])
    code = codes.select_related("account__school").first()
    return code if code and _opens_account(code, now) else None


def holds_code(session) -> bool:
    """Return whether a code was opened in this session, and not used here; it may have closed since."""
    return SESSION_CODE in session


def forget_opened_code(session) -> None:
    """Remove the code from the session, after its use."""
    for key in (SESSION_ACCOUNT, SESSION_CODE, SESSION_UNTIL):
        session.pop(key, None)
