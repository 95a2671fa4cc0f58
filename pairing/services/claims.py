"""抢街乡: one locked transaction that either makes the pairing whole or leaves nothing."""

from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from members.models import College, ServiceYear, Street
from members.permissions import scope
from pairing.models import Pairing, PairingCode, ServiceTeam
from pairing.queries.hall import forget_places, hall
from pairing.rules import Claim, claim_problem, due_on, normal_code, places_left
from pairing.services.notices import tell_claimed_for

ALTERNATIVES = 5
# What the database says when, against all locks, two claims meet at one constraint.
CONSTRAINTS = {
    "pairing_once_per_college": ("paired", "本学院已经结对，一个学院对接一个街乡。"),
    "pairing_once_per_code": ("code_used", "这个申请结对码已经用过，一个结对码只能结对一次。"),
    "pairing_place_once": ("full", "这个街乡的名额刚刚被占用，请再试一次。"),
}


class ClaimRefusedError(ValidationError):
    """A claim that a rule refuses. `rule` names it, `alternatives` are the nearest streets that have room."""

    def __init__(self, rule: str, reason: str, alternatives: list[dict]):
        super().__init__(reason, code=rule)
        self.rule, self.reason, self.alternatives = rule, reason, alternatives


def claim(
    *, user, college_id: int, street_id: int, code: str, now: datetime | None = None, reason: str = ""
) -> Pairing:
    """Pair the college with the street, or raise ClaimRefusedError with the rule and where there is still room.

    The school claims for a college with a reason, needs not to type the code and may do so outside the window;
    every other rule holds for it as well.

    Made twice by the same person it is made once: who did not hear of the first one gets the pairing that it made.
    """
    now = now or timezone.now()
    outcome = _attempt(user, college_id, street_id, normal_code(code), now, reason.strip())
    if isinstance(outcome, Pairing):
        forget_places(outcome.calendar_year)
        return outcome
    raise ClaimRefusedError(*outcome, alternatives(college_id=college_id, street_id=street_id, now=now))


def _attempt(user, college_id, street_id, code, now, reason) -> Pairing | tuple[str, str]:
    try:
        with transaction.atomic(), pghistory.context(user=user.pk, reason=reason):
            return _claim(user, college_id, street_id, code, now, reason)
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        found = CONSTRAINTS.get(getattr(diagnosis, "constraint_name", ""))
        if found is None:
            raise
        return found


def _claim(user, college_id, street_id, text, now, reason) -> Pairing | tuple[str, str]:
    """Under the locks of college, street and code, in this order: rule, then write."""
    colleges = College.objects.visible_to(user, "pairing.claim")
    college = colleges.select_for_update(of=("self",)).filter(pk=college_id).first()
    if college is None:
        raise ValidationError("没有找到这个学院，或您不能代它结对。")
    year = _year(college, now)
    if year is None:
        raise ValidationError("本年度还没有设置，请联系校团委。")
    street = Street.objects.select_for_update().filter(pk=street_id).first()
    if street is None:
        raise ValidationError("没有找到这个街乡。")
    by_school = not _is_own(user, college)
    if by_school and not reason:
        raise ValidationError({"reason": "代学院结对请写明原因。"})
    wanted = {"college": college} if by_school else {"code": text}
    code = PairingCode.objects.select_for_update(of=("self",)).filter(year=year, **wanted).first()
    same = Pairing.objects.active().filter(college=college, street=street, code=code, claimed_by=user)
    if done := same.first():
        return done
    taken = Pairing.objects.places_taken(calendar_year=year.year, street_id=street.pk)
    cap = year.cap_of(street.kind)
    problem = claim_problem(_facts(year, college, street, code, now, len(taken), cap, by_school))
    if problem[0]:
        return problem
    place = next(number for number in range(1, cap + 1) if number not in taken)
    local = timezone.localtime(now)
    pairing = Pairing.objects.create(
        year=year, college=college, street=street, code=code, calendar_year=year.year, place=place, cap=cap,
        claimed_at=now, claimed_by=user, claimed_for=reason if by_school else "", due_on=due_on(local.date(), year.offline_days),
    )  # fmt: skip
    code.state = PairingCode.State.USED
    code.save(update_fields=["state"])
    name = f"{college.school.name}{college.name}青年志愿者服务队"
    ServiceTeam.objects.create(pairing=pairing, holder=college, name=name)
    if by_school:
        tell_claimed_for(pairing)
    return pairing


def alternatives(*, college_id: int, street_id: int, now: datetime) -> list[dict]:
    """Streets of the code's kind that this college may take and that have room, nearest first: rows of the hall.

    Nearest means: the same district first; then where most is left.
    """
    college = College.objects.select_related("school").get(pk=college_id)
    year = _year(college, now)
    wanted = Street.objects.get(pk=street_id)
    own = PairingCode.objects.filter(year=year, college=college).first()
    kind = own.kind if own else wanted.kind
    open_rows = [
        row for row in hall(year.pk) if row["kind"] == kind and row["open"] and row["id"] != street_id
    ]
    open_rows.sort(
        key=lambda row: (row["district"] != wanted.district, -row["left"], row["district"], row["name"])
    )
    return open_rows[:ALTERNATIVES]


def _facts(year, college, street, code, now, ours, cap, by_school) -> Claim:
    of_year = Pairing.objects.active().of_year(year)
    own_code = code is not None and code.college_id == college.pk
    return Claim(
        # The school repairs at any time: for it the window counts as open.
        now=timezone.localtime(year.pairing_opens_at if by_school else now),
        opens=timezone.localtime(year.pairing_opens_at),
        closes=timezone.localtime(year.pairing_closes_at),
        code_known=own_code,
        code_state=code.state if own_code else "",
        code_kind=code.kind if own_code else "",
        street_kind=street.kind,
        college_paired=of_year.filter(college=college).exists(),
        left=places_left(cap, ours, street.taken_elsewhere),
        school_has_street=of_year.filter(street=street).exists(),
        street_shared=year.streets_shared,
        assigned_only=year.streets_assigned,
        assigned=year.assigned_streets.filter(street=street).exists(),
        typed=not by_school,
    )


def _is_own(user, college: College) -> bool:
    """Does the user claim as the college's secretary? Then the window and the typed code hold, reason or not."""
    return college.pk in scope(user, "pairing.claim").colleges


def _year(college: College, now: datetime) -> ServiceYear | None:
    return ServiceYear.objects.current(college.school, today=timezone.localtime(now).date())
