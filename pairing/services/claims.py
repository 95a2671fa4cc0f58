"""抢街乡: claim a street in one locked transaction, which makes the whole pairing or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from members.models import College, ServiceYear, Street, User
from members.permissions import get_scope
from pairing.models import Pairing, PairingCode, ServiceTeam
from pairing.queries.hall import forget_places, list_hall_rows
from pairing.rules import Claim, claim_problem, compute_due_date, count_places_left, normalise_code
from pairing.services.notices import notify_claimed_for
from pairing.services.pairings import bring_back

ALTERNATIVES = 5
# (rule, reason) for each constraint that may refuse one of two claims despite all locks.
CONSTRAINTS = {
    "pairing_once_per_college": ("paired", "本学院已经结对，一个学院对接一个街乡。"),
    "pairing_once_per_code": ("code_used", "这个申请结对码已经用过，一个结对码只能结对一次。"),
    "pairing_place_once": ("full", "这个街乡的名额刚刚被占用，请再试一次。"),
}


class ClaimRefusedError(ValidationError):
    """A rule refuses a claim.

    `rule` names the rule, `alternatives` are the nearest streets with free places.
    """

    def __init__(self, rule: str, reason: str):
        super().__init__(reason, code=rule)
        self.rule, self.reason = rule, reason
        self.alternatives: list[dict] = []


@dataclass(frozen=True)
class LockedClaim:
    """The user, college, street and code of a claim, locked until the end of the transaction."""

    user: User
    college: College
    year: ServiceYear
    street: Street
    code: PairingCode | None
    now: datetime
    by_school: bool
    reason: str


def submit_claim(
    *, user, college_id: int, street_id: int, code: str, now: datetime | None = None, reason: str = ""
) -> Pairing:
    """Pair the college with the street.

    Raises ClaimRefusedError with the rule that refuses it and with streets that have free places. The school
    may claim for a college with a reason, without typing the code and outside the window; every other rule
    applies to it as well.

    A second equal claim by the same user makes nothing new and returns the pairing of the first one.
    """
    now, reason = now or timezone.now(), reason.strip()
    try:
        pairing = _pair_in_transaction(user, college_id, street_id, normalise_code(code), now, reason)
    except ClaimRefusedError as refusal:
        refusal.alternatives = find_alternatives(college_id=college_id, street_id=street_id, now=now)
        raise
    forget_places(pairing.calendar_year)
    return pairing


def _pair_in_transaction(
    user, college_id: int, street_id: int, text: str, now: datetime, reason: str
) -> Pairing:
    with _refuse_by_constraint(), transaction.atomic(), pghistory.context(user=user.pk, reason=reason):
        wanted = _lock(user, college_id, street_id, text, now, reason)
        return _find_same_claim(wanted) or _pair(wanted)


@contextmanager
def _refuse_by_constraint() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        refusal = CONSTRAINTS.get(getattr(diagnosis, "constraint_name", ""))
        if refusal is None:
            raise
        raise ClaimRefusedError(*refusal) from error


def _lock(user, college_id: int, street_id: int, text: str, now: datetime, reason: str) -> LockedClaim:
    """Lock college, street and code, in this order.

    Raises ValidationError if the college or street is not found.
    """
    colleges = College.objects.visible_to(user, "pairing.claim")
    college = colleges.select_for_update(of=("self",)).filter(pk=college_id).first()
    if college is None:
        raise ValidationError("没有找到这个学院，或您不能代它结对。")
    year = _find_year(college, now)
    if year is None:
        raise ValidationError("本年度还没有设置，请联系校团委。")
    street = Street.objects.select_for_update().filter(pk=street_id).first()
    if street is None:
        raise ValidationError("没有找到这个街乡。")
    by_school = not _claims_as_secretary(user, college)
    if by_school and not reason:
        raise ValidationError({"reason": "代学院结对请写明原因。"})
    wanted = {"college": college} if by_school else {"code": text}
    code = PairingCode.objects.select_for_update(of=("self",)).filter(year=year, **wanted).first()
    return LockedClaim(user, college, year, street, code, now, by_school, reason)


def _find_same_claim(wanted: LockedClaim) -> Pairing | None:
    """Return the pairing that this user has already made by the same claim, or None."""
    same = {"college": wanted.college, "street": wanted.street, "code": wanted.code}
    return Pairing.objects.active().filter(**same, claimed_by=wanted.user).first()


def _pair(wanted: LockedClaim) -> Pairing:
    """Create the pairing with the lowest free place and its team, and mark the code as used.

    Raises ClaimRefusedError if a rule refuses the claim.
    """
    year, college, street, code = wanted.year, wanted.college, wanted.street, wanted.code
    taken = Pairing.objects.places_taken(calendar_year=year.year, street_id=street.pk)
    cap = year.get_cap(street.kind)
    rule, refusal = claim_problem(_collect_facts(wanted, len(taken), cap))
    if rule:
        raise ClaimRefusedError(rule, refusal)
    assert code is not None  # the rule refuses a claim without a code
    place = next(number for number in range(1, cap + 1) if number not in taken)
    if former := _find_former(college, street, year):
        return _take_up(former, wanted, code, place, cap)
    pairing = Pairing.objects.create(
        year=year,
        college=college,
        street=street,
        code=code,
        calendar_year=year.year,
        place=place,
        cap=cap,
        claimed_at=wanted.now,
        claimed_by=wanted.user,
        claimed_for=wanted.reason if wanted.by_school else "",
        due_on=compute_due_date(timezone.localtime(wanted.now).date(), year.offline_days),
    )
    _use_code(code)
    name = f"{college.school.name}{college.name}青年志愿者服务队"
    ServiceTeam.objects.create(pairing=pairing, holder=college, name=name)
    if wanted.by_school:
        notify_claimed_for(pairing)
    return pairing


def _find_former(college: College, street: Street, year: ServiceYear) -> Pairing | None:
    """Return the pairing of the same college and street that was released in this year, locked; None if none was."""
    ended = Pairing.objects.filter(college=college, street=street, state=Pairing.State.RELEASED)
    ended = ended.held_in(year.year).select_related("year", "college", "street")
    return ended.select_for_update(of=("self",)).order_by("-ended_at", "-pk").first()


def _take_up(former: Pairing, wanted: LockedClaim, code: PairingCode, place: int, cap: int) -> Pairing:
    """Let the same pair come back: its pairing goes on, with team, 志愿团队ID and projects.

    The offline part stays if it took place; otherwise it is due anew, counted from this claim.
    """
    former.code, former.place, former.cap, former.claimed_by = code, place, cap, wanted.user
    former.claimed_for = wanted.reason if wanted.by_school else ""
    if former.offline_on is None:
        former.due_on = compute_due_date(timezone.localtime(wanted.now).date(), wanted.year.offline_days)
    bring_back(former, user=wanted.user, now=wanted.now)
    _use_code(code)
    return former


def _use_code(code: PairingCode) -> None:
    code.state = PairingCode.State.USED
    code.save(update_fields=["state"])


def find_alternatives(*, college_id: int, street_id: int, now: datetime) -> list[dict]:
    """Return the nearest streets with free places that the college may take, as rows of the hall.

    The streets are of the code's kind. Streets in the same district come first, then streets with more free
    places.
    """
    college = College.objects.select_related("school").get(pk=college_id)
    year = _find_year(college, now)
    if year is None:
        return []
    wanted = Street.objects.get(pk=street_id)
    own = PairingCode.objects.filter(year=year, college=college).first()
    kind = own.kind if own else wanted.kind
    open_rows = [
        row
        for row in list_hall_rows(year.pk)
        if row["kind"] == kind and row["open"] and row["id"] != street_id
    ]
    open_rows.sort(
        key=lambda row: (row["district"] != wanted.district, -row["left"], row["district"], row["name"])
    )
    return open_rows[:ALTERNATIVES]


def _collect_facts(wanted: LockedClaim, ours: int, cap: int) -> Claim:
    """Return the facts for the rule.

    `ours` is the number of pairings of all schools in the portal at the street.
    """
    year, college, street, code = wanted.year, wanted.college, wanted.street, wanted.code
    of_year = Pairing.objects.active().of_year(year)
    own_code = code if code is not None and code.college_id == college.pk else None
    return Claim(
        # The school may correct pairings at any time, so for the school the window counts as open.
        now=timezone.localtime(year.pairing_opens_at if wanted.by_school else wanted.now),
        opens=timezone.localtime(year.pairing_opens_at),
        closes=timezone.localtime(year.pairing_closes_at),
        code_known=own_code is not None,
        code_state=own_code.state if own_code else "",
        code_kind=own_code.kind if own_code else "",
        street_kind=street.kind,
        college_paired=of_year.filter(college=college).exists(),
        left=count_places_left(cap, ours, street.taken_elsewhere),
        school_has_street=of_year.filter(street=street).exists(),
        street_shared=year.streets_shared,
        assigned_only=year.streets_assigned,
        assigned=year.assigned_streets.filter(street=street).exists(),
        typed=not wanted.by_school,
    )


def _claims_as_secretary(user, college: College) -> bool:
    """Return whether the user claims as the college's secretary.

    Then the window and the typed code are required, even with a reason.
    """
    return college.pk in get_scope(user, "pairing.claim").colleges


def _find_year(college: College, now: datetime) -> ServiceYear | None:
    return ServiceYear.objects.current(college.school, today=timezone.localtime(now).date())
