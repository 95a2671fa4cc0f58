"""Slow down the guessing of passwords without locking out the right person (requirements §1).

Failures are counted for an account at a network address, and for an account from all unknown devices together. A
device on which the account was signed in before has a count of its own and ignores the others. Each lock ends by
itself; its delay doubles with every further failure. An address alone is never locked: a campus shares one. It only
raises an alarm. The counts are in the shared cache, and an attempt is counted before its password is checked, so that
a hundred attempts at once are no more than a few.
"""

import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from members.models import AccountEvent, School, User
from members.permissions import Role, RoleHeld
from members.services.account_events import log_account_event
from members.services.notify import notify
from members.services.safety import lock_account, tell_owner

Kind = AccountEvent.Kind
FIRST_DELAY = 60  # seconds
FORGET = 24 * 3600  # seconds after which a count begins anew
NOTED_EVERY = 10  # failures of an account; the audit log gets the first and then one line for so many
ALARM_AT, ALARM_WINDOW, ALARM_PAUSE = 100, 60, 3600  # failures of an address, seconds, seconds
MOST_ALARMS = 20  # addresses in an hour; an attack from more addresses adds no lines


@dataclass(frozen=True)
class Limit:
    """How many attempts are free, and the longest delay after them, in seconds."""

    free: int
    longest: int

    def compute_delay(self, attempts: int) -> int:
        """Return the delay after so many failed attempts: one minute after the last free one, then twice as long."""
        return min(FIRST_DELAY * 2 ** min(attempts - self.free, 20), self.longest)


ONE_PLACE = Limit(free=5, longest=3600)  # an account at one address, or on one known device
EVERYWHERE = Limit(free=20, longest=900)  # an account from all unknown devices together


def _name_campus() -> str:
    """Return the words that offer campus sign-in, if one of the schools has it."""
    return "可以用校园登录，或" if School.objects.filter(code__in=settings.CAMPUS_SIGN_IN).exists() else ""


class TooManyFailuresError(ValidationError):
    """A refused attempt; the text is the same for every number, known or not."""

    def __init__(self, seconds: float):
        minutes = max(1, -(-int(seconds) // 60))
        super().__init__(
            f"这个号码输错密码的次数过多，请 {minutes} 分钟后再试。着急使用时，{_name_campus()}"
            "请本学院团委书记（学院团委书记和教师请校团委）在您的账号页面解除。"
        )


@dataclass
class Attempt:
    """One attempt to sign in, from the moment before the password is checked."""

    username: str
    address: str
    device: str  # the id of a known device, or empty
    counts: list[tuple[str, Limit]] = field(init=False)
    locks: list[int] = field(default_factory=list)  # seconds of the locks that begin if this attempt fails

    def __post_init__(self):
        name = _build_prefix(self.username)
        if self.device:
            self.counts = [(f"{name}:device:{self.device}", ONE_PLACE)]
        else:
            self.counts = [(f"{name}:address:{self.address}", ONE_PLACE), (f"{name}:all", EVERYWHERE)]

    def begin(self) -> None:
        """Count the attempt. Raises TooManyFailuresError while one of its counts is locked."""
        for done, (key, limit) in enumerate(self.counts):
            if left := self._count(key, limit):
                for counted, _ in self.counts[:done]:
                    _decrease(counted)
                raise TooManyFailuresError(left)

    def _count(self, key: str, limit: Limit) -> float:
        """Count the attempt once; return 0, or the seconds that are left of a lock."""
        if left := _read_left(key):
            return left
        attempts = _increase(key, FORGET)
        if attempts < limit.free:
            return 0
        delay = limit.compute_delay(attempts)
        if cache.add(f"{key}:until", time.time() + delay, delay):
            self.locks.append(delay)
            return 0
        _decrease(key)  # another attempt at the same moment was the last free one
        return _read_left(key) or 1

    def succeed(self) -> None:
        """Forget the failures in the counts of this attempt: the right person is there."""
        for key, _ in self.counts:
            cache.delete_many([key, f"{key}:until"])

    def fail(self, *, user: User | None, device_text: str) -> None:
        """Note a wrong password: for a known account in its events, for the address as a possible alarm."""
        failures = _increase(f"{_build_prefix(self.username)}:noted", FORGET)
        if user and self.locks:
            self._note_lock(user, device_text)
        elif user and (failures == 1 or failures % NOTED_EVERY == 0):
            note = f"24 小时内第 {failures} 次"
            log_account_event(
                kind=Kind.SIGN_IN_FAILED, user=user, address=self.address, device=device_text, note=note
            )
        if _increase(f"lockout:address:{self.address}", ALARM_WINDOW) == ALARM_AT:
            raise_alarm(address=self.address, school=user.school if user else None)

    @transaction.atomic
    def _note_lock(self, user: User, device_text: str) -> None:
        delay = max(self.locks)
        cache.set(f"{_build_prefix(self.username)}:shown", time.time() + delay, delay)
        where = "本人用过的设备" if self.device else "未用过的设备"
        event = log_account_event(
            kind=Kind.LOCKED,
            user=user,
            address=self.address,
            device=device_text,
            note=f"{where}，{delay // 60} 分钟",
        )
        if cache.add(f"{_build_prefix(self.username)}:told", True, FORGET):
            tell_owner(event, "locked")


def raise_alarm(*, address: str, school: School | None) -> None:
    """Tell the admins of the school, or of all schools, that one address fails very often; once an hour each."""
    if not cache.add(f"lockout:alarmed:{address}", True, ALARM_PAUSE):
        return
    if _increase("lockout:alarms", ALARM_PAUSE) > MOST_ALARMS:
        return
    with transaction.atomic():
        for told in [school] if school else School.objects.all():
            note = f"一分钟内 {ALARM_AT} 次"
            event = log_account_event(
                kind=Kind.ADDRESS_ALARM, user=None, school=told, address=address, note=note
            )
            admins = RoleHeld(Role.SCHOOL_ADMIN, school_id=told.pk)
            link = reverse("audit", query={"kind": "events"})
            notify(admins, "address_alarm", link, key=f"account-event-{event.pk}", event=event)


@transaction.atomic
def lift_lock(*, account: User, by: User) -> None:
    """Let an account try again at once, from every address. Raises ValidationError without the right or a lock."""
    locked = lock_account(account=account, by=by)
    if not read_lock(locked):
        raise ValidationError(f"{locked.name}的登录没有暂停，无需解除。")
    event = log_account_event(kind=Kind.UNLOCKED, user=locked, by=by)
    tell_owner(event, "unlocked")
    transaction.on_commit(lambda: _forget_all(locked.username))


def read_lock(account: User) -> float:
    """Return the moment (seconds since 1970) until which attempts on the account are refused, 0 without a lock."""
    until = cache.get(f"{_build_prefix(account.username)}:shown") or 0
    return until if until > time.time() else 0


def format_lock(account: User) -> str:
    """Return the local time until which sign-in is refused, 08:05, or an empty text."""
    until = read_lock(account)
    return f"{datetime.fromtimestamp(until, tz=timezone.get_current_timezone()):%H:%M}" if until else ""


def _forget_all(username: str) -> None:
    """Give the account new, empty counts; the old ones, one for each address, end by themselves."""
    _increase(_build_name(username), 30 * FORGET)


def _build_name(username: str) -> str:
    return f"lockout:{hashlib.sha256(username.casefold().encode()).hexdigest()}"


def _build_prefix(username: str) -> str:
    """Return the prefix of the account's keys, with the number of times that its lock was lifted."""
    name = _build_name(username)
    return f"{name}:{cache.get(name) or 0}"


def _increase(key: str, seconds: int) -> int:
    """Add one to a counter and return it; a new counter ends after so many seconds."""
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key)
    except ValueError:  # it ended between the two calls
        cache.set(key, 1, seconds)
        return 1


def _decrease(key: str) -> None:
    """Take one from a counter, unless a success at the same moment has forgotten it."""
    with suppress(ValueError):
        cache.decr(key)


def _read_left(key: str) -> float:
    """Return the seconds that are left of a lock, or 0."""
    return max(0, (cache.get(f"{key}:until") or 0) - time.time())
